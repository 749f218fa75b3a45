// Many worlds, each drawn from its seed and judged by the oracle.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/swarm/draw.hpp"
#include "tests/sim/swarm/shrink.hpp"
#include "tests/sim/world/post.hpp"

#include <cstdint>
#include <functional>

namespace inquest::sim {

struct SwarmOrder {
    std::uint64_t first = 1;
    std::uint64_t seeds = 1;
    unsigned jobs = 1;
    Drawing drawing;
    Authentication authentication = Authentication::sampled;
};

/// Runs each seed and hands over its outcome, in the order of the seeds whatever `jobs` is. `take`
/// is called by this thread alone; of finished runs only a few wait for it.
void swarm(const SwarmOrder& order,
           const std::function<void(const Scenario&, const Outcome&)>& take);

}  // namespace inquest::sim
