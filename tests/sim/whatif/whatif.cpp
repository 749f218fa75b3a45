#include "tests/sim/whatif/whatif.hpp"

#include "heartbeat/core/quorum.hpp"
#include "tests/sim/whatif/costs.hpp"
#include "tests/sim/world/world.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// Beside boot_grace, within which every node must have been heard.
constexpr Duration well_within = 10s;
constexpr Duration look_every = 100ms;
/// Beside what the timings ask for, until nothing changes any more.
constexpr Duration settling = 2s;

// ---- Names --------------------------------------------------------------------------------------

template <typename List>
auto named(const List& list, std::string_view name) {
    return std::find_if(list.begin(), list.end(),
                        [&](const auto& each) { return each.name == name; });
}

std::size_t node_place(const ClusterConfig& cluster, std::string_view name) {
    return static_cast<std::size_t>(named(cluster.members, name) - cluster.members.begin());
}

PathId path_id(const ClusterConfig& cluster, std::string_view name) {
    return PathId(static_cast<std::uint8_t>(named(cluster.paths, name) - cluster.paths.begin()));
}

/// Could a beat ever go this way: is the path on, with another node on it?
bool leads_somewhere(const ClusterConfig& cluster, PathId path) {
    const auto ends = std::count_if(
        cluster.members.begin(), cluster.members.end(), [&](const MemberConfig& member) {
            return std::count(member.paths.begin(), member.paths.end(), path) > 0;
        });
    return cluster.paths[path.value].admin == Switched::on && ends >= 2;
}

// ---- The run ------------------------------------------------------------------------------------

/// Notes when each verdict was first told after the faults, and of whom a failover was recorded.
class FirstWords : public Watcher {
 public:
    void begin(Moment faults) { faults_ = faults; }

    void told(const World& world, std::size_t host, const Transition& transition) override {
        if (!faults_) return;
        if (transition.kind == Transition::Kind::calls_for_condemnation)
            failed_over_.push_back({transition.peer, world.now() - *faults_});
        if (transition.kind == Transition::Kind::verdict)
            said_.push_back({host, transition.peer, transition.to, world.now() - *faults_});
    }

    /// Nothing where the observer has said nothing of the kind since the faults.
    std::optional<Duration> first(std::size_t observer, const std::string& peer,
                                  Verdict verdict) const {
        const auto found = std::find_if(said_.begin(), said_.end(), [&](const Said& said) {
            return said.observer == observer && said.peer == peer && said.word == word(verdict);
        });
        return found == said_.end() ? std::nullopt : std::optional(found->after);
    }

    /// From the faults; nothing where nobody would have.
    std::optional<Duration> failover(const std::string& peer) const {
        const auto found =
            std::find_if(failed_over_.begin(), failed_over_.end(),
                         [&](const FailedOver& failed) { return failed.peer == peer; });
        return found == failed_over_.end() ? std::nullopt : std::optional(found->after);
    }

 private:
    struct Said {
        std::size_t observer;
        std::string peer;
        std::string word;
        Duration after;
    };
    struct FailedOver {
        std::string peer;
        Duration after;
    };

    std::optional<Moment> faults_;
    std::vector<Said> said_;
    std::vector<FailedOver> failed_over_;
};

Event event(const ClusterConfig& cluster, const Fault& fault) {
    switch (fault.kind) {
        case Fault::Kind::kill:
            return {.verb = Verb::power_off, .nodes = {node_place(cluster, fault.node)}};
        case Fault::Kind::switch_off: return {.verb = Verb::switch_off, .fate = fault.fate};
        case Fault::Kind::cut:
            return {.verb = Verb::unplug,
                    .nodes = {node_place(cluster, fault.node)},
                    .paths = {path_id(cluster, fault.path)}};
    }
    return {};
}

bool is_well(const World& world) {
    for (std::size_t observer = 0; observer < world.size(); ++observer) {
        if (!world.host(observer).runs()) return false;
        for (std::size_t place = 0; place < world.size(); ++place) {
            if (world.verdict(observer, place) != Verdict::alive) return false;
        }
    }
    return true;
}

/// Lets the nodes boot. True: every node calls every node alive.
bool becomes_well(World& world) {
    const Timing& timing = world.cluster().timing;
    const Moment limit = dawn + timing.boot_grace + well_within;
    while (!is_well(world) && world.now() < limit) world.run(world.now() + look_every);
    world.run(world.now() + 2 * timing.path_limit);
    return is_well(world);
}

// ---- What is seen -------------------------------------------------------------------------------

int badness(Verdict verdict) {
    switch (verdict) {
        case Verdict::alive: return 0;
        case Verdict::left: return 1;
        case Verdict::unknown: return 2;
        case Verdict::degraded: return 3;
        case Verdict::partitioned: return 4;
        case Verdict::suspect: return 5;
        case Verdict::lost:
        case Verdict::held:
        case Verdict::fenced: return 6;
        case Verdict::isolated: return 7;
    }
    return 0;
}

bool hears_nobody(const World& world, std::size_t place) {
    const Host& host = world.host(place);
    return host.runs() && world.verdict(place, place) == Verdict::isolated;
}

/// Whose word counts on a node; see Effect::verdict.
std::vector<std::size_t> judges(const World& world, std::size_t node) {
    std::vector<std::size_t> others;
    std::vector<std::size_t> hearing;
    for (std::size_t place = 0; place < world.size(); ++place) {
        if (place == node || !world.host(place).runs()) continue;
        others.push_back(place);
        if (!hears_nobody(world, place)) hearing.push_back(place);
    }
    if (!hearing.empty()) return hearing;
    return world.host(node).runs() ? std::vector{node} : others;
}

Effect effect(const World& world, std::size_t place, const FirstWords& words) {
    Effect effect{.node = world.cluster().members[place].name,
                  .runs = world.host(place).runs(),
                  .hears_nobody = hears_nobody(world, place)};
    const std::optional<Duration> failover = words.failover(effect.node);
    effect.would_fail_over = failover.has_value();
    effect.fails_over_after = failover.value_or(Duration{});
    for (const std::size_t judge : judges(world, place)) {
        const Verdict verdict = world.verdict(judge, place).value_or(Verdict::unknown);
        if (effect.verdict && badness(verdict) < badness(*effect.verdict)) continue;
        const Duration after = words.first(judge, effect.node, verdict).value_or(Duration{});
        const bool earlier = !effect.verdict || *effect.verdict != verdict || after < effect.after;
        if (earlier) effect.after = after;
        effect.verdict = verdict;
    }
    return effect;
}

int votes_together(const World& world) {
    int most = 0;
    for (std::size_t place = 0; place < world.size(); ++place) {
        const Host& host = world.host(place);
        if (!host.runs()) continue;
        const NodeReport report = host.node().report(host.clock().since_boot(world.now()));
        most = std::max(most, report.votes_together);
    }
    return most;
}

}  // namespace

// ---- Faults -------------------------------------------------------------------------------------

std::string text(const Fault& fault) {
    switch (fault.kind) {
        case Fault::Kind::kill: return "kill " + fault.node;
        case Fault::Kind::switch_off: return "switch-off " + fault.fate;
        case Fault::Kind::cut: return "cut " + fault.node + ":" + fault.path;
    }
    return "?";
}

Faults single_faults(const ClusterConfig& cluster) {
    Faults kills;
    Faults switches;
    Faults cuts;
    for (const MemberConfig& member : cluster.members) {
        kills.push_back({.kind = Fault::Kind::kill, .node = member.name});
        for (const PathId path : member.paths) {
            if (!leads_somewhere(cluster, path)) continue;
            cuts.push_back({.kind = Fault::Kind::cut,
                            .node = member.name,
                            .path = cluster.paths[path.value].name});
        }
    }
    for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
        if (!leads_somewhere(cluster, PathId(static_cast<std::uint8_t>(i)))) continue;
        const Fault fault{.kind = Fault::Kind::switch_off, .fate = cluster.paths[i].fate};
        if (std::count(switches.begin(), switches.end(), fault) == 0) switches.push_back(fault);
    }
    Faults all = std::move(kills);
    all.insert(all.end(), switches.begin(), switches.end());
    all.insert(all.end(), cuts.begin(), cuts.end());
    return all;
}

// ---- Cases --------------------------------------------------------------------------------------

Case what_if(const ClusterConfig& cluster, const Faults& faults) {
    FirstWords words;
    World world({.cluster = cluster, .authentication = Authentication::sampled}, {&words});
    world.power_on_all();
    const bool was_well = becomes_well(world);
    words.begin(world.now());
    for (const Fault& fault : faults) world.apply(event(cluster, fault));
    const Timing& timing = cluster.timing;
    world.run(world.now() + timing.condemn_after + 4 * timing.path_limit + settling);

    Case result{.faults = faults, .voters = voters(cluster)};
    for (std::size_t place = 0; place < world.size(); ++place) {
        result.effects.push_back(effect(world, place, words));
    }
    result.votes_together = votes_together(world);
    result.quorate = has_quorum(result.votes_together, result.voters);
    result.costs = costs(cluster, result);
    if (!was_well)
        result.costs.insert(result.costs.begin(), "the cluster was not well before the fault");
    return result;
}

bool a_single_fault_costs(const std::vector<Case>& cases) {
    return std::any_of(cases.begin(), cases.end(), [](const Case& each) {
        return each.faults.size() == 1 && !each.costs.empty();
    });
}

}  // namespace inquest::sim
