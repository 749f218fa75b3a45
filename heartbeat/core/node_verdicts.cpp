// What a node concludes: a verdict on each peer and on itself, kept from flickering, and the record
// of when it has seen enough to condemn.
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {

bool Node::boot_grace_over(Instant since, Instant now) const {
    return now >= after(since, timing_.boot_grace);
}

Finding Node::find(std::size_t place, Instant now) const {
    const PeerEvidence& evidence = peers_[place].evidence;
    return judge(matrix_, roster_,
                 {.peer = place,
                  .newest = evidence.incarnation(),
                  .own = identity_.incarnation,
                  .last_known = std::max(evidence.last_heard(), evidence.last_relayed()),
                  .alone_until = std::max(apart_until_, listens_anew_until_ - patience_.limit),
                  .patience = patience_.limit,
                  .relayed = evidence.hears_by_relay(now),
                  .left = evidence.left(),
                  .restarting = evidence.restarting(),
                  .ever_heard = evidence.ever_heard(),
                  .boot_grace_over = boot_grace_over(peers_[place].met, now)},
                 now);
}

void Node::judge_verdicts(Instant now, Actions& out) {
    judge_self(now, out);
    const int together = matrix_.votes_together(roster_, identity_.incarnation, now);
    if (!has_quorum(together, roster_.voters())) apart_until_ = now;
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        Peer& peer = peers_[place];
        if (!roster_.joined(place)) peer.met = now;
        peer.finding = find(place, now);
        // Said once is enough: the younger beat that took a farewell back grows old as well.
        if (peer.finding.verdict != Verdict::left) peer.evidence.farewell_is_over();
        for (const auto heard : {peer.finding.last_heard, peer.evidence.last_relayed()}) {
            if (heard) peer.silent_from = std::max(peer.silent_from, *heard);
        }
        const Verdict verdict = settle(peer, peer.finding.verdict, now);
        if (verdict != peer.verdict) {
            peer.verdict = verdict;
            peer.since = now;
            // Doubt whether all can say so is no new loss; only being heard ends one.
            if (verdict != Verdict::lost && verdict != Verdict::suspect) peer.recorded = false;
        }
        pronounce(place, by_ledger(place, verdict), now, out);
        record_failover(place, now, out);
    }
}

void Node::pronounce(std::size_t place, Verdict verdict, Instant now, Actions& out) {
    Peer& peer = peers_[place];
    if (verdict == peer.pronounced) return;
    Transition told = transition(Transition::Kind::verdict, place, now);
    told.from = word(peer.pronounced);
    told.to = word(verdict);
    peer.pronounced = verdict;
    told.facts = verdict_facts(place, now);
    told.reason = verdict_reason(place, now);
    out.push_back(std::move(told));
}

/// Keeps a verdict from flickering. Views are a little old, so that two of them contradict each
/// other in passing at every loss, boot and healed cut: a peer is called partitioned only when that
/// has outlived the age at which a view ends. One that was missed is called alive only when it has
/// been well for as long, and one that is just met is not called degraded before. Every other
/// change for the worse is told at once.
Verdict Node::settle(Peer& peer, Verdict found, Instant now) const {
    const auto for_long = [&](std::optional<Instant>& since, bool holds) {
        if (!holds)
            since.reset();
        else if (!since)
            since = now;
        return since && now - *since >= patience_.limit;
    };
    const bool heard =
        found == Verdict::alive || found == Verdict::degraded || found == Verdict::partitioned;
    const bool heard_for_long = for_long(peer.heard_since, heard);
    const bool well_for_long = for_long(peer.well_since, found == Verdict::alive);
    const bool cut_for_long = for_long(peer.cut_since, found == Verdict::partitioned);
    const Verdict before = peer.verdict;
    if (found == Verdict::lost) peer.lost_at = now;
    // A witness that cannot speak for a moment takes nothing back.
    if (before == Verdict::lost && found == Verdict::suspect && peer.finding.quorate &&
        peer.finding.doubting.empty() && now - peer.lost_at < patience_.limit) {
        return before;
    }
    const bool missed =
        before != Verdict::alive && before != Verdict::unknown && before != Verdict::left;
    if (found == Verdict::partitioned && (cut_for_long || before == found)) return found;
    if (found == Verdict::alive && (well_for_long || !missed)) return found;
    if (!heard) return found;
    return before == Verdict::unknown && !heard_for_long ? Verdict::unknown : Verdict::degraded;
}

/// Nobody has joined but itself: there is nobody to hear.
bool Node::is_alone() const {
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place != roster_.self() && roster_.joined(place)) return false;
    }
    return true;
}

bool Node::hears_anyone(Instant now) const {
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        const PeerEvidence& evidence = peers_[place].evidence;
        const Testimony heard = testimony(evidence.cells());
        if (heard == Testimony::hears || heard == Testimony::doubts) return true;
        if (evidence.hears_by_relay(now)) return true;
    }
    return false;
}

void Node::judge_self(Instant now, Actions& out) {
    const bool all_broken = std::all_of(halves_.begin(), halves_.end(),
                                        [](const LocalHalf& half) { return half.broken; });
    Verdict verdict = Verdict::alive;
    if (!is_alone() && !hears_anyone(now)) {
        const bool can_tell = ever_heard_anyone_ || all_broken || boot_grace_over(started_, now);
        verdict = can_tell ? Verdict::isolated : Verdict::unknown;
    }
    if (verdict == self_verdict_) return;
    const Verdict before = self_verdict_;
    self_verdict_ = verdict;
    self_since_ = now;
    Transition told = transition(Transition::Kind::verdict, roster_.self(), now);
    told.from = word(before);
    told.to = word(verdict);
    if (verdict == Verdict::isolated) {
        told.reason = all_broken ? "every path is broken on this side: accuses nobody"
                                 : "hears nobody on any path: accuses nobody";
    }
    out.push_back(std::move(told));
}

/// Since when the silence counts: the newest beat that anyone heard, put off by this node's own
/// stalls since. Of a peer that it has never heard this node knows no silence: it counts from when
/// a majority first told it.
Instant Node::silent_since(const Peer& peer) const {
    const Instant counted = std::max(peer.silent_from, apart_until_);
    return peer.evidence.ever_heard() ? counted : std::max(counted, peer.since);
}

void Node::record_failover(std::size_t place, Instant now, Actions& out) {
    Peer& peer = peers_[place];
    if (peer.finding.verdict != Verdict::lost || peer.recorded) return;
    // Of whom it is proven that they run nothing, nothing more is wanted.
    if (by_ledger(place, Verdict::lost) == Verdict::fenced) return;
    if (now < silent_since(peer) + patience_.condemn) return;
    peer.recorded = true;
    const auto kind = ledger_.armed ? Transition::Kind::calls_for_condemnation
                                    : Transition::Kind::would_have_failed_over;
    Transition told = transition(kind, place, now);
    told.from = ledger_.armed ? "armed" : "observing";
    told.to = word(kind);
    told.facts =
        fmt::format("silence={} condemn_after={} votes={}/{}", phrase(now - silent_since(peer)),
                    phrase(patience_.condemn), peer.finding.deaf_votes, peer.finding.voters);
    if (!ledger_.armed) told.reason = "an armed cluster would have condemned it now";
    out.push_back(std::move(told));
}

}  // namespace inquest
