#include "netmon/local_half.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace inquest::netmon {

namespace {

const Address* address_on(const Table& table, LinkIndex link, std::string_view text) {
    for (const Address& address : table.addresses()) {
        if (address.link == link && address.text == text) return &address;
    }
    return nullptr;
}

/// With several, the link with the lowest number, so that the answer does not move about.
const Address* address_anywhere(const Table& table, std::string_view text) {
    const Address* found = nullptr;
    for (const Address& address : table.addresses()) {
        if (address.text == text && (found == nullptr || address.link < found->link)) {
            found = &address;
        }
    }
    return found;
}

Fault fault_of(const Link& link) {
    if (link.admin == Admin::down) return Fault::switched_off;
    switch (link.carrier) {
        case Carrier::lost: return Fault::no_carrier;
        case Carrier::dormant: return Fault::dormant;
        case Carrier::good: break;
    }
    return Fault::none;
}

Fault fault_of(const Address* address) {
    if (address == nullptr) return Fault::no_address;
    switch (address->state) {
        case AddressState::usable: return Fault::none;
        case AddressState::tentative: return Fault::address_tentative;
        case AddressState::duplicate: return Fault::address_duplicate;
    }
    return Fault::no_address;
}

/// "192.0.2.1 is not on eth1", and where it is instead.
std::string misplaced(const Table& table, const Link& link, std::string_view text) {
    const Address* elsewhere = address_anywhere(table, text);
    const Link* other = elsewhere == nullptr ? nullptr : table.link(elsewhere->link);
    if (other == nullptr) return fmt::format("{} is not on {}", text, link.name);
    return fmt::format("{} is not on {} but on {}", text, link.name, other->name);
}

std::string reason_of(Fault fault, const Table& table, const Link& link, std::string_view text) {
    const std::string& name = link.name;
    switch (fault) {
        case Fault::none:
        case Fault::no_interface: break;
        case Fault::switched_off:
            return fmt::format("{}: switched off (ip link set {} up)", name, name);
        case Fault::no_carrier: return fmt::format("{}: no carrier", name);
        case Fault::dormant:
            return fmt::format("{}: dormant, waits for a sign-on such as 802.1X", name);
        case Fault::no_address: return misplaced(table, link, text);
        case Fault::address_tentative:
            return fmt::format("{} on {} is tentative, the kernel looks for duplicates", text,
                               name);
        case Fault::address_duplicate:
            return fmt::format("{} on {} is in use by another host on that link", text, name);
    }
    return {};
}

Judgement judge_on(const Table& table, const Link& link, std::string_view text) {
    const Address* address = address_on(table, link.index, text);
    const Fault address_fault = fault_of(address);
    const Fault link_fault = fault_of(link);

    Judgement judgement;
    judgement.fault = link_fault != Fault::none ? link_fault : address_fault;
    judgement.usable_on = address_fault == Fault::none ? link.index : no_link;
    judgement.reason = reason_of(judgement.fault, table, link, text);
    return judgement;
}

}  // namespace

void Table::put(const Address& address) {
    const auto known = place(address);
    if (known != addresses_.end())
        *known = address;
    else
        addresses_.push_back(address);
}

void Table::drop(LinkIndex link) {
    links_.erase(link);
    std::erase_if(addresses_, [&](const Address& address) { return address.link == link; });
}

void Table::drop(const Address& address) {
    const auto known = place(address);
    if (known != addresses_.end()) addresses_.erase(known);
}

void Table::clear() {
    links_.clear();
    addresses_.clear();
}

const Link* Table::link(LinkIndex index) const {
    const auto found = links_.find(index);
    return found == links_.end() ? nullptr : &found->second;
}

const Link* Table::link(std::string_view name) const {
    for (const auto& [index, link] : links_) {
        if (link.name == name) return &link;
    }
    return nullptr;
}

std::vector<Address>::iterator Table::place(const Address& address) {
    return std::find_if(addresses_.begin(), addresses_.end(), [&](const Address& known) {
        return known.link == address.link && known.text == address.text &&
               known.prefix_bits == address.prefix_bits;
    });
}

std::string canonical(const std::string& address) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    for (const int family : {AF_INET, AF_INET6}) {
        if (::inet_pton(family, address.c_str(), bytes.data()) != 1) continue;
        return ::inet_ntop(family, bytes.data(), text.data(), text.size());
    }
    return address;
}

Judgement judge(const Table& table, const Wanted& wanted) {
    if (!wanted.interface.empty()) {
        const Link* link = table.link(wanted.interface);
        if (link != nullptr) return judge_on(table, *link, wanted.address);
        return {Fault::no_interface, no_link,
                fmt::format("{}: no such interface", wanted.interface)};
    }
    const Address* address = address_anywhere(table, wanted.address);
    const Link* link = address == nullptr ? nullptr : table.link(address->link);
    if (link != nullptr) return judge_on(table, *link, wanted.address);
    return {Fault::no_address, no_link,
            fmt::format("{} is on no interface of this node", wanted.address)};
}

}  // namespace inquest::netmon
