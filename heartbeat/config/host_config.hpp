// Everything that the files of one host say: the cluster for the core, and for the paths what the
// core never sees, addresses, ports and interfaces.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/config/address.hpp"
#include "heartbeat/config/complaint.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/terms.hpp"
#include "heartbeat/core/watchdog_timing.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::config {

inline constexpr std::uint16_t beat_port = 7740;

/// Where a member is on a path.
struct Endpoint {
    MemberId member;
    PathId path;
    Address address;
    int line = 0;     ///< of cluster.toml
    std::string key;  ///< there: "node.2.address.lan-a"
};

/// What this host's node.toml says of a path. `name` is empty where it says nothing: then the
/// interface is the one that carries the address.
struct Interface {
    std::string name;
    int line = 0;  ///< of node.toml
};

/// What this host's node.toml says of the disk of a path. `name` is empty where it says nothing:
/// then the path is blind, for a disk is called differently on each host.
using Device = Interface;

/// What this host's node.toml says of its watchdog.
struct WatchdogConfig {
    WatchdogDoor door = WatchdogDoor::device;
    std::string path;  ///< of the device, or of watchdog-mux's socket
    Duration reset_time = reset_time_default;
    Duration client_timeout{};    ///< mux: how long it feeds on by itself
    Duration device_timeout{};    ///< mux: what it has set the device to
    std::string trusted_because;  ///< a person's reason; empty: only a sound device is trusted

    friend bool operator==(const WatchdogConfig&, const WatchdogConfig&) = default;
};

/// So long after the last feed that a lease allowed such a watchdog has reset its machine, where
/// the device can be set to what is wanted; nothing: none can be.
std::optional<Duration> reset_within(const WatchdogConfig& watchdog, const Timing& timing);

struct HostConfig {
    ClusterConfig cluster;
    MemberId self;
    int self_line = 0;                  ///< of `node` in node.toml
    std::vector<Endpoint> endpoints;    ///< in the order of the file
    std::vector<std::uint16_t> ports;   ///< [path]
    std::vector<Interface> interfaces;  ///< [path]
    std::vector<Device> devices;        ///< [path], or none at all
    std::optional<WatchdogConfig> watchdog;
    Complaints warnings;  ///< nothing in here is an error

    /// Of a disk path here; empty where node.toml says nothing.
    std::string device(PathId path) const;

    /// Where `member` is on `path`; nullptr where it is not on it.
    const Endpoint* endpoint(MemberId member, PathId path) const;

    /// Pre: the cluster has a member of this id, as it always has of `self`.
    const MemberConfig& member(MemberId id) const;
};

}  // namespace inquest::config
