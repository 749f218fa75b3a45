#include "tests/sim/swarm/draw_fences.hpp"

#include "tests/sim/story/fence_levels.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;
using Levels = std::vector<std::string>;

void draw_trouble(Dice& dice, Scenario& scenario, Duration length) {
    Event event;
    event.when = dice.between(0, length * 7 / 8 / 1ms) * 1ms;
    event.nodes = {dice.below(scenario.cluster.members.size())};
    if (dice.chance(40)) {
        event.verb = Verb::fence_fails;
    } else {
        event.verb = Verb::fence_slow;
        event.length = dice.pick(std::vector<Duration>{0ms, 300ms, 3s, 20s, 61s, 90s});
    }
    scenario.events.push_back(event);
}

}  // namespace

void draw_fences(Dice& dice, Scenario& scenario, Duration length) {
    if (!dice.chance(50)) return;
    scenario.furniture.fence = dice.pick(std::vector<Levels>{{"bmc"},
                                                             {"bmc", "self"},
                                                             {"bmc+self"},
                                                             {"bmc", "operator"},
                                                             {"self", "bmc"},
                                                             {"bmc+self", "bmc"}});
    give_fences(scenario.cluster, scenario.furniture.fence);
    for (std::int64_t i = dice.between(0, 3); i > 0; --i) draw_trouble(dice, scenario, length);
    std::stable_sort(scenario.events.begin(), scenario.events.end(),
                     [](const Event& a, const Event& b) { return a.when < b.when; });
}

}  // namespace inquest::sim
