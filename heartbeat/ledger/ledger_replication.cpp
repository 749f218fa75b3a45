// Replication and commitment: 3.5, 3.6.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/ledger/ledger.hpp"

#include <algorithm>
#include <utility>

namespace inquest::ledger {

// ---- Proposals ---------------------------------------------------------------------------------

void Ledger::on(const Propose& proposal) {
    if (const auto reason = why_refused(proposal.bytes.size(), command_bytes_max)) {
        return refused(proposal.id, *reason);
    }
    accepted(proposal.id, append(EntryKind::command, {}, proposal.bytes));
}

std::optional<Refused> Ledger::why_refused(std::size_t bytes, std::size_t bytes_max) const {
    if (role_ != Role::leader) return Refused::not_leader;
    if (bytes > bytes_max) return Refused::too_large;
    if (log_.last() - commit_ >= settings_.uncommitted_max) return Refused::full;
    if (log_.bytes() >= settings_.log_bytes_max) return Refused::full;
    // Half of the writes are left to the answers that a leader must hear.
    if (writes_.size() >= settings_.writes_max / 2) return Refused::storage_slow;
    return std::nullopt;
}

void Ledger::accepted(std::uint64_t id, Index index) {
    proposals_[index] = {id, term_};
    actions_.emplace_back(Proposed{.id = id,
                                   .outcome = Proposed::Outcome::accepted,
                                   .term = term_,
                                   .index = index,
                                   .leader = leader_});
}

void Ledger::refused(std::uint64_t id, Refused reason) {
    actions_.emplace_back(Proposed{.id = id, .reason = reason, .leader = leader_});
}

void Ledger::close_proposals(Index from, Index through, Proposed::Outcome outcome) {
    auto open = proposals_.lower_bound(from);
    while (open != proposals_.end() && open->first <= through) {
        actions_.emplace_back(Proposed{.id = open->second.id,
                                       .outcome = outcome,
                                       .term = open->second.term,
                                       .index = open->first});
        open = proposals_.erase(open);
    }
}

// ---- A leader's side ---------------------------------------------------------------------------

Index Ledger::append(EntryKind kind, const Members& members, const Bytes& bytes) {
    const Index index = log_.last() + 1;
    draft_.appended.push_back({index, term_, kind, members, bytes});
    log_.append(draft_.appended.back());
    return index;
}

/// Once an interval every follower hears that its leader leads, and what was lost is found missing.
void Ledger::append_to_all() {
    append_due_ = after(now_, settings_.append_interval);
    for (auto& [follower, progress] : followers_) {
        progress.pace = Progress::Pace::free;
        if (progress.state == Progress::State::flowing) send_append(follower, progress, 0);
    }
}

void Ledger::feed_all() {
    for (auto& [follower, progress] : followers_) feed(follower, progress);
}

void Ledger::feed(MemberId follower, Progress& progress) {
    const bool compacted = progress.next <= log_.base();
    if (compacted && progress.state != Progress::State::snapshot) {
        progress.send_snapshot(snapshot_.index);
    }
    switch (progress.state) {
        case Progress::State::probing:
            if (progress.pace == Progress::Pace::waiting) return;
            progress.pace = Progress::Pace::waiting;
            return send_append(follower, progress, append_room_bytes);
        case Progress::State::flowing: return send_entries(follower, progress);
        case Progress::State::snapshot: return send_chunk(follower, progress);
    }
}

/// All that the window takes; and news of a commit at once, which others wait for.
void Ledger::send_entries(MemberId follower, Progress& progress) {
    while (progress.next <= log_.last() &&
           progress.next - progress.match <= settings_.window_entries) {
        const Index first = progress.next;
        send_append(follower, progress, append_room_bytes);
        INQUEST_ASSERT(progress.next > first);
    }
    if (progress.told < std::min(commit_, progress.next - 1)) send_append(follower, progress, 0);
}

/// As many entries as fit into `room_bytes`.
void Ledger::send_append(MemberId follower, Progress& progress, std::size_t room_bytes) {
    const Index previous = progress.next - 1;
    Append request{previous, log_.term_at(previous).value(), commit_, {}};
    Index next = progress.next;
    for (; next <= log_.last() && encoded_bytes(log_.at(next)) <= room_bytes; next = next + 1) {
        room_bytes -= encoded_bytes(log_.at(next));
        request.entries.push_back(log_.at(next));
    }
    progress.told = std::max(progress.told, std::min(commit_, next - 1));
    if (progress.state == Progress::State::flowing) progress.next = next;
    send(follower, std::move(request));
}

void Ledger::on(const Message& message, const AppendAccepted& reply) {
    const auto follower = followers_.find(message.from);
    if (follower == followers_.end()) return;
    Progress& progress = follower->second;
    progress.answers(now_);
    if (reply.through > log_.last()) return drop(Dropped::malformed);
    progress.match = std::max(progress.match, reply.through);
    if (progress.state == Progress::State::flowing) {
        progress.next = std::max(progress.next, progress.match + 1);
    } else if (progress.match >= log_.base()) {
        progress.flow_from(progress.match + 1);
    }
}

/// Steps back to where the logs may agree, never behind what is known to be there. A refusal that
/// does not answer the newest probe, or speaks of what has been accepted since, is stale. One that
/// leads nowhere, since its sender has lost what it acknowledged, is not answered before the next
/// interval: the two would do nothing else any more.
void Ledger::on(const Message& message, const AppendRefused& reply) {
    const auto follower = followers_.find(message.from);
    if (follower == followers_.end()) return;
    Progress& progress = follower->second;
    progress.answers(now_);
    if (reply.previous > log_.last()) return drop(Dropped::malformed);
    const bool stale = progress.state == Progress::State::probing
                           ? reply.previous + 1 != progress.next
                           : reply.previous <= progress.match;
    if (stale || progress.state == Progress::State::snapshot) return;
    const Index step_back = std::min(reply.previous, reply.hint + 1);
    const Index next = std::max(progress.match + 1, step_back);
    if (progress.state == Progress::State::probing && next == progress.next) return;
    progress.probe_from(next);
}

// ---- A follower's side -------------------------------------------------------------------------

void Ledger::on(const Message& message, const Append& append) {
    if (!follow(message)) return;
    if (!log_.matches(append.previous, append.previous_term)) {
        if (append.previous <= commit_) return drop(Dropped::contradiction);
        // Not one entry back, but to before the whole term that differs (3.5).
        const Index hint =
            append.previous > log_.last() ? log_.last() : log_.before_term_at(append.previous);
        return reply(message.from, AppendRefused{append.previous, std::max(hint, commit_)});
    }
    if (!take_entries(append)) return;
    // No further than the request showed: what follows in this log may be another leader's.
    const Index through = append.previous + append.entries.size();
    reply(message.from, AppendAccepted{through});
    learn_commit(std::min(append.commit, through));
}

/// False if the request makes no sense. Entries that are here already stay: a late request must not
/// take away what a later one brought (3.5).
bool Ledger::take_entries(const Append& append) {
    Index index = append.previous;
    for (const Entry& entry : append.entries) {
        index = index + 1;
        if (entry.index != index) return drop(Dropped::malformed), false;
        if (index <= log_.base() || log_.term_at(index) == entry.term) continue;
        if (index <= commit_) return drop(Dropped::contradiction), false;
        if (index <= log_.last()) truncate_from(index);
        log_.append(entry);
        draft_.appended.push_back(entry);
    }
    return true;
}

void Ledger::truncate_from(Index first) {
    log_.truncate_from(first);
    draft_.truncate_from = first;
    close_proposals(first, Index(UINT64_MAX), Proposed::Outcome::lost);
}

// ---- Commitment --------------------------------------------------------------------------------

/// An entry of an older term is never committed by counting, only by one of this term after it
/// (3.6.2, figure 3.7).
void Ledger::advance_commit() {
    const Index agreed = highest_agreed();
    if (agreed > commit_ && log_.term_at(agreed) == term_) learn_commit(agreed);
}

/// The highest index that a majority holds durably; of the voters before the last change as well,
/// until that is settled.
Index Ledger::highest_agreed() const {
    const auto agreed_by = [this](const Voters& voters) {
        FixedVector<Index, voters_max> durable;
        for (const MemberId voter : voters) durable.push_back(durable_on(voter));
        return reached_by_majority(durable);
    };
    const Membership& membership = log_.membership();
    const Index now = agreed_by(membership.now.voters);
    // Nobody voted before the first change of a cluster that was told without them.
    if (membership.before.empty()) return now;
    return is_settled() ? now : std::min(now, agreed_by(membership.before));
}

Index Ledger::durable_on(MemberId member) const {
    return member == settings_.self ? durable_ : followers_.at(member).match;
}

/// That a change is settled is made durable at once: voters that did not know it after a restart
/// could not commit without the old ones, which may be gone.
void Ledger::learn_commit(Index commit) {
    if (commit <= commit_) return;
    const bool was_settled = is_settled();
    commit_ = commit;
    if (!was_settled && is_settled()) draft_.commit = commit_;
    if (incoming_ && incoming_->index <= commit_) incoming_.reset();
}

void Ledger::tell_committed() {
    while (applied_ < commit_) {
        applied_ = applied_ + 1;
        actions_.emplace_back(Committed{log_.at(applied_)});
        proposals_.erase(applied_);
    }
}

}  // namespace inquest::ledger
