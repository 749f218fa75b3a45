#include "heartbeat/core/node.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>

namespace inquest {

Node::Node(const ClusterConfig& cluster, const Identity& identity, Instant now)
    : timing_(cluster.timing),
      patience_{timing_.path_limit, timing_.condemn_after},
      impatient_since_(now),
      identity_(identity),
      config_hash_(cluster.hash),
      roster_(cluster, identity.self),
      started_(now),
      schedule_(timing_.beat_interval, roster_.path_count(), now, identity.seed),
      gate_({timing_.stall_limit(), timing_.beat_interval, timing_.path_limit}),
      matrix_(roster_, timing_.path_limit),
      relays_(roster_, timing_.beat_interval),
      lease_(identity.self, identity.session, timing_.lease),
      woke_(now),
      halves_(roster_.path_count()),
      self_since_(now),
      apart_until_(now),
      listens_anew_until_(now),
      promised_(schedule_.due()) {
    INQUEST_ASSERT(identity.incarnation.value >= 1 && identity.session.value >= 1);
    for (std::size_t place = 0; place < roster_.size(); ++place) {
        peers_.push_back(meet(cluster, place, now));
    }
    write_own_view(now);
}

Node::Peer Node::meet(const ClusterConfig& cluster, std::size_t place, Instant now) const {
    return {.evidence = PeerEvidence(cluster, roster_.connections(place), now),
            .met = now,
            .since = now,
            .silent_from = now};
}

void Node::step(Instant now, const Event& event, Actions& out) {
    std::visit([&](const auto& happened) { on(happened, now, out); }, event);
}

void Node::on(const Wake& wake, Instant now, Actions& out) {
    raw_ = wake.raw;
    woke_ = now;
    stopwatches_.read(reading(now));
    if (const Duration stall = gate_.woke(now, promised_); stall > Duration::zero()) {
        stalled(stall, now, out);
    }
    bide(now);
    tell_fitness(now, out);
    judge_paths(now, out);
    write_own_view(now);
    // Who is about to leave has no vote any more, and must not act on the way out.
    if (!gate_.closed(now) && !leaving_) {
        judge_verdicts(now, out);
        move_motions(now, out);
    }
    judge_lease(now, out);
    judge_watchdog(now, out);
    send_due(now, out);
    promised_ = find_deadline(now);
}

Instant Node::find_deadline(Instant now) const {
    Instant next = std::min(schedule_.due(), matrix_.next_deadline(now));
    if (gate_.closed(now)) next = std::min(next, gate_.opens_at());
    if (lease_word_ == "granted") next = std::min(next, after(now, lease_.remaining(reading(now))));
    if (watchdog_ && may_feed(now)) next = std::min(next, watchdog_->feed_due);
    for (const KnownCondemnation& known : ledger_.condemned) {
        const std::optional<Duration> left = self_fence_left(known, now);
        if (left && *left > Duration::zero()) next = std::min(next, after(now, *left));
    }
    if (listens_anew_until_ > now) next = std::min(next, listens_anew_until_);
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        const Peer& peer = peers_[place];
        next = std::min(next, peer.evidence.next_deadline(now, halves_));
        if (peer.verdict == Verdict::lost && !peer.recorded) {
            const Instant due = silent_since(peer) + patience_.condemn;
            if (due > now) next = std::min(next, due);
        }
    }
    return std::max(next, now);
}

Transition Node::transition(Transition::Kind kind, std::size_t peer, Instant now) const {
    return {.kind = kind,
            .when = now,
            .observer = roster_.name(roster_.self()),
            .peer = roster_.name(peer)};
}

}  // namespace inquest
