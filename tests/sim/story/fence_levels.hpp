// The fence devices of a bare timeline: `fence bmc self` gives each machine a device of its own
// that all others may ask, and levels in that order.
#pragma once

#include "heartbeat/core/config.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// Levels as written, of `bmc`, `self` and `operator`.
void give_fences(ClusterConfig& cluster, const std::vector<std::string>& levels);

}  // namespace inquest::sim
