// A spell of faults by chance, and the calm after it.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/swarm/dice.hpp"
#include "tests/sim/world/timeline.hpp"

namespace inquest::sim {

/// Faults until `length`; then everything is mended and every node runs, but for a few that may be
/// left off; then `end`, late enough for all to be well again.
Events draw_events(Dice& dice, const ClusterConfig& cluster, Duration length);

}  // namespace inquest::sim
