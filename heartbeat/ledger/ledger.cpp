#include "heartbeat/ledger/ledger.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace inquest::ledger {
namespace {

/// Messages of lower terms that want an answer, so that their sender learns of the higher term.
bool is_request(const Message& message) {
    return std::holds_alternative<VoteRequest>(message.body) ||
           std::holds_alternative<Append>(message.body) ||
           std::holds_alternative<SnapshotChunk>(message.body);
}

/// Can every number in it be counted on from, and is no entry of a later term than its sender's?
bool counts_soundly(const Message& message) {
    if (message.term.value > number_max) return false;
    if (const auto* request = std::get_if<VoteRequest>(&message.body))
        return request->last_index.value <= number_max && request->last_term <= message.term;
    if (const auto* chunk = std::get_if<SnapshotChunk>(&message.body))
        return chunk->index.value <= number_max && chunk->term <= message.term;
    if (const auto* notice = std::get_if<NotMember>(&message.body))
        return notice->change.value <= number_max;
    const auto* append = std::get_if<Append>(&message.body);
    if (append == nullptr) return true;
    return append->previous.value <= number_max && append->previous_term <= message.term &&
           append->commit.value <= number_max &&
           std::all_of(append->entries.begin(), append->entries.end(),
                       [&](const Entry& entry) { return entry.term <= message.term; });
}

bool is_empty(const Persist& draft) {
    return !draft.ballot && !draft.truncate_from && !draft.snapshot && draft.appended.empty() &&
           !draft.commit;
}

}  // namespace

Restored blank() { return {}; }

Restored beginning(const Voters& voters) {
    Restored restored;
    restored.snapshot.membership.now.voters = voters;
    return restored;
}

Ledger::Ledger(const Settings& settings, Restored restored, Instant now)
    : settings_(settings),
      random_(settings.seed),
      now_(now),
      term_(restored.term),
      vote_(restored.vote),
      log_({restored.snapshot.index, restored.snapshot.term, restored.snapshot.membership}),
      snapshot_(std::move(restored.snapshot)),
      commit_(snapshot_.index),
      applied_(snapshot_.index) {
    INQUEST_ASSERT(settings.sound());
    for (Entry& entry : restored.entries) log_.append(std::move(entry));
    // A store that lacks what it knew to be committed has lost what it acknowledged.
    INQUEST_ASSERT(restored.commit <= log_.last());
    commit_ = std::max(commit_, restored.commit);
    told_ = {.role = role_, .term = term_, .leader = leader_};
    put_off_election();
}

void Ledger::step(Instant now, const Event& event, Actions& out) {
    now_ = now;
    std::visit([this](const auto& happened) { on(happened); }, event);
    if (role_ == Role::leader) {
        advance_commit();
        settle();
        feed_all();
    }
    tell_committed();
    ask_for_snapshot();
    finish(out);
}

Instant Ledger::next_deadline() const {
    if (applied_ < commit_) return now_;
    if (role_ == Role::leader) {
        return std::min(append_due_, after(majority_heard_at(), settings_.election_max));
    }
    return may_campaign() ? election_due_ : never;
}

void Ledger::on(const Wake&) {
    if (role_ != Role::leader) {
        if (now_ >= election_due_ && may_campaign()) canvass();
        return;
    }
    // Check-quorum (6.2): who hears no majority may have been replaced, and must say so.
    if (now_ >= after(majority_heard_at(), settings_.election_max)) {
        become(Role::follower, nobody);
    } else if (now_ >= append_due_) {
        append_to_all();
    }
}

void Ledger::on(const Persisted& persisted) {
    if (persisted.number > last_write_) return;
    for (; !writes_.empty() && writes_.front().number <= persisted.number; writes_.pop_front()) {
        written_ = writes_.front().number;
        if (role_ == Role::leader) durable_ = std::max(durable_, writes_.front().last);
    }
    if (role_ == Role::candidate && written_ >= vote_write_) count_vote(settings_.self);
}

// ---- Messages ----------------------------------------------------------------------------------

std::optional<Dropped> Ledger::why_dropped(const Message& message) const {
    if (message.to != settings_.self || message.from == nobody) return Dropped::misaddressed;
    if (message.from == settings_.self) return Dropped::own_id;
    if (!counts_soundly(message)) return Dropped::malformed;
    if (storage_slow()) return Dropped::storage_slow;
    const bool notice = std::holds_alternative<NotMember>(message.body);
    // A stranger's request may come from a member that this log does not know yet (4.1).
    if (!is_request(message) && !notice && !takes_part(message.from)) return Dropped::stranger;
    if (std::holds_alternative<VoteRequest>(message.body) && hears_leader()) {
        return Dropped::leader_lives;
    }
    if (has_lost_disk(message)) return Dropped::disk_lost;
    return std::nullopt;
}

/// A newcomer learns of its own addition before it is promoted. One that knows of no cluster and is
/// told that it votes has had a disk, and has forgotten its votes and acknowledgements with it: it
/// takes nothing, and so stays without a vote until it is removed and invited anew.
bool Ledger::has_lost_disk(const Message& message) const {
    if (!log_.membership().blank()) return false;
    const auto* chunk = std::get_if<SnapshotChunk>(&message.body);
    if (chunk != nullptr) return chunk->membership.votes(settings_.self);
    const auto* append = std::get_if<Append>(&message.body);
    if (append == nullptr) return false;
    for (const Entry& entry : append->entries) {
        if (contains(entry.members.learners, settings_.self)) return false;
        if (contains(entry.members.voters, settings_.self)) return true;
    }
    return false;
}

void Ledger::on(const Received& received) {
    const Message& message = received.message;
    if (const auto reason = why_dropped(message)) {
        drop(*reason);
        if (*reason == Dropped::leader_lives) tell_if_removed(message.from);
        return;
    }
    if (const auto* notice = std::get_if<NotMember>(&message.body)) return on(message, *notice);
    if (message.term < term_) return answer_from_past(message);
    if (message.term > term_) enter(message.term);
    std::visit([&](const auto& body) { on(message, body); }, message.body);
}

/// A request of a lower term is refused with this node's term; without an answer a leader or
/// candidate that fell behind could stay so for ever (3.3).
void Ledger::answer_from_past(const Message& message) {
    if (!is_request(message)) return;
    if (const auto* request = std::get_if<VoteRequest>(&message.body)) {
        reply(message.from, VoteReply{request->stage, VoteReply::Answer::no});
        return tell_if_removed(message.from);
    }
    reply(message.from, AppendRefused{});
}

// ---- What goes out -----------------------------------------------------------------------------

void Ledger::send(MemberId to, Message::Body body) {
    actions_.emplace_back(Send{{settings_.self, to, term_, std::move(body)}});
}

void Ledger::reply(MemberId to, Message::Body body) {
    replies_.push_back({settings_.self, to, term_, std::move(body)});
}

void Ledger::finish(Actions& out) {
    number_draft(out);
    const Standing standing{.role = role_, .term = term_, .leader = leader_};
    if (standing != told_) actions_.emplace_back(told_ = standing);
    std::move(actions_.begin(), actions_.end(), std::back_inserter(out));
    actions_.clear();
    release_replies(out);
}

/// The step's transaction, if it has something to make durable.
void Ledger::number_draft(Actions& out) {
    if (is_empty(draft_)) return;
    draft_.number = ++last_write_;
    draft_.commit = commit_;
    writes_.push_back({last_write_, log_.last()});
    out.emplace_back(std::exchange(draft_, {}));
}

/// What this step answers waits for all that was asked to be durable until now. Where too much
/// waits, the newest answer is given up, as the network might have lost it.
void Ledger::release_replies(Actions& out) {
    for (Message& message : replies_) {
        if (withheld_.size() >= settings_.withheld_max) break;
        withheld_.push_back({last_write_, std::move(message)});
    }
    replies_.clear();
    for (; !withheld_.empty() && withheld_.front().number <= written_; withheld_.pop_front()) {
        out.emplace_back(Send{std::move(withheld_.front().message)});
    }
}

}  // namespace inquest::ledger
