// What a node holds after it has judged, against what it was handed just before.
#include "tests/sim/judges/oracle_memory.hpp"
#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

namespace inquest::sim {
namespace {

/// So often in a row a node may ask to be woken at once.
constexpr int busy_max = 3;

}  // namespace

void Oracle::Memory::judge_wake(const World& world, std::size_t host) {
    const HostFacts& of = facts.host(host);
    if (*of.promised < of.woken_local)
        broken(world, Rule::time, fmt::format("{} wants to wake in its past", name(host)));
    if (of.busy > busy_max)
        broken(world, Rule::time, fmt::format("{} wakes without end", name(host)));
    for (std::size_t peer = 0; peer < of.ears.size(); ++peer) {
        if (peer != host) judge_heard(world, host, peer);
    }
}

void Oracle::Memory::judge_heard(const World& world, std::size_t host, std::size_t peer) {
    const HostFacts& of = facts.host(host);
    Ear& ear = facts.ear(host, peer);
    const News* news = ear.latest();
    const bool heard = news != nullptr && news->straight && !ear.goodbye &&
                       of.woken_local - news->local <= timing.beat_interval;
    const HostFacts::Link* link = heard ? &of.links[news->path.value] : nullptr;
    const bool open = heard && link->carrier && link->since < news->arrived;
    // A node that woke late judges nobody for one interval: what it says is of before.
    const Duration gate =
        timing.beat_interval - surely(timing.beat_interval) + timing.beat_interval;
    // One that is about to leave judges nobody any more.
    const bool slept = of.may_have_slept && world.now() - *of.may_have_slept <= gate;
    const bool judges = !slept && world.host(host).leaves_at() == end_of_time;
    if (!open || !judges) return ear.plain_since.reset();

    const auto said = world.verdict(host, peer);
    if (!said) return ear.plain_since.reset();
    const Verdict verdict = *said;
    if (!ear.plain_since || verdict == Verdict::left) ear.plain_since = world.now();
    const Duration settled =
        timing.path_limit + timing.path_limit - surely(timing.path_limit) + timing.beat_interval;
    const bool unknown_for_long =
        verdict == Verdict::unknown && world.now() - *ear.plain_since > settled;
    if (verdict == Verdict::lost || verdict == Verdict::suspect || unknown_for_long)
        broken(
            world, Rule::heard_is_not_lost,
            fmt::format("{} hears {} and says of it: {}", name(host), name(peer), word(verdict)));
}

}  // namespace inquest::sim
