// An address of a link in the form that knet wants, and whether this node could use it now.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/socket.h>

namespace inquest::bus {

/// "192.0.2.1" or "2001:db8::1"; nothing where the text is neither. Every byte without a meaning is
/// zero: knet compares whole structures.
std::optional<sockaddr_storage> socket_address(std::string_view text, std::uint16_t port);

/// What bind(2) says of it: 0, EADDRINUSE, EADDRNOTAVAIL, ... knet itself binds to addresses that
/// are not here yet as well, and says nothing.
int bind_error(const sockaddr_storage& address);

}  // namespace inquest::bus
