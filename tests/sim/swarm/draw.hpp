// A scenario from a seed: a cluster, a spell of faults, then calm.
#pragma once

#include "heartbeat/base/time.hpp"
#include "tests/sim/story/scenario.hpp"

#include <chrono>
#include <cstdint>

namespace inquest::sim {

struct Drawing {
    int nodes_min = 3;
    int nodes_max = 7;
    Duration length = std::chrono::seconds(60);  ///< of faults; then all heals, and must be well
};

/// The scenario of a seed. The same seed and drawing give the same scenario, on every machine.
Scenario draw(std::uint64_t seed, const Drawing& drawing);

}  // namespace inquest::sim
