#include "tests/sim/swarm/draw.hpp"

#include "tests/sim/swarm/dice.hpp"
#include "tests/sim/swarm/draw_cluster.hpp"
#include "tests/sim/swarm/draw_faults.hpp"

#include <fmt/format.h>

namespace inquest::sim {

Scenario draw(std::uint64_t seed, const Drawing& drawing) {
    Dice dice(seed);
    Scenario scenario{.name = fmt::format("seed-{}", seed),
                      .cluster = draw_cluster(dice, drawing),
                      .furniture = {},
                      .seed = seed,
                      .events = {}};
    scenario.events = draw_events(dice, scenario.cluster, drawing.length);
    scenario.length = scenario.events.back().when;
    return scenario;
}

}  // namespace inquest::sim
