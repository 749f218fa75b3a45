// Guests, and leases and watchdogs so short that they run out within the world's time.
#pragma once

#include "tests/sim/story/scenario.hpp"
#include "tests/sim/swarm/dice.hpp"

namespace inquest::sim {

void draw_guests(Dice& dice, Scenario& scenario, Duration length);

}  // namespace inquest::sim
