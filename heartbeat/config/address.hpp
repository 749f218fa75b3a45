// Addresses of endpoints: IPv4 and IPv6 in their one canonical spelling, and slots of a disk.
#pragma once

#include "heartbeat/core/config.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inquest::config {

enum class Family : std::uint8_t { ipv4, ipv6, slot };

/// Slots of a disk count from 1 to this.
inline constexpr std::uint16_t slot_max = 64;

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

/// One host's address that another host can send to, or "slot-1" to "slot-64": its place on a disk.
/// Refused: names, ports, prefixes, and addresses that mean any host, many hosts or only this link.
tl::expected<Address, AddressProblem> parse_address(std::string_view written);

/// Why it is no address on a path of this kind; nothing where it is one.
std::optional<AddressProblem> misfit(const Address& address, PathKind kind);

/// Pre: it is a slot.
std::uint16_t slot_of(const Address& address);

/// Does it never leave the host (127.0.0.0/8, ::1)?
bool is_loopback(const Address& address);

}  // namespace inquest::config
