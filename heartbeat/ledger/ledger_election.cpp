// Elections: 3.4, with the two guards against needless ones: a canvass before a candidature (9.6),
// and no vote while a leader lives (4.2.3).
#include "heartbeat/base/assert.hpp"
#include "heartbeat/ledger/ledger.hpp"

#include <algorithm>

namespace inquest::ledger {

void Ledger::become(Role role, MemberId leader) {
    if (role_ == Role::leader && role != Role::leader) followers_.clear();
    if (role_ == Role::leader || role == Role::canvasser || role == Role::candidate) {
        put_off_election();
    }
    role_ = role;
    leader_ = leader;
    granted_.clear();
}

/// A new term: no vote given in it yet, no leader known. Durable before any answer leaves.
void Ledger::enter(Term term) {
    INQUEST_ASSERT(term > term_);
    term_ = term;
    vote_ = nobody;
    draft_.ballot = {.term = term_, .vote = vote_};
    become(Role::follower, nobody);
}

void Ledger::put_off_election() {
    election_due_ = after(now_, settings_.election_min +
                                    random_.below(settings_.election_max - settings_.election_min));
}

/// Would a majority vote for this node? Asked without a new term, so that a node that was cut off
/// and comes back does not depose a leader that lives (9.6).
void Ledger::canvass() {
    become(Role::canvasser, nobody);
    ask_for_votes(VoteRequest::Stage::would_you);
    count_vote(settings_.self);
}

/// The vote for itself counts, and the requests leave, when it is durable.
void Ledger::campaign() {
    enter(Term(term_.value + 1));
    become(Role::candidate, nobody);
    vote_ = settings_.self;
    draft_.ballot = {.term = term_, .vote = vote_};
    vote_write_ = last_write_ + 1;
    ask_for_votes(VoteRequest::Stage::give);
}

void Ledger::ask_for_votes(VoteRequest::Stage stage) {
    for (const MemberId voter : log_.membership().now.voters) {
        if (voter == settings_.self) continue;
        reply(voter, VoteRequest{stage, log_.last(), log_.last_term()});
    }
}

/// A candidate needs a majority of the newest configuration in its log (4.1), itself only if it
/// votes there.
void Ledger::count_vote(MemberId voter) {
    const Voters& voters = log_.membership().now.voters;
    if (!contains(voters, voter) || contains(granted_, voter)) return;
    granted_.push_back(voter);
    if (granted_.size() < majority(voters.size())) return;
    if (role_ == Role::canvasser) {
        campaign();
    } else {
        lead();
    }
}

void Ledger::lead() {
    become(Role::leader, settings_.self);
    // Every Persist up to the vote is durable, and none since has appended anything.
    durable_ = log_.last();
    append_due_ = after(now_, settings_.append_interval);
    meet_members();
    // Nothing of older terms commits but by an entry of this one (3.6.2, 6.4).
    append(EntryKind::noop, {}, {});
}

/// One who is no voter campaigns only while its removal may still need it (4.2.2): it may be the
/// only one that holds the change.
bool Ledger::may_campaign() const {
    const Membership& membership = log_.membership();
    if (dismissed_by_ && membership.changed <= *dismissed_by_) return false;
    if (membership.votes(settings_.self)) return true;
    return contains(membership.before, settings_.self) && !is_settled();
}

void Ledger::on(const Message& message, const VoteRequest& request) {
    const bool yes = may_vote(message, request);
    if (yes && request.stage == VoteRequest::Stage::give) {
        become(Role::follower, nobody);
        put_off_election();
        vote_ = message.from;
        draft_.ballot = {.term = term_, .vote = vote_};
    }
    reply(message.from,
          VoteReply{request.stage, yes ? VoteReply::Answer::yes : VoteReply::Answer::no});
    if (!yes) tell_if_removed(message.from);
}

/// One vote a term, to a log that lacks nothing that may be committed (3.6.1). One who knows of no
/// cluster may have lost what it once acknowledged, and gives none.
bool Ledger::may_vote(const Message& message, const VoteRequest& request) const {
    if (log_.membership().blank()) return false;
    if (!log_.no_newer_than(request.last_index, request.last_term)) return false;
    if (request.stage == VoteRequest::Stage::would_you) return true;
    return vote_ == nobody || vote_ == message.from;
}

void Ledger::on(const Message& message, const VoteReply& reply) {
    const Role asked = reply.stage == VoteRequest::Stage::give ? Role::candidate : Role::canvasser;
    // Nobody was asked before the own vote was durable.
    if (role_ == Role::candidate && written_ < vote_write_) return;
    if (role_ == asked && reply.answer == VoteReply::Answer::yes) count_vote(message.from);
}

/// Is there a leader that need not fear an election? One who leads checks its majority itself.
bool Ledger::hears_leader() const {
    if (role_ == Role::leader) return true;
    return leader_ != nobody && now_ < after(heard_leader_, settings_.election_min);
}

/// The sender leads this term; false if that cannot be.
bool Ledger::follow(const Message& message) {
    if (role_ == Role::leader || (leader_ != nobody && leader_ != message.from)) {
        drop(Dropped::second_leader);
        return false;
    }
    if (leader_ == nobody) become(Role::follower, message.from);
    heard_leader_ = now_;
    put_off_election();
    return true;
}

/// Since when has this leader heard no majority of the voters? Itself it hears always.
Instant Ledger::majority_heard_at() const {
    FixedVector<Instant, voters_max> heard;
    for (const MemberId voter : log_.membership().now.voters) {
        heard.push_back(voter == settings_.self ? now_ : followers_.at(voter).heard);
    }
    return reached_by_majority(heard);
}

}  // namespace inquest::ledger
