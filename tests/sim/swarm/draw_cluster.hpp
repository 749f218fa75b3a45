// A sound cluster by chance.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/swarm/dice.hpp"
#include "tests/sim/swarm/draw.hpp"

namespace inquest::sim {

/// One that a bare timeline can describe, and in which every two nodes share a path.
ClusterConfig draw_cluster(Dice& dice, const Drawing& drawing);

}  // namespace inquest::sim
