// The relations between fence devices, plans and members: what would switch off the wrong machine,
// or nothing at all.
#pragma once

#include "heartbeat/core/config.hpp"

#include <vector>

namespace inquest {

/// Keys are `fence.limit`, `fence.device.2.name`, `node.1.fence.levels`.
std::vector<Problem> fence_problems(const ClusterConfig& cluster);

}  // namespace inquest
