// Fence devices for a drawn world, and what is wrong with them.
#pragma once

#include "tests/sim/story/scenario.hpp"
#include "tests/sim/swarm/dice.hpp"

namespace inquest::sim {

/// Sometimes none. None of them lies: a device that does is outside of what can be kept.
void draw_fences(Dice& dice, Scenario& scenario, Duration length);

}  // namespace inquest::sim
