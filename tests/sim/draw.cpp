#include "tests/sim/draw.hpp"

#include "tests/sim/dice.hpp"
#include "tests/sim/draw_cluster.hpp"
#include "tests/sim/draw_faults.hpp"

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
