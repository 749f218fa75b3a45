#include "tests/sim/judges/ledger_audit.hpp"

#include "tests/sim/world/ledger_state.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace inquest::sim {

using namespace ledger;

namespace {

/// Messages are kept in a list of this length, so that a broken build does not fill the memory.
constexpr std::size_t violations_max = 20;

/// What the log says of the last change in it, read here once more and not asked of the ledger.
struct LastChange {
    Voters now;
    Voters before;
    Index changed;
    Index settled;
};

LastChange last_change(const Log& log) {
    const Membership base = log.membership_at(log.base());
    LastChange last{base.now.voters, base.before, base.changed, base.settled};
    for (Index i = log.base() + 1; i <= log.last(); i = i + 1) {
        const Entry& entry = log.at(i);
        if (entry.kind == EntryKind::settled) last.settled = i;
        if (entry.kind != EntryKind::membership) continue;
        last = {entry.members.voters, last.now, i, last.settled};
    }
    return last;
}

std::size_t holders(const Voters& voters, const Entry& entry, const LedgerAudit::Disks& disks) {
    std::size_t count = 0;
    for (const MemberId voter : voters) {
        if (disks(voter).holds(entry.index, entry.term)) ++count;
    }
    return count;
}

std::size_t size_bytes(const Message& message) {
    const auto* append = std::get_if<Append>(&message.body);
    if (append == nullptr) return 0;
    std::size_t bytes = append_header_bytes + envelope_bytes_max;
    for (const Entry& entry : append->entries) bytes += encoded_bytes(entry);
    return bytes;
}

}  // namespace

std::string text(const LedgerBreach& breach) {
    return fmt::format("server {}: {}", breach.server.value, breach.what);
}

void LedgerAudit::violated(LedgerRule rule, MemberId server, std::string what) {
    if (violations_.size() >= violations_max) return;
    violations_.push_back({rule, server, std::move(what)});
}

void LedgerAudit::check(const Step& step, const Disks& disks) {
    check_leader(step);
    note_leaders_log(step);
    if (step.role_before == Role::leader && step.term_before == step.after.term()) {
        check_leader_rules(step);
    }
    for (const Action& action : step.actions) {
        if (const auto* persist = std::get_if<Persist>(&action)) {
            check_written(step, *persist);
            check_members(step, *persist);
        }
        if (const auto* send = std::get_if<Send>(&action)) {
            check_sent(step, send->message, disks(step.server));
        }
        if (const auto* committed = std::get_if<Committed>(&action)) {
            check_committed(step, committed->entry, disks);
        }
        if (const auto* dismissed = std::get_if<Dismissed>(&action)) {
            check_dismissed(step, *dismissed);
        }
    }
}

/// Election safety, and leader completeness: who leads holds all that was committed before its
/// term.
void LedgerAudit::check_leader(const Step& step) {
    if (step.after.role() != Role::leader) return;
    const Term term = step.after.term();
    const auto [known, first] = leaders_.try_emplace(term, step.server);
    if (known->second != step.server)
        violated(LedgerRule::election_safety, step.server,
                 fmt::format("second leader in {}", term.value));
    if (!first) return;
    const Log& log = step.after.log();
    for (auto entry = committed_.upper_bound(log.base()); entry != committed_.end(); ++entry) {
        if (entry->second.commit_term >= term) continue;
        if (log.term_at(entry->first) == entry->second.term) continue;
        violated(LedgerRule::leader_completeness, step.server,
                 fmt::format("leads {} without {}", term.value, entry->first.value));
    }
}

/// Rules whose breach takes a rare run to show: a leader commits by an entry of its own term
/// (3.6.2), and changes no members before it has done so (correction of 2015).
void LedgerAudit::check_leader_rules(const Step& step) {
    const Entry* last = nullptr;
    for (const Action& action : step.actions) {
        if (const auto* committed = std::get_if<Committed>(&action)) last = &committed->entry;
        const auto* persist = std::get_if<Persist>(&action);
        if (persist == nullptr) continue;
        for (const Entry& entry : persist->appended) {
            if (entry.kind != EntryKind::membership) continue;
            if (step.after.log().term_at(step.after.committed()) == step.term_before) continue;
            violated(LedgerRule::leader_completeness, step.server,
                     "changes members before it has committed in its term");
        }
    }
    if (last != nullptr && last->term != step.term_before) {
        violated(LedgerRule::leader_completeness, step.server,
                 "commits an older term's entry by counting");
    }
}

/// One that has just stepped down in its term may have appended before it did.
void LedgerAudit::note_leaders_log(const Step& step) {
    const bool led = step.role_before == Role::leader && step.term_before == step.after.term();
    if (step.after.role() != Role::leader && !led) return;
    const Log& log = step.after.log();
    const auto [found, first] = led_.try_emplace(step.after.term(), Led{log.base() + 1, {}});
    Led& known = found->second;
    for (Index i = known.first + known.terms.size(); i <= log.last(); i = i + 1) {
        const auto term = log.term_at(i);
        if (!term) return;
        known.terms.push_back(*term);
    }
}

/// Whoever acknowledges in a term holds what that term's leader has there, and nothing else.
void LedgerAudit::check_acknowledged(const Step& step, Index through) {
    const auto led = led_.find(step.after.term());
    if (led == led_.end() || through < led->second.first) return;
    const std::size_t place = through - led->second.first;
    const auto here = step.after.log().term_at(through);
    const auto& terms = led->second.terms;
    if (place >= terms.size() || (here && *here != terms[place]))
        violated(LedgerRule::log_matching, step.server,
                 "acknowledges what the leader does not have");
}

/// The members are those of the log, and a snapshot's those as of its index.
void LedgerAudit::check_members(const Step& step, const Persist& persist) {
    const Log& log = step.after.log();
    if (persist.truncate_from && !(log.membership() == log.membership_at(log.last())))
        violated(LedgerRule::one_change, step.server, "has members that its log does not have");
    if (!persist.snapshot) return;
    for (auto past = committed_.upper_bound(persist.snapshot->index); past != committed_.begin();) {
        --past;
        if (past->second.entry.kind != EntryKind::membership) continue;
        if (!(past->second.entry.members == persist.snapshot->membership.now))
            violated(LedgerRule::one_change, step.server, "a snapshot has the members of later");
        return;
    }
}

/// Append-only leader, and log matching: an index and a term tell the entry, and the one before it.
void LedgerAudit::check_written(const Step& step, const Persist& persist) {
    const bool led = step.role_before == Role::leader && step.after.role() == Role::leader &&
                     step.term_before == step.after.term();
    if (led && persist.truncate_from)
        violated(LedgerRule::append_only_leader, step.server, "a leader truncates");
    for (const Entry& entry : persist.appended) {
        const auto before = step.after.log().term_at(entry.index - 1);
        if (!before) continue;
        const Place place{digest_of(entry), *before};
        const auto [known, first] = written_.try_emplace({entry.index, entry.term}, place);
        if (first) continue;
        if (known->second.digest != place.digest || known->second.previous_term != *before) {
            violated(LedgerRule::log_matching, step.server,
                     fmt::format("log mismatch at {}", entry.index.value));
        }
    }
}

/// One vote a term, for ever; no vote and no acknowledgement but of what is durable; bounded size.
void LedgerAudit::check_sent(const Step& step, const Message& message, const LedgerDisk& disk) {
    if (size_bytes(message) > message_bytes_max)
        violated(LedgerRule::bounded_messages, step.server, "a message is too large");
    if (message.term > disk.kept.term && !std::holds_alternative<NotMember>(message.body)) {
        violated(LedgerRule::durability, step.server, "speaks in a term that is not durable");
    }
    if (const auto* accepted = std::get_if<AppendAccepted>(&message.body)) {
        if (disk.last() < accepted->through)
            violated(LedgerRule::durability, step.server, "acknowledges what is not durable");
        if (message.term == step.after.term()) check_acknowledged(step, accepted->through);
    }
    const auto* vote = std::get_if<VoteReply>(&message.body);
    if (vote == nullptr || vote->stage != VoteRequest::Stage::give) return;
    if (vote->answer != VoteReply::Answer::yes) return;
    const auto [known, first] = votes_.try_emplace({step.server, message.term}, message.to);
    if (known->second != message.to)
        violated(LedgerRule::election_safety, step.server, "votes twice in a term");
    if (disk.kept.term == message.term && disk.kept.vote != message.to) {
        violated(LedgerRule::durability, step.server, "gives a vote that is not durable");
    }
}

/// State-machine safety.
void LedgerAudit::check_committed(const Step& step, const Entry& entry, const Disks& disks) {
    const Final final{digest_of(entry), entry.term, step.after.term(), entry};
    const auto [known, first] = committed_.try_emplace(entry.index, final);
    if (known->second.digest != final.digest) {
        return violated(LedgerRule::state_machine_safety, step.server,
                        fmt::format("commits another entry {}", entry.index.value));
    }
    if (!first) return;
    if (entry.index > base_ + 1 && !committed_.contains(entry.index - 1)) {
        violated(LedgerRule::state_machine_safety, step.server, "commits past a gap");
    }
    states_[entry.index] = state_after(states_[entry.index - 1], entry);
    check_majorities(step, entry, disks);
    if (entry.kind == EntryKind::membership) check_settled_before(step, entry);
    if (entry.kind == EntryKind::settled) ++changes_settled_;
}

/// A committed entry is on the disks of a majority; of the voters before the last change as well,
/// until `settled` is committed.
void LedgerAudit::check_majorities(const Step& step, const Entry& entry, const Disks& disks) {
    const LastChange change = last_change(step.after.log());
    if (holders(change.now, entry, disks) < majority(change.now.size())) {
        violated(LedgerRule::durability, step.server,
                 fmt::format("commits {} without a majority", entry.index.value));
    }
    const bool settled = change.settled >= change.changed && change.settled < entry.index;
    if (settled || change.changed == Index{}) return;
    if (!change.before.empty() &&
        holders(change.before, entry, disks) < majority(change.before.size())) {
        violated(LedgerRule::durability, step.server,
                 fmt::format("commits {} without the old majority", entry.index.value));
    }
}

void LedgerAudit::check_settled_before(const Step& step, const Entry& change) {
    for (auto past = committed_.find(change.index); past != committed_.begin();) {
        --past;
        if (past->second.entry.kind == EntryKind::settled) return;
        if (past->second.entry.kind == EntryKind::membership) break;
        if (past == committed_.begin()) return;
    }
    if (change.index == base_ + 1) return;
    violated(LedgerRule::one_change, step.server,
             fmt::format("change {} before the last one settled", change.index.value));
}

void LedgerAudit::check_dismissed(const Step& step, const Dismissed& dismissed) {
    const auto change = committed_.find(dismissed.change);
    const bool known =
        change != committed_.end() && change->second.entry.kind == EntryKind::membership;
    if (!known || contains(change->second.entry.members.voters, step.server) ||
        contains(change->second.entry.members.learners, step.server)) {
        violated(LedgerRule::one_change, step.server,
                 "dismissed although no committed change removed it");
    }
}

void LedgerAudit::check_state(MemberId server, Index index, std::uint64_t state) {
    const auto known = states_.find(index);
    if (known == states_.end() || known->second != state) {
        violated(LedgerRule::state_machine_safety, server,
                 fmt::format("another state at {}", index.value));
    }
}

}  // namespace inquest::sim
