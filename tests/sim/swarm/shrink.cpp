// Delta debugging (Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE
// Transactions on Software Engineering 28(2), 2002) over the events; then gentler events, and a
// smaller cluster.
#include "tests/sim/swarm/shrink.hpp"

#include "heartbeat/core/config.hpp"
#include "tests/sim/judges/run.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

class Shrinker {
 public:
    Shrinker(Scenario broken, const Breaks& breaks, int runs)
        : best_(std::move(broken)), breaks_(breaks), runs_(runs) {}

    Scenario shrink() {
        std::size_t before = 0;
        do {
            before = best_.events.size();
            drop_events();
            drop_paths();
            drop_nodes();
        } while (best_.events.size() < before && runs_ > 0);
        drop_parts();
        shorten_waits();
        shorten_run();
        return std::move(best_);
    }

 private:
    bool keep(const Scenario& smaller) {
        if (runs_ <= 0) return false;
        --runs_;
        if (!breaks_(smaller)) return false;
        best_ = smaller;
        return true;
    }

    void drop_events();
    void drop_parts();
    void drop_paths();
    void drop_nodes();
    void shorten_waits();
    void shorten_run();

    Scenario best_;
    const Breaks& breaks_;
    int runs_;
};

/// The scenario without `count` events from `first` on; the end stays.
Scenario without(const Scenario& scenario, std::size_t first, std::size_t count) {
    Scenario smaller = scenario;
    smaller.events.clear();
    for (std::size_t i = 0; i < scenario.events.size(); ++i) {
        const Event& event = scenario.events[i];
        if (i < first || i >= first + count || event.verb == Verb::end)
            smaller.events.push_back(event);
    }
    return smaller;
}

void Shrinker::drop_events() {
    for (std::size_t part = std::max<std::size_t>(best_.events.size() / 2, 1); part > 0;
         part = part > 1 ? (part + 1) / 2 : 0) {
        for (std::size_t first = best_.events.size(); first > 0 && runs_ > 0;) {
            first = first > part ? first - part : 0;
            const Scenario smaller = without(best_, first, part);
            if (smaller.events.size() < best_.events.size()) keep(smaller);
            first = std::min(first, best_.events.size());
        }
    }
}

/// One node out of each event that names several.
void Shrinker::drop_parts() {
    const auto try_each = [&](Nodes Event::*list) {
        for (std::size_t i = 0; i < best_.events.size(); ++i) {
            for (std::size_t k = (best_.events[i].*list).size(); k > 0 && runs_ > 0; --k) {
                if ((best_.events[i].*list).size() < 2) break;
                Scenario smaller = best_;
                Nodes& nodes = smaller.events[i].*list;
                nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(k - 1));
                keep(smaller);
            }
        }
    };
    try_each(&Event::nodes);
    try_each(&Event::to);
}

/// Does it still say something after nodes or paths have gone?
bool means_something(const Event& event, const ClusterConfig& cluster, bool heals_all,
                     bool had_paths) {
    if (event.verb == Verb::end || heals_all) return true;
    if (!event.fate.empty())
        return std::any_of(cluster.paths.begin(), cluster.paths.end(),
                           [&](const PathConfig& path) { return path.fate == event.fate; });
    if (event.nodes.empty() || (had_paths && event.paths.empty())) return false;
    return !(is_of_link(event.verb) || event.verb == Verb::heal) || !event.to.empty();
}

template <typename Change>
void rewrite(Scenario& scenario, Change&& change) {
    Events events;
    for (Event event : scenario.events) {
        const bool heals_all = event.verb == Verb::heal && event.nodes.empty();
        const bool had_paths = !event.paths.empty();
        change(event);
        if (means_something(event, scenario.cluster, heals_all, had_paths))
            events.push_back(std::move(event));
    }
    scenario.events = std::move(events);
}

bool is_sound(const ClusterConfig& cluster) {
    const auto found = problems(cluster);
    return std::none_of(found.begin(), found.end(), [](const Problem& problem) {
        // Here every kind of path beats, whatever a daemon of today can do.
        return problem.severity == Problem::Severity::error && !problem.where.ends_with(".kind");
    });
}

void without_place(Nodes& nodes, std::size_t place) {
    nodes.erase(std::remove(nodes.begin(), nodes.end(), place), nodes.end());
    for (std::size_t& node : nodes) node -= node > place && node != whoever_leads ? 1 : 0;
}

void without_path(std::vector<PathId>& paths, std::size_t place) {
    const PathId gone(static_cast<std::uint8_t>(place));
    paths.erase(std::remove(paths.begin(), paths.end(), gone), paths.end());
    for (PathId& path : paths) {
        if (path > gone) path = PathId(static_cast<std::uint8_t>(path.value - 1));
    }
}

/// Names and ids go by the place, so that the cluster can be written as a bare timeline.
void Shrinker::drop_nodes() {
    for (std::size_t place = best_.cluster.members.size(); place-- > 0;) {
        if (best_.cluster.members.size() <= 2 || runs_ <= 0) return;
        Scenario smaller = best_;
        auto& members = smaller.cluster.members;
        for (std::size_t i = members.size() - 1; i > place; --i) {
            members[i].name = members[i - 1].name;
            members[i].id = members[i - 1].id;
        }
        members.erase(members.begin() + static_cast<std::ptrdiff_t>(place));
        rewrite(smaller, [&](Event& event) {
            without_place(event.nodes, place);
            without_place(event.to, place);
            if (event.observer == place) event.nodes.clear();
            const bool moves = event.observer && *event.observer != whoever_leads;
            if (moves && *event.observer > place) --*event.observer;
        });
        if (is_sound(smaller.cluster)) keep(smaller);
    }
}

void Shrinker::drop_paths() {
    for (std::size_t place = best_.cluster.paths.size(); place-- > 0;) {
        if (best_.cluster.paths.size() <= 1 || runs_ <= 0) return;
        Scenario smaller = best_;
        auto& paths = smaller.cluster.paths;
        paths.erase(paths.begin() + static_cast<std::ptrdiff_t>(place));
        for (MemberConfig& member : smaller.cluster.members) without_path(member.paths, place);
        rewrite(smaller, [&](Event& event) { without_path(event.paths, place); });
        if (is_sound(smaller.cluster)) keep(smaller);
    }
}

/// Pauses, delays and lags that are half as long; rounded, so that they read well.
void Shrinker::shorten_waits() {
    for (std::size_t i = 0; i < best_.events.size(); ++i) {
        while (runs_ > 0 && best_.events[i].length > 2ms) {
            Scenario smaller = best_;
            smaller.events[i].length -= smaller.events[i].length / 2;
            smaller.events[i].length -= smaller.events[i].length % Duration(1ms);
            if (!keep(smaller)) break;
        }
    }
}

/// The end comes sooner; then the events come closer together.
void Shrinker::shorten_run() {
    const auto end_at = [](Scenario& scenario, Duration when) {
        scenario.length = when;
        for (Event& event : scenario.events) {
            if (event.verb == Verb::end) event.when = when;
        }
    };
    const auto last_event = [&] {
        Duration last{};
        for (const Event& event : best_.events) {
            if (event.verb != Verb::end) last = std::max(last, event.when);
        }
        return last;
    };
    for (int i = 0; i < 12 && runs_ > 0; ++i) {
        const Duration spare = best_.length - last_event();
        if (spare <= 10ms) break;
        Scenario smaller = best_;
        const Duration when = last_event() + spare / 2;
        end_at(smaller, when - when % Duration(1ms));
        if (!keep(smaller)) break;
    }
    // Everything from the first fault on comes sooner.
    for (int i = 0; i < 8 && runs_ > 0 && !best_.events.empty(); ++i) {
        const Duration first = best_.events.front().when;
        if (first <= 1s) break;
        Scenario smaller = best_;
        Duration sooner = first / 2;
        sooner -= sooner % Duration(1ms);
        for (Event& event : smaller.events) event.when -= sooner;
        smaller.length -= sooner;
        if (!keep(smaller)) break;
    }
}

}  // namespace

Scenario shrink(const Scenario& broken, const Breaks& breaks, int runs) {
    return Shrinker(broken, breaks, runs).shrink();
}

Scenario shrink(const Scenario& broken, const Outcome& outcome, int runs) {
    if (outcome.violations.empty()) return broken;
    const Violation& first = outcome.violations.front();
    const auto breaks = [&](const Scenario& scenario) {
        const Outcome again = run(scenario, Authentication::sampled);
        return std::any_of(
            again.violations.begin(), again.violations.end(),
            [&](const Violation& violation) { return violation.rule == first.rule; });
    };
    // Nothing that comes after the violation has a part in it.
    Scenario start = broken;
    start.length = first.when.time_since_epoch() + 1ms;
    Events before;
    for (const Event& event : start.events) {
        if (event.when < start.length && event.verb != Verb::end) before.push_back(event);
    }
    start.events = std::move(before);
    start.events.push_back({.when = start.length, .verb = Verb::end});
    if (!breaks(start)) start = broken;
    return shrink(start, breaks, runs);
}

}  // namespace inquest::sim
