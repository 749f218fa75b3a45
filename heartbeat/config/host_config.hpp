// Everything that the files of one host say: the cluster for the core, and for the paths what the
// core never sees, addresses, ports and interfaces.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/config/address.hpp"
#include "heartbeat/config/complaint.hpp"
#include "heartbeat/core/config.hpp"

#include <cstdint>
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

struct HostConfig {
    ClusterConfig cluster;
    MemberId self;
    int self_line = 0;                  ///< of `node` in node.toml
    std::vector<Endpoint> endpoints;    ///< in the order of the file
    std::vector<std::uint16_t> ports;   ///< [path]
    std::vector<Interface> interfaces;  ///< [path]
    Complaints warnings;                ///< nothing in here is an error

    /// Where `member` is on `path`; nullptr where it is not on it.
    const Endpoint* endpoint(MemberId member, PathId path) const;

    /// Pre: the cluster has a member of this id, as it always has of `self`.
    const MemberConfig& member(MemberId id) const;
};

}  // namespace inquest::config
