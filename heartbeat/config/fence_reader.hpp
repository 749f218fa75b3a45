// [fence], [[fence.device]] and each node's [node.fence] of cluster.toml.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/document.hpp"
#include "heartbeat/core/config.hpp"

namespace inquest::config {

/// Into `cluster`, whose members have been read: they are in the order of the file's [[node]].
void read_fence(const Value& root, ClusterConfig& cluster, Complaints& complaints);

}  // namespace inquest::config
