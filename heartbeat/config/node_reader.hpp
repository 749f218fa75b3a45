// node.toml: which node of the cluster this host is, and the interfaces of its paths.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/document.hpp"
#include "heartbeat/config/host_config.hpp"

#include <cstdint>

namespace inquest::config {

/// Could cluster.toml be read at all, so that names of nodes and paths can be looked up in it?
enum class Cluster : std::uint8_t { absent, there };

/// Fills in what `root` says of this host, after the cluster has been read.
void read_node(const Value& root, Cluster cluster, HostConfig& config, Complaints& complaints);

}  // namespace inquest::config
