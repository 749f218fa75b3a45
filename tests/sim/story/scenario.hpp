// One thing to run: a cluster, a timeline, a seed. From a directory, a bare timeline file, or
// drawn.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/world/timeline.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace inquest::sim {

/// What a timeline says of guests, and a bare one of fence devices.
struct Furniture {
    int vms = 0;
    std::vector<std::string> fence;  ///< levels, as written
};

struct Scenario {
    std::string name;       ///< of the directory or file; `seed-17` where it was drawn
    ClusterConfig cluster;  ///< all machines
    Nodes outside;          ///< those that are no members at the start
    Furniture furniture;
    std::uint64_t seed = 1;
    Events events;
    Duration length{};  ///< the instant of `end`
};

}  // namespace inquest::sim
