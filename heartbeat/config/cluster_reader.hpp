// cluster.toml: the part of the configuration that is the same on every node.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/document.hpp"
#include "heartbeat/config/host_config.hpp"

namespace inquest::config {

/// Fills in what `root` says of the cluster, and adds a complaint for everything that is wrong with
/// it: first key by key, then as a whole. What cannot be read is left at its default.
void read_cluster(const Value& root, HostConfig& config, Complaints& complaints);

}  // namespace inquest::config
