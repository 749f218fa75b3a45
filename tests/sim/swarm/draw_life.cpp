#include "tests/sim/swarm/draw_life.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

/// The rules of a configuration know no other kind yet, and would refuse every invitation.
bool all_carry_members(const ClusterConfig& cluster) {
    return std::all_of(cluster.paths.begin(), cluster.paths.end(),
                       [](const PathConfig& path) { return path.kind == PathKind::udp; });
}

class LifeDrawer {
 public:
    LifeDrawer(Dice& dice, const ClusterConfig& cluster) : dice_(dice), cluster_(cluster) {}

    /// At least two voters stay inside.
    Nodes outside() {
        const std::size_t size = cluster_.members.size();
        if (!dice_.chance(60)) return {};
        Nodes outside = dice_.places(1 + dice_.below(size / 2), size);
        std::size_t inside = 0;
        for (std::size_t place = 0; place < size; ++place) {
            const bool out = std::find(outside.begin(), outside.end(), place) != outside.end();
            inside += !out && cluster_.members[place].votes ? 1 : 0;
        }
        return inside >= 2 ? outside : Nodes{};
    }

    Event step(Duration when) {
        Event event{.when = when};
        const auto kind = dice_.below(100);
        if (kind < 40) return of_node(event, Verb::join, node());
        if (kind < 62) return of_node(event, Verb::remove, somebody());
        if (kind < 67) return of_node(event, Verb::leave, somebody());
        if (kind < 72) return of_node(event, Verb::invite, node());
        if (kind < 84) return of_all(event, Verb::rekey);
        if (kind < 87) return of_all(event, Verb::arm);
        if (kind < 89) return of_all(event, Verb::disarm);
        if (kind < 91) return of_node(event, Verb::release, node());
        if (kind < 92) return of_node(event, Verb::confirm_off, node());
        if (kind < 94 && !reset_) {
            reset_ = true;
            return of_node(event, Verb::reset, node());
        }
        if (kind < 96 && !damaged_) {
            damaged_ = true;
            return of_node(event, Verb::damage_disk, node());
        }
        event.word = dice_.chance(50) ? "on" : "off";
        return of_node(event, Verb::maintenance, node());
    }

 private:
    std::size_t node() { return dice_.below(cluster_.members.size()); }
    std::size_t somebody() { return dice_.chance(30) ? whoever_leads : node(); }

    static Event of_node(Event event, Verb verb, std::size_t node) {
        event.verb = verb;
        event.nodes = {node};
        return event;
    }
    static Event of_all(Event event, Verb verb) {
        event.verb = verb;
        return event;
    }

    Dice& dice_;
    const ClusterConfig& cluster_;
    bool reset_ = false;  ///< once a world: two at once could be a majority
    bool damaged_ = false;
};

}  // namespace

void draw_life(Dice& dice, Scenario& scenario, Duration length) {
    if (!all_carry_members(scenario.cluster) || !dice.chance(60)) return;
    LifeDrawer drawer(dice, scenario.cluster);
    scenario.outside = drawer.outside();
    const std::int64_t steps = dice.between(1, 8);
    for (std::int64_t i = 0; i < steps; ++i) {
        const Duration when = dice.between(0, length / 1ms) * 1ms;
        const Event event = drawer.step(when);
        const auto later = [](Duration moment, const Event& e) { return moment < e.when; };
        Events& events = scenario.events;
        const auto place = std::upper_bound(events.begin(), events.end(), when, later);
        events.insert(place, event);
    }
}

}  // namespace inquest::sim
