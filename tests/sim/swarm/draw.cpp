#include "tests/sim/swarm/draw.hpp"

#include "tests/sim/swarm/dice.hpp"
#include "tests/sim/swarm/draw_cluster.hpp"
#include "tests/sim/swarm/draw_faults.hpp"
#include "tests/sim/swarm/draw_fences.hpp"
#include "tests/sim/swarm/draw_guests.hpp"
#include "tests/sim/swarm/draw_life.hpp"

#include <fmt/format.h>

namespace inquest::sim {
namespace {

constexpr std::uint64_t life_salt = 0x6c69666521212121;
constexpr std::uint64_t guests_salt = 0x6775657374732121;
constexpr std::uint64_t fences_salt = 0x66656e6365732121;

}  // namespace

Scenario draw(std::uint64_t seed, const Drawing& drawing) {
    Dice dice(seed);
    Scenario scenario{.name = fmt::format("seed-{}", seed),
                      .cluster = draw_cluster(dice, drawing),
                      .outside = {},
                      .furniture = {},
                      .seed = seed,
                      .events = {}};
    scenario.events = draw_events(dice, scenario.cluster, drawing.length);
    // By dice of its own, so that faults are the same whether members come and go or not.
    Dice life(seed ^ life_salt);
    draw_life(life, scenario, drawing.length);
    Dice guests(seed ^ guests_salt);
    draw_guests(guests, scenario, drawing.length);
    Dice fences(seed ^ fences_salt);
    draw_fences(fences, scenario, drawing.length);
    scenario.length = scenario.events.back().when;
    return scenario;
}

}  // namespace inquest::sim
