#include "tests/sim/swarm/draw_guests.hpp"

#include "heartbeat/core/watchdog_timing.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// Both outlast what a keeper may speak for.
void draw_timing(Dice& dice, Timing& timing) {
    const Duration least = std::max(2 * timing.path_limit, timing.restart_grace + 1ms);
    timing.lease = least + dice.pick(std::vector<Duration>{0ms, 500ms, 3s, 20s});
    const Duration timeout = std::chrono::floor<std::chrono::seconds>(timing.restart_grace) + 1s;
    const Duration least_watchdog =
        std::max(watchdog_min, reset_within(timeout, reset_time_default));
    timing.watchdog = least_watchdog + dice.pick(std::vector<Duration>{0ms, 1s, 4s});
    timing.margin = dice.pick(std::vector<Duration>{1ms, 100ms, 500ms});
}

/// Whom nobody can reach for as long as it takes, and a little longer: most faults are over before.
void draw_isolation(Dice& dice, Scenario& scenario, Duration length) {
    Event cut;
    cut.when = dice.between(length / 8 / 1ms, length / 2 / 1ms) * 1ms;
    cut.verb = Verb::cut;
    cut.ways = Ways::both;
    const std::size_t node = dice.below(scenario.cluster.members.size());
    cut.nodes = {node};
    for (std::size_t other = 0; other < scenario.cluster.members.size(); ++other) {
        if (other != node) cut.to.push_back(other);
    }
    scenario.events.push_back(cut);
}

}  // namespace

void draw_guests(Dice& dice, Scenario& scenario, Duration length) {
    if (!dice.chance(50)) return;
    scenario.furniture.vms = static_cast<int>(scenario.cluster.members.size());
    draw_timing(dice, scenario.cluster.timing);
    if (dice.chance(40)) draw_isolation(dice, scenario, length);
    for (std::int64_t i = dice.between(0, 3); i > 0; --i) {
        Event crash;
        crash.when = dice.between(0, length * 7 / 8 / 1ms) * 1ms;
        crash.verb = dice.chance(50) ? Verb::guard_crash : Verb::crash;
        crash.nodes = {dice.below(scenario.cluster.members.size())};
        scenario.events.push_back(crash);
    }
    std::stable_sort(scenario.events.begin(), scenario.events.end(),
                     [](const Event& a, const Event& b) { return a.when < b.when; });
}

}  // namespace inquest::sim
