#include "tests/sim/judges/ledger_oracle.hpp"

#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// Clients ask at least this often, and a little is needed to do what they ask.
constexpr Duration commands_within = 3s;
/// What a daemon needs to be started anew, with some room.
constexpr Duration restart_delay = 1s;
/// No clock of a sound machine errs by more.
constexpr std::int64_t drift_max = 1000;
/// So many steps of one ledger in one instant are no answer to anything.
constexpr int wakes_at_once_max = 50;

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

void LedgerOracle::collect(const World& world) {
    for (; breaches_seen_ < audit_.violations().size(); ++breaches_seen_) {
        const LedgerBreach& breach = audit_.violations()[breaches_seen_];
        broken(world, rule_name(breach.rule), text(breach));
    }
}

// ---- Steps --------------------------------------------------------------------------------------

void LedgerOracle::stepped(const World& world, std::size_t host, const LedgerStep& step) {
    const MemberId self = world.cluster().members[host].id;
    audit_.check({self, step.role_before, step.term_before, step.after, step.actions},
                 [&world](MemberId member) -> const LedgerDisk& {
                     return world.host(world.bus().place(member).value()).scribe().disk().content();
                 });
    ClientHistory::Faults faults;
    const std::uint32_t run = world.host(host).run();
    if (const auto* asked = std::get_if<ledger::Propose>(&step.event)) history_.asked(asked->id);
    for (const ledger::Action& action : step.actions) {
        if (const auto* answer = std::get_if<ledger::Proposed>(&action))
            history_.answered(host, run, *answer, faults);
        if (const auto* told = std::get_if<ledger::Committed>(&action)) {
            history_.committed(host, run, told->entry, faults);
            if (told->entry.kind == ledger::EntryKind::command) last_commit_ = world.now();
        }
    }
    for (std::string& fault : faults) broken(world, "linearizable", std::move(fault));
    if (world.bus().counts().unfaithful > 0)
        broken(world, "faithful-messages",
               "a message was refused by the codec, or came out changed");
    judge_lost_disk(world, host, step);
    judge_haste(world, host, step);
    collect(world);
}

void LedgerOracle::applied(const World& world, std::size_t host) {
    const Scribe& scribe = world.host(host).scribe();
    audit_.check_state(world.cluster().members[host].id, scribe.applied(), scribe.state());
    collect(world);
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

std::vector<std::size_t> LedgerOracle::able_majority(const World& world) const {
    std::vector<std::size_t> able;
    for (std::size_t place = 0; place < world.size(); ++place) {
        const Host& host = world.host(place);
        if (world.cluster().members[place].votes && host.runs() &&
            !host.scribe().disk().content().lost)
            able.push_back(place);
    }
    for (const std::size_t a : able) {
        for (const std::size_t b : able) {
            if (a != b && world.bus().paths(a, b).empty()) return {};
        }
    }
    const auto votes = static_cast<std::size_t>(voters(world.cluster()));
    return able.size() >= ledger::majority(votes) ? able : std::vector<std::size_t>{};
}

void LedgerOracle::judge_end(const World& world) {
    const Duration bound = election_bound(world.cluster()) + commands_within;
    if (world.now() - disturbed_ < bound || !is_calm(world)) return;
    const std::vector<std::size_t> able = able_majority(world);
    if (able.empty()) return;
    const auto leads = world.coordinator();
    if (!leads) return broken(world, "coordinator-returns", "nobody leads a majority that is well");
    const MemberId leader = world.cluster().members[*leads].id;
    for (const std::size_t place : able) {
        if (world.host(place).scribe().ledger().leader() != leader)
            broken(world, "coordinator-returns",
                   fmt::format("{} does not follow {}", world.cluster().members[place].name,
                               world.cluster().members[*leads].name));
    }
    if (world.now() - last_commit_ > commands_within)
        broken(world, "commands-commit", "nothing commits although a majority is well");
}

}  // namespace inquest::sim
