// Changes of members: chapter 4, one server at a time, each settled before the next.
#include "heartbeat/ledger/ledger.hpp"

#include <algorithm>

namespace inquest::ledger {

void Ledger::on(const ProposeChange& proposal) {
    auto reason = why_refused(proposal.bytes.size(), change_bytes_max);
    if (!reason) reason = why_refused(proposal.change);
    if (reason) return refused(proposal.id, *reason);
    const Changed result = changed(log_.membership().now, proposal.change);
    if (result.refused) return refused(proposal.id, *result.refused);
    if (!majority_answers(result.members.voters))
        return refused(proposal.id, Refused::majority_away);
    accepted(proposal.id, append(EntryKind::membership, result.members, proposal.bytes));
    meet_members();
}

/// A learner must be here, close behind, and know that it is a member: a voter that knows of no
/// cluster gives no vote, and the next election may need it.
///
/// None before the leader has committed an entry of its term: two leaders with a change each could
/// otherwise commit without a common voter (Ongaro's correction of 2015).
std::optional<Refused> Ledger::why_refused(const Change& change) const {
    if (log_.term_at(commit_) != term_) return Refused::new_term;
    if (!is_settled()) return Refused::change_pending;
    if (change.kind != Change::Kind::promote) return std::nullopt;
    const auto learner = followers_.find(change.member);
    if (learner == followers_.end()) return std::nullopt;
    const Progress& progress = learner->second;
    const bool here = now_ < after(progress.heard, settings_.election_max);
    const bool close = log_.last() - progress.match <= settings_.caught_up_entries;
    const bool knows = progress.match >= log_.membership().settled;
    return here && close && knows ? std::nullopt : std::optional(Refused::not_caught_up);
}

/// A change holds as soon as it is appended, and is undone by nobody but another leader. Without a
/// majority of the voters that it leaves it would never commit, and neither would anything after
/// it.
bool Ledger::majority_answers(const Voters& voters) const {
    const auto answers = [this](MemberId voter) {
        if (voter == settings_.self) return true;
        const auto follower = followers_.find(voter);
        return follower != followers_.end() && follower->second.answered &&
               now_ < after(follower->second.heard, settings_.election_max);
    };
    const auto here = std::count_if(voters.begin(), voters.end(), answers);
    return static_cast<std::size_t>(here) >= majority(voters.size());
}

/// Members, and the voters before a change until that is over: all who count or follow.
bool Ledger::takes_part(MemberId member) const {
    const Membership& membership = log_.membership();
    return membership.votes(member) || contains(membership.now.learners, member) ||
           (!is_over() && contains(membership.before, member));
}

/// May those who voted before the last change go? Not as soon as it is settled: if whoever knows
/// that were lost, the others would still need them. Whoever holds an entry after `settled` has
/// learnt with it, durably, that this is committed.
bool Ledger::is_over() const {
    const Membership& membership = log_.membership();
    return membership.changed == Index{} || (is_settled() && commit_ > membership.settled);
}

/// A leader follows up on exactly those who take part. Who does so no more is told why.
void Ledger::meet_members() {
    for (auto follower = followers_.begin(); follower != followers_.end();) {
        const MemberId member = follower->first;
        if (takes_part(member)) {
            ++follower;
        } else {
            follower = followers_.erase(follower);
            tell_if_removed(member);
        }
    }
    const auto meet = [this](const auto& members) {
        for (const MemberId member : members) {
            if (member == settings_.self) continue;
            followers_.try_emplace(member, Progress{.next = log_.last() + 1, .heard = now_});
        }
    };
    meet(log_.membership().now.voters);
    meet(log_.membership().now.learners);
    if (!is_over()) meet(log_.membership().before);
}

/// One whom a committed change has removed would go on asking for votes (4.2.3).
void Ledger::tell_if_removed(MemberId stranger) {
    const Membership& membership = log_.membership();
    if (membership.changed == Index{} || !is_over() || takes_part(stranger)) return;
    send(stranger, NotMember{membership.changed});
}

void Ledger::on(const Message&, const NotMember& notice) {
    const Membership& membership = log_.membership();
    // A change that came later may have taken it in again.
    if (membership.blank() || notice.change < membership.changed) return;
    if (dismissed_by_ && notice.change <= *dismissed_by_) return;
    dismissed_by_ = notice.change;
    actions_.emplace_back(Dismissed{notice.change});
}

/// The second half of a change: once it is committed, `settled`; once that is, and a majority has
/// learnt it with one more entry, whoever is removed is told, the leader last of all (4.2.2).
void Ledger::settle() {
    const Membership& membership = log_.membership();
    const bool has_settled = membership.settled >= membership.changed;
    if (!has_settled && membership.changed <= commit_) append(EntryKind::settled, {}, {});
    const bool somebody_goes =
        std::any_of(membership.before.begin(), membership.before.end(),
                    [&](MemberId member) { return !membership.votes(member); });
    if (is_settled() && somebody_goes && log_.last() == membership.settled)
        append(EntryKind::noop, {}, {});
    if (!is_over()) return;
    meet_members();
    if (membership.votes(settings_.self)) return;
    feed_all();
    become(Role::follower, nobody);
}

}  // namespace inquest::ledger
