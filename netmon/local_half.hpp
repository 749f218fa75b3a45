// Is the local half of a path good? A pure judgement over the links and addresses of this host.
//
// A path whose own link is down says nothing about the peer: it is blind, not silent
// (docs/verdicts.md). So that a person can repair it, a judgement that something is wrong names the
// interface, what is missing there and, where one command repairs it, that command.
#pragma once

#include "heartbeat/base/ids.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::netmon {

/// The kernel's number of an interface; an interface that is made anew gets another one. 0 is none.
using LinkIndex = Strong<std::int32_t, struct LinkIndexTag>;
inline constexpr LinkIndex no_link{};

enum class Admin : std::uint8_t { down, up };
enum class Carrier : std::uint8_t {
    lost,
    dormant,  ///< there, but the port waits, say for 802.1X
    good,
};

struct Link {
    LinkIndex index;
    std::string name;
    Admin admin = Admin::down;
    Carrier carrier = Carrier::lost;
};

enum class AddressState : std::uint8_t {
    usable,
    tentative,  ///< IPv6: duplicate address detection goes on
    duplicate,  ///< IPv6: somebody else answered
};

struct Address {
    LinkIndex link;
    std::string text;  ///< canonical, without prefix: "192.0.2.1", "2001:db8::1"
    AddressState state = AddressState::usable;
    int prefix_bits = 0;  ///< IPv4 lets one link bear an address twice, with different prefixes
};

/// What this host has, kept up to date event by event. Links in the order of their numbers.
class Table {
 public:
    void put(const Link& link) { links_[link.index] = link; }
    void put(const Address& address);
    void drop(LinkIndex link);  ///< with its addresses
    void drop(const Address& address);
    void clear();

    const Link* link(LinkIndex index) const;
    const Link* link(std::string_view name) const;
    const std::vector<Address>& addresses() const { return addresses_; }

 private:
    std::vector<Address>::iterator place(const Address& address);

    std::map<LinkIndex, Link> links_;
    std::vector<Address> addresses_;
};

/// The text that the kernel's form of `address` gives; unchanged where it is no address.
std::string canonical(const std::string& address);

/// The local half of one path, as configured.
struct Wanted {
    PathId path;
    std::string interface;  ///< empty: the one that carries the address
    std::string address;    ///< canonical

    friend bool operator==(const Wanted&, const Wanted&) = default;
};

enum class Fault : std::uint8_t {
    none,
    no_interface,
    switched_off,
    no_carrier,
    dormant,
    no_address,
    address_tentative,
    address_duplicate,
};

struct Judgement {
    Fault fault = Fault::none;
    LinkIndex usable_on;  ///< where a socket can be bound to the address now; no_link if nowhere
    std::string reason;   ///< for a person; empty when all is good
};

/// The nearest cause wins: a missing interface before a missing carrier, and that before a missing
/// address, because the kernel takes IPv6 addresses away with the link.
Judgement judge(const Table& table, const Wanted& wanted);

}  // namespace inquest::netmon
