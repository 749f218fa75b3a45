// What is owed at the end, where all faults have been over for long enough: the running are well to
// each other, and of the gone all say the same.
#include "heartbeat/core/lease.hpp"
#include "heartbeat/core/quorum.hpp"
#include "tests/sim/judges/membership.hpp"
#include "tests/sim/judges/oracle_memory.hpp"
#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// No clock of a sound machine errs by more.
constexpr std::int64_t drift_max = 1000;

/// What it takes, at most, until every node has heard every other and believes that it stays so:
/// links come back, stalls end, views travel, verdicts settle.
Duration settling(const Timing& timing) {
    return 4 * timing.path_limit + 12 * timing.beat_interval + 50ms;
}

bool is_well(const World& world, const Facts& facts) {
    for (std::size_t a = 0; a < world.size(); ++a) {
        if (!world.host(a).is_member()) continue;
        if (facts.host(a).lag > 0ns || std::abs(world.host(a).clock().drift()) > drift_max ||
            world.host(a).leaves_at() != end_of_time)
            return false;
        for (std::size_t b = 0; b < world.size(); ++b) {
            for (std::size_t path = 0; path < world.cluster().paths.size(); ++path) {
                const PathId id(static_cast<std::uint8_t>(path));
                if (a != b && world.host(b).is_member() && facts.connects(path, a, b) &&
                    !world.network().is_well(a, b, id))
                    return false;
            }
        }
    }
    return true;
}

}  // namespace

void Oracle::Memory::judge_end(const World& world) {
    const auto best = best_informed(world);
    if (!best || world.has_errands() || !is_well(world, facts)) return;
    Moment quiet = facts.disturbed();
    const std::vector<std::size_t> running = community(world, *best);
    int together = 0;
    for (const std::size_t place : running) {
        quiet = std::max(quiet, world.host(place).paused_until());
        together += votes(world, *best, world.host(place).self()) ? 1 : 0;
    }
    // A node that has lost its numbers is refused by design by those who knew it before.
    const bool all_under_one_number =
        std::none_of(running.begin(), running.end(),
                     [&](std::size_t place) { return facts.host(place).disk_lost; });
    const Duration calm = world.now() - quiet - facts.delay(world.now());
    if (!all_under_one_number || running.size() < 2 || calm < settling(timing)) return;
    for (const std::size_t host : running) {
        judge_running(world, host, running);
        judge_lease(world, host, running);
    }
    if (!has_quorum(together, world.host(*best).node().roster().voters())) return;
    const ClusterState& state = world.host(*best).scribe().agreement().state();
    for (std::size_t peer = 0; peer < world.size(); ++peer) {
        const AgreedMember* member = state.member(name(peer));
        const bool here = std::find(running.begin(), running.end(), peer) != running.end();
        if (member == nullptr || here || world.host(peer).runs() || facts.host(peer).disk_lost)
            continue;
        // One that was invited and never came is missed by nobody.
        if (member->standing == AgreedMember::Standing::invited) continue;
        const bool all_knew_it = std::all_of(running.begin(), running.end(), [&](std::size_t host) {
            return facts.host(host).ears[peer].ever;
        });
        if (all_knew_it || calm >= settling(timing) + timing.boot_grace)
            judge_gone(world, peer, running);
    }
}

void Oracle::Memory::judge_running(const World& world, std::size_t host,
                                   const std::vector<std::size_t>& running) {
    for (const std::size_t peer : running) {
        if (peer != host && !world.in_touch(host, peer)) continue;
        const auto verdict = world.verdict(host, peer);
        if (verdict == Verdict::alive) continue;
        broken(
            world, Rule::well_again,
            fmt::format("{} still says of {}: {}", name(host), peer == host ? "itself" : name(peer),
                        verdict ? word(*verdict) : "it is no member"));
    }
}

/// Where enough voters that name the same voters as it does can be heard.
void Oracle::Memory::judge_lease(const World& world, std::size_t host,
                                 const std::vector<std::size_t>& running) {
    const Host& machine = world.host(host);
    const LedgerTold known = machine.scribe().agreement().told();
    if (known.voters.empty()) return;
    const auto grants_to_it = [&](std::size_t peer) {
        const LedgerTold of_peer = world.host(peer).scribe().agreement().told();
        // Without a majority nobody can be acquitted.
        const bool withheld = std::any_of(
            of_peer.condemned.begin(), of_peer.condemned.end(), [&](const auto& condemned) {
                return condemned.member == machine.self() &&
                       condemned.incarnation >= machine.life().incarnation;
            });
        return of_peer.grants && of_peer.voters == known.voters && !withheld &&
               (peer == host || (world.in_touch(host, peer) && world.in_touch(peer, host)));
    };
    const auto granting = std::count_if(running.begin(), running.end(), grants_to_it);
    if (static_cast<std::size_t>(granting) < blocking(known.voters.size())) return;
    if (machine.lease_remaining(world.now()) == Duration::zero())
        broken(world, Rule::lease_returns,
               fmt::format("{} holds no lease though {} of {} voters grant it", name(host),
                           granting, known.voters.size()));
}

void Oracle::Memory::judge_gone(const World& world, std::size_t peer,
                                const std::vector<std::size_t>& running) {
    const HostFacts& gone = facts.host(peer);
    // Whoever judged by itself when it left may say `lost` for ever, whatever the rest says.
    const auto judged_alone = [&](std::size_t host) {
        const Nodes& alone = gone.majority_then;
        return gone.said_goodbye && !facts.host(host).ears[peer].goodbye &&
               std::find(alone.begin(), alone.end(), host) != alone.end();
    };
    std::optional<std::size_t> first;
    for (const std::size_t host : running) {
        const Verdict verdict = world.verdict(host, peer).value_or(Verdict::unknown);
        const bool right =
            verdict == Verdict::lost || (gone.said_goodbye && verdict == Verdict::left);
        if (!right)
            broken(world, Rule::agreement,
                   fmt::format("{} is gone and {} says of it: {}", name(peer), name(host),
                               word(verdict)));
        if (right && !judged_alone(host)) {
            if (!first) first = host;
            const Verdict other = world.verdict(*first, peer).value_or(Verdict::unknown);
            if (other != verdict)
                broken(world, Rule::agreement,
                       fmt::format("{} is gone and {} says of it: {}, but {}: {}", name(peer),
                                   name(*first), word(other), name(host), word(verdict)));
        }
        const Duration silent = world.now() - facts.disturbed();
        // Of whom it is proven that they run nothing, nothing is called for.
        const bool says_lost = world.pronounced(host, peer) == Verdict::lost;
        if (says_lost && !facts.ear(host, peer).recorded &&
            silent > settling(timing) + timing.condemn_after + timing.boot_grace)
            broken(
                world, Rule::lost_is_recorded,
                fmt::format("{} says {} is lost and has recorded nothing", name(host), name(peer)));
    }
}

}  // namespace inquest::sim
