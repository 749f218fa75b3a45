#include "tests/sim/picture/recording.hpp"

#include "tests/sim/world/world.hpp"

#include <algorithm>

namespace inquest::sim::picture {
namespace {

using namespace std::chrono_literals;

/// Machines come up within this. Before, none is called off that only has not started yet.
constexpr Duration first_look = 60ms;

Duration now_of(const World& world) { return world.now().time_since_epoch(); }

/// In the words of the picture; the first that holds.
std::string_view condition(const World& world, std::size_t place, const Lane& lane) {
    const Host& host = world.host(place);
    switch (host.power()) {
        case Host::Power::off: return "off";
        case Host::Power::hung: return "hung";
        case Host::Power::on: break;
    }
    if (!host.runs()) return "no daemon";
    if (!host.is_member()) return "removed";
    if (!host.awake(world.now())) return "paused";
    if (world.verdict(place, place) == Verdict::isolated) return "isolated";
    return lane.unfit ? "cannot testify" : runs;
}

template <typename List>
std::size_t place_of(const List& list, std::string_view name) {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.name == name; });
    return static_cast<std::size_t>(found - list.begin());
}

}  // namespace

void History::become(Duration when, std::string_view word, std::string_view reason) {
    if (changes_.empty() ? word.empty() : changes_.back().word == word) return;
    changes_.push_back({when, std::string(word), std::string(reason)});
}

Duration History::until(std::size_t change, Duration end) const {
    return change + 1 < changes_.size() ? changes_[change + 1].when : end;
}

bool History::ever_says_anything() const {
    return std::any_of(changes_.begin(), changes_.end(),
                       [](const Change& change) { return !change.word.empty(); });
}

Recording::Recording(const ClusterConfig& cluster, Duration length)
    : cluster_(cluster), length_(length), lanes_(cluster.members.size()) {
    for (Lane& lane : lanes_) {
        lane.regards.resize(cluster.members.size());
        for (Regard& regard : lane.regards) regard.paths.resize(cluster.paths.size());
    }
}

void Recording::happened(const World& world, const Event& event) {
    if (is_fault(event.verb)) troubles_.happened(cluster_, event, now_of(world));
    look(world);
}

void Recording::told(const World& world, std::size_t host, const Transition& transition) {
    look(world, host);
    Lane& lane = lanes_[host];
    const Duration now = now_of(world);
    const std::size_t peer = place_of(cluster_.members, transition.peer);
    if (peer == lanes_.size()) return;
    switch (transition.kind) {
        case Transition::Kind::path: {
            const std::size_t path = place_of(cluster_.paths, transition.path);
            if (path == cluster_.paths.size()) break;
            lane.regards[peer].paths[path].become(now, transition.to, transition.reason);
            break;
        }
        case Transition::Kind::verdict:
            if (peer != host)
                lane.regards[peer].verdict.become(now, transition.to, transition.reason);
            break;
        case Transition::Kind::stall:
            lane.unfit = transition.to == "cannot-testify";
            if (transition.to == "woke-late") lane.stalls.push_back({now, transition.reason});
            break;
        case Transition::Kind::would_have_failed_over:
        case Transition::Kind::calls_for_condemnation:
            lane.regards[peer].failovers.push_back(now);
            break;
        case Transition::Kind::member:
        case Transition::Kind::configuration:
        case Transition::Kind::coordinator:
        case Transition::Kind::lease:
        case Transition::Kind::watchdog:
        case Transition::Kind::space:
        case Transition::Kind::agreed: break;
    }
    look(world, host);
}

void Recording::look(const World& world) {
    for (std::size_t host = 0; host < lanes_.size(); ++host) look(world, host);
}

void Recording::look(const World& world, std::size_t host) {
    Lane& lane = lanes_[host];
    const Host& machine = world.host(host);
    const Duration now = now_of(world);
    const bool first = lane.condition.changes().empty();
    if (first && !machine.runs() && now < first_look) return;
    if (machine.run() != lane.run) {
        lane.run = machine.run();
        begin_anew(lane, host, now, machine.runs());
    }
    lane.condition.become(first ? 0ns : now, condition(world, host, lane));
}

void Recording::begin_anew(Lane& lane, std::size_t host, Duration now, bool runs_now) {
    lane.unfit = false;
    if (runs_now) troubles_.runs_again(host, now);
    for (std::size_t peer = 0; peer < lane.regards.size(); ++peer) {
        if (peer == host) continue;
        lane.regards[peer].verdict.become(now, runs_now ? "unknown" : "");
        for (History& path : lane.regards[peer].paths) path.become(now, runs_now ? "blind" : "");
    }
}

}  // namespace inquest::sim::picture
