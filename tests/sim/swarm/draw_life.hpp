// Members that come and go while everything else happens.
#pragma once

#include "tests/sim/story/scenario.hpp"
#include "tests/sim/swarm/dice.hpp"

namespace inquest::sim {

/// In about half of the worlds: some machines stay outside at first, and people invite, join,
/// remove, reset and rekey until `length`. Pre: the scenario's events are in their order.
void draw_life(Dice& dice, Scenario& scenario, Duration length);

}  // namespace inquest::sim
