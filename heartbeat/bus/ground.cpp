#include "heartbeat/bus/ground.hpp"

#include "heartbeat/bus/address.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

namespace inquest::bus {

namespace {

/// What each local address says to bind(2).
std::map<std::string, int> tried(std::span<const Peer> peers, std::uint16_t port) {
    std::map<std::string, int> errors;
    for (const Peer& peer : peers) {
        for (const Lane& lane : peer.lanes) {
            if (lane.path.value >= lanes_max || errors.contains(lane.local)) continue;
            const auto address = socket_address(lane.local, port);
            errors[lane.local] = address ? bind_error(*address) : EINVAL;
        }
    }
    return errors;
}

/// Paths that knet has no room for.
std::set<PathId> left_out(std::span<const Peer> peers) {
    std::set<PathId> paths;
    for (const Peer& peer : peers) {
        for (const Lane& lane : peer.lanes) {
            if (lane.path.value >= lanes_max) paths.insert(lane.path);
        }
    }
    return paths;
}

}  // namespace

Ground survey(std::span<const Peer> peers, std::uint16_t port) {
    Ground ground;
    bool one_is_here = false;
    for (const auto& [address, error] : tried(peers, port)) {
        if (error == 0) {
            one_is_here = true;
        } else if (error == EADDRNOTAVAIL) {
            ground.warnings.push_back(address_complaint(address, port, error));
        } else {
            return {address_complaint(address, port, error), {}};
        }
    }
    if (!one_is_here && !ground.warnings.empty()) ground.problem = ground.warnings.front();
    for (const PathId path : left_out(peers)) {
        ground.warnings.push_back(
            fmt::format("bus: path {} of the configuration carries no messages: knet has room for "
                        "the first {}: put the better paths first",
                        path.value + 1, lanes_max));
    }
    return ground;
}

std::string address_complaint(const std::string& address, std::uint16_t port, int error) {
    switch (error) {
        case EINVAL:
            return fmt::format("bus: {}: not an IPv4 or IPv6 address: correct it in cluster.toml",
                               address);
        case EADDRINUSE:
            return fmt::format("bus: {} port {}: in use by another program: `ss -ulpn` shows which",
                               address, port);
        case EADDRNOTAVAIL:
            return fmt::format("bus: {}: not an address of this node: look at `ip address`",
                               address);
        default:
            return fmt::format("bus: {} port {}: {}: look at `ip address` and the kernel's log",
                               address, port, std::strerror(error));
    }
}

}  // namespace inquest::bus
