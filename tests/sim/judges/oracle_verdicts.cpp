// What a node says against another, against what it and the members that it hears were handed.
#include "heartbeat/core/quorum.hpp"
#include "tests/sim/judges/membership.hpp"
#include "tests/sim/judges/oracle_memory.hpp"
#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t million = 1'000'000;
/// Ages travel in whole milliseconds.
constexpr Duration rounding = 1ms;

double in_ms(Duration length) { return std::chrono::duration<double, std::milli>(length).count(); }

}  // namespace

Duration Oracle::Memory::surely(Duration length) const {
    return length - length / million * 2 * facts.drift() - rounding;
}

void Oracle::Memory::judge_instant(const World& world, std::size_t host, const Transition& told) {
    HostFacts& of = facts.of(host);
    if (told.when < of.told)
        broken(world, Rule::time, fmt::format("{} told something of before", name(host)));
    of.told = told.when;
}

void Oracle::Memory::judge_accusation(const World& world, std::size_t host,
                                      const Transition& told) {
    const bool record = told.kind == Transition::Kind::would_have_failed_over ||
                        told.kind == Transition::Kind::calls_for_condemnation;
    const bool loss = told.kind == Transition::Kind::verdict && told.to == "lost";
    const bool accuses = record || loss ||
                         (told.kind == Transition::Kind::verdict && told.to == "partitioned") ||
                         (told.kind == Transition::Kind::path && told.to == "silent");
    const HostFacts& of = facts.host(host);
    if (accuses && of.surely_mute_until && told.when < *of.surely_mute_until)
        broken(world, Rule::stalled_accuses_nobody,
               fmt::format("{} woke late and said of {}: {}", name(host), told.peer, told.to));
    if ((record || loss) && world.verdict(host, host) == Verdict::isolated)
        broken(world, Rule::isolated_accuses_nobody,
               fmt::format("{} is isolated and said of {}: {}", name(host), told.peer, told.to));
}

void Oracle::Memory::judge_verdict(const World& world, std::size_t host, const Transition& told) {
    const auto peer = facts.place(told.peer);
    if (!peer || *peer == host) return;
    const bool is_missed =
        told.to == "lost" || told.to == "suspect" || told.to == "held" || told.to == "fenced";
    if (!is_missed) facts.ear(host, *peer).recorded = false;
    if (told.to != "lost") return;
    judge_loss(world, host, *peer);
    judge_quorum(world, host, *peer);
}

void Oracle::Memory::judge_record(const World& world, std::size_t host, const Transition& told) {
    const auto peer = facts.place(told.peer);
    if (!peer || *peer == host) return;
    Ear& ear = facts.ear(host, *peer);
    if (ear.recorded)
        broken(world, Rule::once,
               fmt::format("{} recorded one loss of {} twice", name(host), told.peer));
    ear.recorded = true;
    judge_quorum(world, host, *peer);
    judge_condemnation(world, host, *peer);
}

std::optional<Moment> Oracle::Memory::known_until(const World& world, std::size_t host,
                                                  std::size_t member) const {
    const HostFacts& of = facts.host(host);
    const Ear& ear = of.ears[member];
    const News* news = ear.latest();
    if (news == nullptr || ear.goodbye || !news->straight) return std::nullopt;
    // A machine that has become another member has forgotten what it heard as the former one.
    if (world.host(member).self() != ear.of) return std::nullopt;
    if (of.woken_local - news->local >= timing.path_limit) return std::nullopt;
    return news->arrived - facts.delay(world.now());
}

void Oracle::Memory::judge_loss(const World& world, std::size_t host, std::size_t peer) {
    const HostFacts& of = facts.host(host);
    const Ear& own = of.ears[peer];
    const auto complain = [&](std::size_t member, Duration age) {
        broken(world, Rule::no_false_loss,
               fmt::format("{} says {} is lost, which {} heard {:.1f} ms ago", name(host),
                           name(peer), name(member), in_ms(age)));
    };
    // A node that slept may take its own ears for deaf, but for what came within two intervals.
    const auto limit = [&](Moment arrived) {
        return of.may_have_slept >= arrived ? 2 * timing.beat_interval : timing.path_limit;
    };
    const auto deaf = [](const HostFacts& listener, const News& news) {
        const HostFacts::Link& link = listener.links[news.path.value];
        return news.straight && (!link.carrier || link.since >= news.arrived);
    };
    for (const PathEar& path : own.paths) {
        if (!path.news || deaf(of, *path.news)) continue;
        const Duration age = of.woken_local - path.news->local;
        if (age < limit(path.news->arrived)) complain(host, age);
    }
    if (own.passed_on && !own.goodbye) {
        const Duration age = of.woken_local - own.passed_on->local;
        if (age < timing.path_limit) complain(host, age);
    }
    for (std::size_t member = 0; member < facts.host(host).ears.size(); ++member) {
        if (member == host || member == peer) continue;
        const auto known = known_until(world, host, member);
        if (!known) continue;
        const HostFacts& witness = facts.host(member);
        if (witness.ears[peer].of != own.of) continue;
        for (const News& news : witness.ears[peer].news) {
            if (!news.straight || news.handed > *known || deaf(witness, news)) continue;
            if (news.incarnation != witness.ears[peer].incarnation) continue;
            const Duration age = world.now() - news.arrived;
            if (age < surely(2 * timing.beat_interval)) complain(member, age);
        }
    }
}

bool Oracle::Memory::mute_since(const World& world, std::size_t member, std::size_t peer,
                                Moment then) const {
    const HostFacts& of = facts.host(member);
    bool has_link = false;
    for (std::size_t path = 0; path < of.links.size(); ++path) {
        const HostFacts::Link& link = of.links[path];
        const bool down = !link.carrier && link.since < then;
        has_link = has_link || (facts.connects(path, member, peer) && !down);
    }
    if (!has_link) return true;
    const bool never_heard =
        of.begun && std::none_of(of.ears[peer].paths.begin(), of.ears[peer].paths.end(),
                                 [](const PathEar& path) { return path.newest.has_value(); });
    return never_heard && of.started_after < then &&
           world.now() - of.started_after < surely(timing.boot_grace);
}

/// Whom a node heard too long ago it cannot count for its quorum, whatever it believes; nor those
/// for its majority that cannot have testified.
void Oracle::Memory::judge_quorum(const World& world, std::size_t host, std::size_t peer) {
    const HostFacts& of = facts.host(host);
    const bool slept_lately =
        of.may_have_slept && world.now() - *of.may_have_slept < 2 * timing.path_limit;
    // No word that still counts was said before this.
    const Moment then =
        slept_lately ? dawn : world.now() - 2 * timing.path_limit - facts.delay(world.now()) - 5ms;
    int together = 0;
    for (std::size_t member = 0; member < of.ears.size(); ++member) {
        const Ear& ear = of.ears[member];
        // A machine that was reset is another member, or none; its observer may not know yet.
        if (member == peer || !votes(world, host, ear.of)) continue;
        const Duration age = of.woken_local - ear.newest.when - (of.slept - ear.newest.slept);
        const bool current = member == host || (ear.ever && age < timing.path_limit);
        if (current && !mute_since(world, member, peer, then)) ++together;
    }
    const int all = world.host(host).node().roster().voters();
    if (has_quorum(together, all)) return;
    broken(world, Rule::quorum,
           fmt::format("{} accuses {} by {} of {} votes", name(host), name(peer), together, all));
}

void Oracle::Memory::judge_condemnation(const World& world, std::size_t host, std::size_t peer) {
    const HostFacts& of = facts.host(host);
    const auto complain = [&](std::size_t member, Duration age) {
        broken(world, Rule::heard_is_not_condemned,
               fmt::format("{} would have failed over {}, which {} heard {:.1f} ms ago", name(host),
                           name(peer), name(member), in_ms(age)));
    };
    if (const News* news = of.ears[peer].latest()) {
        const Duration age = of.woken_local - news->local;
        if (age < timing.condemn_after) complain(host, age);
    }
    for (std::size_t member = 0; member < of.ears.size(); ++member) {
        if (member == host || member == peer) continue;
        const auto known = known_until(world, host, member);
        if (!known) continue;
        if (facts.host(member).ears[peer].of != of.ears[peer].of) continue;
        for (const News& news : facts.host(member).ears[peer].news) {
            if (!news.straight || news.handed > *known) continue;
            const Duration age = world.now() - news.arrived;
            if (age < surely(timing.condemn_after)) complain(member, age);
        }
    }
}

}  // namespace inquest::sim
