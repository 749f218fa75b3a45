// Addresses of endpoints: IPv4 and IPv6 in their one canonical spelling.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace inquest::config {

enum class Family : std::uint8_t { ipv4, ipv6 };

struct Address {
    std::string text;  ///< as inet_ntop writes it, so that equal addresses have equal texts
    Family family = Family::ipv4;

    friend bool operator==(const Address&, const Address&) = default;
};

/// What is wrong with an address, and what to do.
struct AddressProblem {
    std::string what;
    std::string remedy;
};

/// One host's address that another host can send to. Refused: names, ports, prefixes, and addresses
/// that mean any host, many hosts or only this link.
tl::expected<Address, AddressProblem> parse_address(std::string_view written);

/// Does it never leave the host (127.0.0.0/8, ::1)?
bool is_loopback(const Address& address);

}  // namespace inquest::config
