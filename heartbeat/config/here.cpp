#include "heartbeat/config/here.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <optional>

namespace inquest::config {
namespace {

std::optional<std::string> text_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) {
        const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(address);
        return inet_ntop(AF_INET, &ipv4->sin_addr, text.data(), text.size());
    }
    if (address->sa_family == AF_INET6) {
        const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(address);
        return inet_ntop(AF_INET6, &ipv6->sin6_addr, text.data(), text.size());
    }
    return std::nullopt;
}

using Here = std::vector<LocalAddress>;

/// The interfaces that carry `address`: more than one where a person configured it twice.
std::vector<std::string> carriers(const Here& here, const Address& address) {
    std::vector<std::string> names;
    for (const LocalAddress& local : here) {
        if (local.address == address.text) names.push_back(local.interface);
    }
    return names;
}

bool used(const HostConfig& config, const Endpoint& end) {
    return end.member == config.self && end.address.family != Family::slot &&
           config.cluster.paths[end.path.value].admin == Switched::on;
}

/// The other member whose address is here, where none of this node's is.
const Endpoint* other_node(const HostConfig& config, const Here& here) {
    const Endpoint* other = nullptr;
    for (const Endpoint& end : config.endpoints) {
        if (end.address.family == Family::slot || is_loopback(end.address) ||
            carriers(here, end.address).empty())
            continue;
        if (end.member == config.self) return nullptr;
        if (other == nullptr) other = &end;
    }
    return other;
}

Complaint wrong_node(const HostConfig& config, const Endpoint& other) {
    const std::string& name = config.member(other.member).name;
    return {Severity::error,
            "node.toml",
            config.self_line,
            "node",
            "this looks like the file of another node: this host has the address " +
                other.address.text + " of " + name + " and none of " +
                config.member(config.self).name + "'s",
            "set node = \"" + name + "\", or put the right file there"};
}

std::optional<Complaint> misplaced(const HostConfig& config, const Endpoint& end,
                                   const Here& here) {
    const std::string& path = config.cluster.paths[end.path.value].name;
    const Interface& wanted = config.interfaces[end.path.value];
    const std::vector<std::string> found = carriers(here, end.address);
    const std::string key = "interface." + path;
    if (found.empty() && wanted.name.empty()) {
        return Complaint{Severity::error,
                         "cluster.toml",
                         end.line,
                         end.key,
                         "no interface of this host has the address " + end.address.text,
                         "correct it; or, if its interface is absent only today, name that under "
                         "[interface] in node.toml"};
    }
    if (found.empty()) {
        return Complaint{Severity::warning,
                         "node.toml",
                         wanted.line,
                         key,
                         wanted.name + " does not have the address " + end.address.text +
                             " now, so the path is blind",
                         "bring the interface up with that address"};
    }
    if (wanted.name.empty() || std::count(found.begin(), found.end(), wanted.name) > 0) {
        return std::nullopt;
    }
    return Complaint{
        Severity::error,
        "node.toml",
        wanted.line,
        key,
        "the address " + end.address.text + " is on " + found.front() + ", not on " + wanted.name,
        "set it to \"" + found.front() + "\", or move the address"};
}

}  // namespace

Result<std::vector<LocalAddress>> addresses_here() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return failed(errno);
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    std::vector<LocalAddress> here;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (auto text = text_of(entry->ifa_addr)) here.push_back({entry->ifa_name, *text});
    }
    return here;
}

Complaints misplaced(const HostConfig& config, const std::vector<LocalAddress>& here) {
    if (const Endpoint* other = other_node(config, here)) return {wrong_node(config, *other)};
    Complaints complaints;
    for (const Endpoint& end : config.endpoints) {
        if (!used(config, end)) continue;
        if (auto complaint = misplaced(config, end, here)) complaints.push_back(*complaint);
    }
    sort_by_place(complaints);
    return complaints;
}

}  // namespace inquest::config
