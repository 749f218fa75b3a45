#include "heartbeat/config/address.hpp"

#include "heartbeat/base/assert.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>

namespace inquest::config {
namespace {

/// Why `address` (host order) is no host's own; nullptr where it is.
const char* unusable(in_addr_t address) {
    if (address >> 24 == 0) return " means no host";
    if (address >> 28 == 0xe) return " is a multicast address";
    if (address >> 28 == 0xf) return " is reserved or broadcast";
    return nullptr;
}

const char* unusable(const in6_addr& address) {
    if (IN6_IS_ADDR_UNSPECIFIED(&address)) return " means no host";
    if (IN6_IS_ADDR_MULTICAST(&address)) return " is a multicast address";
    if (IN6_IS_ADDR_LINKLOCAL(&address)) return " is valid on its own link only";
    if (IN6_IS_ADDR_V4MAPPED(&address)) return " is an IPv4 address in IPv6 dress";
    return nullptr;
}

constexpr std::string_view slot_word = "slot-";

/// 0: it is none, or not in its one spelling.
std::uint16_t slot_number(std::string_view written) {
    if (!written.starts_with(slot_word)) return 0;
    written.remove_prefix(slot_word.size());
    std::uint16_t number = 0;
    const char* const end = written.data() + written.size();
    const auto read = std::from_chars(written.data(), end, number);
    const bool whole = read.ec == std::errc() && read.ptr == end && !written.starts_with('0');
    return whole && number <= slot_max ? number : std::uint16_t{0};
}

}  // namespace

tl::expected<Address, AddressProblem> parse_address(std::string_view written) {
    const std::string shown = "\"" + std::string(written.substr(0, 60)) + "\"";
    if (written.starts_with(slot_word)) {
        if (slot_number(written) != 0) return Address{std::string(written), Family::slot};
        return tl::unexpected(
            AddressProblem{shown + " is no slot of a disk", "write \"slot-1\" to \"slot-64\""});
    }
    const std::string terminated(written);
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    in_addr ipv4{};
    in6_addr ipv6{};
    const char* why = nullptr;
    Family family = Family::ipv4;
    // inet_pton stops at a zero byte, and TOML can write one.
    const bool whole = written.find('\0') == std::string_view::npos;
    if (whole && inet_pton(AF_INET, terminated.c_str(), &ipv4) == 1) {
        why = unusable(ntohl(ipv4.s_addr));
        inet_ntop(AF_INET, &ipv4, canonical.data(), canonical.size());
    } else if (whole && inet_pton(AF_INET6, terminated.c_str(), &ipv6) == 1) {
        family = Family::ipv6;
        why = unusable(ipv6);
        inet_ntop(AF_INET6, &ipv6, canonical.data(), canonical.size());
    } else {
        const bool prefixed = written.find('/') != std::string_view::npos;
        return tl::unexpected(AddressProblem{
            shown + " is no address",
            prefixed
                ? "leave out the prefix length, for example \"192.0.2.1\""
                : "write an IPv4 or IPv6 address, for example \"192.0.2.1\" or \"2001:db8::1\""});
    }
    if (why != nullptr) {
        return tl::unexpected(
            AddressProblem{shown + why, "write the node's own address on the path"});
    }
    return Address{canonical.data(), family};
}

std::optional<AddressProblem> misfit(const Address& address, PathKind kind) {
    const bool is_slot = address.family == Family::slot;
    if (is_slot == (kind == PathKind::disk)) return std::nullopt;
    if (is_slot)
        return AddressProblem{"\"" + address.text + "\" is a place on a disk, and the path is none",
                              "write an IPv4 or IPv6 address, for example \"192.0.2.1\""};
    return AddressProblem{"\"" + address.text + "\" is no place on a disk",
                          "write the node's slot there, for example \"slot-1\""};
}

std::uint16_t slot_of(const Address& address) {
    const std::uint16_t number = slot_number(address.text);
    INQUEST_ASSERT(number != 0);
    return number;
}

bool is_loopback(const Address& address) {
    return address.family == Family::ipv4 ? address.text.starts_with("127.")
                                          : address.text == "::1";
}

}  // namespace inquest::config
