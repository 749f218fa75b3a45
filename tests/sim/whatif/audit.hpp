// What is wrong with a cluster's topology, before anything breaks and when one thing does.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/whatif/whatif.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// Sentences `what is so: why that hurts: what to do`. `cases` are those that have been tried; of
/// them the single faults that cost more than the node that has the fault are named at the end.
/// Pre: problems(cluster) has no error.
std::vector<std::string> audit(const ClusterConfig& cluster, const std::vector<Case>& cases = {});

}  // namespace inquest::sim
