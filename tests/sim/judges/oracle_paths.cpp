// What a node says of a path, against what came on that path and what its own link did.
#include "tests/sim/judges/oracle_memory.hpp"
#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// What netmon needs, at most, to learn that a link has changed.
constexpr Duration link_news_max = 3ms;

}  // namespace

void Oracle::Memory::judge_path(const World& world, std::size_t host, const Transition& told) {
    const auto peer = facts.place(told.peer);
    const auto path = facts.path(told.path);
    if (!peer || !path) return;
    const HostFacts& of = facts.host(host);
    if (told.to == "silent") {
        const HostFacts::Link& link = of.links[*path];
        if (!link.carrier && world.now() - link.since > link_news_max)
            broken(world, Rule::blind_is_not_silent,
                   fmt::format("{} says {} is silent on {}, where its own link is down", name(host),
                               told.peer, told.path));
        return;
    }
    if (told.to != "fresh") return;
    const PathEar& ear = of.ears[*peer].paths[*path];
    const auto lately = [&](const std::optional<Handed>& handed) {
        return handed &&
               of.woken_local - handed->when - (of.slept - handed->slept) <= timing.path_limit;
    };
    if (!lately(ear.any))
        broken(world, Rule::fresh_means_heard,
               fmt::format("{} says {} is fresh on {}, where no beat of it came lately", name(host),
                           told.peer, told.path));
    else if (!lately(ear.newest))
        broken(world, Rule::old_incarnation,
               fmt::format("{} says {} is fresh on {}, where only beats of a former incarnation "
                           "came lately",
                           name(host), told.peer, told.path));
}

}  // namespace inquest::sim
