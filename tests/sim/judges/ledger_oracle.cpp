#include "tests/sim/judges/ledger_oracle.hpp"

#include "heartbeat/core/expected_votes.hpp"
#include "heartbeat/core/fence_planning.hpp"
#include "heartbeat/wire/ledger_codec.hpp"
#include "tests/sim/judges/membership.hpp"
#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// Clients ask at least this often, and a little is needed to do what they ask.
constexpr Duration commands_within = 3s;
/// What a member that is well needs to apply what is committed.
constexpr Duration follows_within = 2s;
/// Votes and keys follow one after the other, each when the members have told how far they are.
constexpr Duration duties_within = 20s;
/// Of a place that was applied first so long ago it needs no moment any more.
constexpr Duration progress_kept = 10s;
/// With sampled authentication every so many messages of ledgers go through the codec once more.
constexpr std::uint64_t sample = 64;
/// What stands up to here the world begins with.
constexpr ledger::Index founded{1};
/// What a daemon needs to be started anew, with some room.
constexpr Duration restart_delay = 1s;
/// No clock of a sound machine errs by more.
constexpr std::int64_t drift_max = 1000;
/// So many steps of one ledger in one instant are no answer to anything.
constexpr int wakes_at_once_max = 50;
/// Messages of one ledger in so short a time; one that wakes late sends some hundreds at once.
constexpr Duration storm_watch = 1s;
constexpr int storm_messages_max = 1000;

std::string_view rule_name(LedgerRule rule) {
    switch (rule) {
        case LedgerRule::election_safety: return "election-safety";
        case LedgerRule::append_only_leader: return "append-only-leader";
        case LedgerRule::log_matching: return "log-matching";
        case LedgerRule::leader_completeness: return "leader-completeness";
        case LedgerRule::state_machine_safety: return "state-machine-safety";
        case LedgerRule::durability: return "durability";
        case LedgerRule::one_change: return "one-change";
        case LedgerRule::bounded_messages: return "bounded-messages";
    }
    return "?";
}

/// Does it speak as a voter: does it ask for a vote, give one, or lead?
bool acts_as_voter(const LedgerStep& step) {
    if (step.after.role() != ledger::Role::follower) return true;
    return std::any_of(step.actions.begin(), step.actions.end(), [](const auto& action) {
        const auto* send = std::get_if<ledger::Send>(&action);
        if (send == nullptr) return false;
        const auto* reply = std::get_if<ledger::VoteReply>(&send->message.body);
        return reply != nullptr && reply->answer == ledger::VoteReply::Answer::yes;
    });
}

}  // namespace

Duration election_bound(const ClusterConfig& cluster) {
    return cluster.timing == Timing::fast() ? 4s : 8s;
}

void LedgerOracle::broken(const World& world, std::string_view rule, std::string what) {
    const bool known = std::any_of(violations_.begin(), violations_.end(),
                                   [&](const Violation& seen) { return seen.rule == rule; });
    if (!known) violations_.push_back({world.now(), std::string(rule), std::move(what)});
}

LedgerOracle::LedgerOracle(Authentication authentication)
    : authentication_(authentication), audit_(founded) {}

void LedgerOracle::collect(const World& world) {
    for (; breaches_seen_ < audit_.violations().size(); ++breaches_seen_) {
        const LedgerBreach& breach = audit_.violations()[breaches_seen_];
        broken(world, rule_name(breach.rule), text(breach));
    }
}

// ---- Steps --------------------------------------------------------------------------------------

void LedgerOracle::stepped(const World& world, std::size_t host, const LedgerStep& step) {
    // A machine that was made bare has forgotten as much as one whose disk was lost.
    static const LedgerDisk forgotten{.kept = {}, .lost = true};
    const auto disk_of = [&world](MemberId member) -> const LedgerDisk& {
        const Host& machine = world.host(world.place(member).value());
        return machine.self() == member ? machine.scribe().disk().content() : forgotten;
    };
    audit_.check(
        {world.host(host).self(), step.before.role, step.before.term, step.after, step.actions},
        disk_of);
    judge_messages(world, step);
    judge_lost_disk(world, host, step);
    judge_haste(world, host, step);
    judge_storm(world, host, step);
    collect(world);
}

/// What a ledger says has a form on the wire, and comes out as it was.
void LedgerOracle::judge_messages(const World& world, const LedgerStep& step) {
    for (const ledger::Action& action : step.actions) {
        const auto* send = std::get_if<ledger::Send>(&action);
        if (send == nullptr) continue;
        if (authentication_ != Authentication::every && messages_++ % sample != 0) continue;
        const ledger::Message& message = send->message;
        wire::Bytes bytes(wire::sound(message) ? wire::body_bytes(message) : 0);
        if (!bytes.empty()) wire::encode(message, bytes);
        const auto read = wire::decode(bytes, {message.from, message.to, wire::sort_of(message)});
        if (!read || !(*read == message))
            broken(world, "faithful-messages",
                   "a message was refused by the codec, or came out changed");
    }
}

void LedgerOracle::applied(const World& world, std::size_t host) {
    const agreement::Agreement& agreement = world.host(host).scribe().agreement();
    const std::uint64_t index = agreement.state().index;
    if (index > seen_) {
        seen_ = index;
        progress_.emplace_back(world.now(), index);
        while (world.now() - progress_.front().first > progress_kept) progress_.pop_front();
    }
    const auto breach = states_.check(world.host(host).self(), agreement);
    if (!breach) return;
    const bool one_state = breach->rule == StateAudit::Breach::Rule::one_state;
    broken(world, one_state ? "one-state" : "one-membership", breach->what);
}

void LedgerOracle::asked(const World&, std::size_t, const ClusterEntry& entry) {
    history_.asked(entry);
}

void LedgerOracle::agreed(const World& world, std::size_t host, const agreement::Action& action) {
    const std::string& name = world.cluster().members[host].name;
    ClientHistory::Faults faults;
    if (const auto* told = std::get_if<agreement::Applied>(&action)) {
        history_.applied(*told, faults);
        note_change(world, *told);
    } else if (const auto* answer = std::get_if<agreement::Answered>(&action)) {
        history_.answered(*answer, faults);
    } else if (const auto* other = std::get_if<agreement::Diverged>(&action)) {
        broken(world, "one-state",
               fmt::format("{} says that member {} has diverged at {}", name, other->member.value,
                           other->index));
    } else if (std::holds_alternative<agreement::Unreadable>(action)) {
        broken(world, "one-state", name + " cannot read what was agreed on");
    }
    for (std::string& fault : faults) broken(world, "linearizable", std::move(fault));
}

void LedgerOracle::note_change(const World& world, const agreement::Applied& applied) {
    if (Clients::made(applied.entry.request)) {
        last_commit_ = world.now();
    } else {
        // What the coordinator owes because of it takes a while.
        disturbed_ = std::max(disturbed_, world.now());
    }
}

void LedgerOracle::removed(const World& world, std::size_t host, const std::string&) {
    if (!states_.is_removed(world.host(host).self()))
        broken(
            world, "removed-is-removed",
            world.cluster().members[host].name + " takes itself for removed, and nobody did that");
}

/// A voter whose disk was lost has forgotten what it promised.
void LedgerOracle::judge_lost_disk(const World& world, std::size_t host, const LedgerStep& step) {
    if (!world.host(host).scribe().disk().content().lost || !acts_as_voter(step)) return;
    broken(world, "lost-disk-votes-nowhere",
           fmt::format("{} has lost its ledger and takes part in an election",
                       world.cluster().members[host].name));
}

void LedgerOracle::judge_haste(const World& world, std::size_t host, const LedgerStep& step) {
    if (!std::holds_alternative<ledger::Wake>(step.event)) return;
    wakes_at_once_ = world.now() == wake_at_ ? wakes_at_once_ + 1 : 0;
    wake_at_ = world.now();
    const Instant now = world.host(host).clock().since_boot(world.now());
    if (wakes_at_once_ > wakes_at_once_max || step.after.next_deadline() < now)
        broken(world, "ledger-time", "a ledger wakes without end");
}

/// Two ledgers that only answer each other take all that a machine has.
void LedgerOracle::judge_storm(const World& world, std::size_t host, const LedgerStep& step) {
    Sending& of = sending_[host];
    if (world.now() - of.since >= storm_watch) of = {world.now(), 0};
    for (const ledger::Action& action : step.actions)
        of.messages += std::holds_alternative<ledger::Send>(action) ? 1 : 0;
    if (of.messages > storm_messages_max)
        broken(world, "no-storm",
               fmt::format("the ledger of {} has sent {} messages within {} ms",
                           world.cluster().members[host].name, of.messages, storm_watch / 1ms));
}

// ---- The end ------------------------------------------------------------------------------------

void LedgerOracle::happened(const World& world, const Event& event) {
    if (is_fault(event.verb)) note_disturbance(world, event);
    if (event.verb == Verb::end) judge_end(world);
}

void LedgerOracle::note_disturbance(const World& world, const Event& event) {
    Moment over = world.now();
    if (event.verb == Verb::crash) over += restart_delay;
    if (event.verb == Verb::pause || event.verb == Verb::disk_stall) over += event.length;
    // What was slow may be under way yet.
    disturbed_ = std::max(disturbed_, over + world.network().delay_max());
}

bool LedgerOracle::is_calm(const World& world) const {
    const ClusterConfig& cluster = world.cluster();
    if (world.has_errands()) return false;
    for (std::size_t a = 0; a < world.size(); ++a) {
        const Host& host = world.host(a);
        if (!host.runs()) continue;
        if (host.lags() || std::abs(host.clock().drift()) > drift_max ||
            host.leaves_at() != end_of_time || host.paused_until() > world.now())
            return false;
        for (std::size_t b = 0; b < world.size(); ++b) {
            for (std::size_t path = 0; path < cluster.paths.size(); ++path) {
                const PathId id(static_cast<std::uint8_t>(path));
                if (a != b && world.host(b).runs() && !world.network().is_well(a, b, id))
                    return false;
            }
        }
    }
    return true;
}

namespace {

bool can_talk(const World& world, std::size_t a, std::size_t b) {
    const Host& one = world.host(a);
    const Host& other = world.host(b);
    return one.understands(other.signing()) && other.understands(one.signing()) &&
           (a == b || !world.bus().paths(a, b).empty());
}

/// Members by the leader's state that run, keep their ledger and can talk to the leader.
std::vector<std::size_t> within_reach(const World& world, std::size_t leads) {
    const ClusterState& state = world.host(leads).scribe().agreement().state();
    std::vector<std::size_t> found;
    for (std::size_t place = 0; place < world.size(); ++place) {
        const Host& host = world.host(place);
        if (host.is_member() && state.member(host.self()) != nullptr &&
            !host.scribe().disk().content().lost && can_talk(world, leads, place))
            found.push_back(place);
    }
    return found;
}

/// Those of `voters` that run, keep their ledger and can all talk to each other; one that was
/// removed and runs on is among them, since its removal may need it. None if they are no majority.
std::vector<std::size_t> able_majority(const World& world, const ledger::Voters& voters,
                                       std::size_t best) {
    std::vector<std::size_t> able;
    for (const MemberId voter : voters) {
        const auto place = world.place(voter);
        if (!place) continue;
        const Host& host = world.host(*place);
        const bool there = host.runs() && host.self() == voter;
        if (there && !host.scribe().disk().content().lost &&
            world.host(best).understands(host.signing()) &&
            host.understands(world.host(best).signing()))
            able.push_back(*place);
    }
    for (const std::size_t a : able) {
        for (const std::size_t b : able) {
            if (a != b && world.bus().paths(a, b).empty()) return {};
        }
    }
    return able.size() >= ledger::majority(voters.size()) ? able : std::vector<std::size_t>{};
}

}  // namespace

void LedgerOracle::judge_end(const World& world) {
    const Duration bound = election_bound(world.cluster()) + commands_within;
    const auto best = best_informed(world);
    if (!best || world.now() - disturbed_ < bound || !is_calm(world)) return;
    const ledger::Ledger& ledger = world.host(*best).scribe().ledger();
    const ledger::Membership& membership = ledger.membership();
    const auto able = able_majority(world, membership.now.voters, *best);
    const bool settled = membership.settled_by(ledger.committed()) || membership.before.empty();
    if (able.empty() || (!settled && able_majority(world, membership.before, *best).empty()))
        return;
    judge_coordinator(world, able);
}

void LedgerOracle::judge_coordinator(const World& world, const std::vector<std::size_t>& able) {
    const auto leads = world.coordinator();
    if (!leads) return broken(world, "coordinator-returns", "nobody leads a majority that is well");
    const MemberId leader = world.host(*leads).self();
    const auto judge = [&](std::size_t place) {
        if (world.host(place).scribe().ledger().leader() == leader) return;
        broken(world, "coordinator-returns",
               fmt::format("{} does not follow {}", world.cluster().members[place].name,
                           world.cluster().members[*leads].name));
    };
    for (const std::size_t place : able) judge(place);
    for (const std::size_t place : within_reach(world, *leads)) judge(place);
    // Clients also ask members that nobody understands any more.
    const bool all_together = [&] {
        std::size_t members = 0;
        for (std::size_t place = 0; place < world.size(); ++place)
            members += world.host(place).is_member() ? 1 : 0;
        return members == community(world, *leads).size();
    }();
    if (world.has_clients() && all_together && world.now() - last_commit_ > commands_within)
        broken(world, "commands-commit", "nothing commits although a majority is well");
    judge_duties(world, *leads);
}

/// Whoever is there has followed; and where everybody is, nobody waits for anything.
void LedgerOracle::judge_duties(const World& world, std::size_t leads) {
    std::uint64_t old = 0;
    for (const auto& [when, index] : progress_) {
        if (world.now() - when > follows_within) old = index;
    }
    const ClusterState& state = world.host(leads).scribe().agreement().state();
    std::size_t well = 0;
    for (const std::size_t place : community(world, leads)) {
        const Host& host = world.host(place);
        if (host.scribe().disk().content().lost || world.bus().paths(leads, place).empty()) {
            if (place != leads) continue;
        }
        ++well;
        if (host.scribe().agreement().state().index < old)
            broken(world, "members-follow",
                   fmt::format("{} has applied {}, and {} was agreed long ago",
                               world.cluster().members[place].name,
                               host.scribe().agreement().state().index, old));
    }
    for (const AgreedMember& member : state.members) {
        const auto place = world.place(member.id);
        if (!member.condemnation || !place) continue;
        const Host& host = world.host(*place);
        // A coordinator whom nobody hears leads no more.
        const bool heard = *place == leads || world.in_touch(leads, *place);
        // One that counts its boots from one again is refused, whatever it says.
        if (host.scribe().disk().content().lost) continue;
        // Nothing acquits whom a device may be switching off now.
        const auto& attempt = member.condemnation->attempt;
        if (attempt && awaits_device(*attempt)) continue;
        if (host.is_member() && host.self() == member.id && heard &&
            host.life().incarnation == member.condemnation->incarnation)
            broken(world, "acquitted-when-heard",
                   member.name + " is well to the coordinator, and condemned");
    }
    // All members are there, and their disks as they left them.
    if (well < state.members.size() || world.now() - disturbed_ < duties_within) return;
    const std::vector<MemberId> voting = expected_votes(state, Counting::joined_only);
    for (const AgreedMember& member : state.members) {
        const bool should = std::binary_search(voting.begin(), voting.end(), member.id);
        const std::size_t place = world.place(member.id).value();
        const bool can_join =
            world.host(place).papers().invitation == std::optional(member.invitation);
        const bool joined = member.standing == AgreedMember::Standing::joined;
        if (!joined && can_join)
            broken(world, "nothing-is-owed", member.name + " is there and has not joined");
        if (joined && member.incarnation != world.host(place).stored().incarnation)
            broken(world, "nothing-is-owed",
                   member.name + " has booted, and that is not agreed on");
        if (should != (member.votes == Vote::yes))
            broken(world, "nothing-is-owed",
                   fmt::format("{} {}, and should not", member.name,
                               should ? "has no vote" : "votes"));
    }
    if (state.key_waiting != KeyNumber{})
        broken(world, "nothing-is-owed",
               "everybody understands the new key, and nobody signs with it");
}

}  // namespace inquest::sim
