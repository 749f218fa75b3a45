// How a node follows another configuration without losing what it knows of those who stay.
//
// Members do not follow in the same instant. Until the beats of all show that they have, this node
// grants the longer of the old and the new limits, and beats at the shorter of the intervals: so
// whoever is faster or slower than the others is neither missed nor misses anybody.
#include "heartbeat/core/node.hpp"

#include <algorithm>
#include <utility>

namespace inquest {

void Node::on(const Reconfigured& reconfigured, Instant now, Actions&) {
    const ClusterConfig& cluster = reconfigured.cluster;
    Roster roster(cluster, identity_.self);
    const Places before = places_before(roster, roster_);
    roster_ = std::move(roster);
    timing_ = cluster.timing;
    config_hash_ = cluster.hash;
    halves_.resize(roster_.path_count());
    matrix_.follow(roster_, before);
    relays_.follow(before);
    gate_.follow({timing_.stall_limit(), timing_.beat_interval, timing_.path_limit});
    follow_members(cluster, before, now);
    fit_lease();
    schedule_.follow(pace(now), roster_.path_count(), now);
    bide(now);
    write_own_view(now);
    // Findings name members by their places, and those have moved.
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place != roster_.self()) peers_[place].finding = find(place, now);
    }
    promised_ = std::min(promised_, find_deadline(now));
}

void Node::follow_members(const ClusterConfig& cluster, const Places& before, Instant now) {
    std::vector<Peer> peers;
    for (std::size_t place = 0; place < roster_.size(); ++place) {
        if (!before[place]) {
            peers.push_back(meet(cluster, place, now));
            continue;
        }
        peers.push_back(std::move(peers_[*before[place]]));
        peers.back().evidence.follow(cluster, roster_.connections(place), now);
    }
    peers_ = std::move(peers);
}

/// Patience and pace as long as somebody who was heard lately has not followed. Both end only when
/// all beats on their way have come: views and relayed beats are as old as patience allows.
void Node::bide(Instant now) {
    Patience wanted{timing_.path_limit, timing_.condemn_after};
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        const PeerEvidence& evidence = peers_[place].evidence;
        if (place == roster_.self() || !awaited(evidence, now)) continue;
        wanted.limit = std::max(wanted.limit, evidence.lenient().path_limit);
        wanted.condemn = std::max(wanted.condemn, evidence.lenient().condemn_after);
    }
    const bool shorter = wanted.limit < patience_.limit || wanted.condemn < patience_.condemn;
    if (!shorter) impatient_since_ = now;
    if (shorter && now - impatient_since_ < patience_.limit) {
        wanted.limit = std::max(wanted.limit, patience_.limit);
        wanted.condemn = std::max(wanted.condemn, patience_.condemn);
    }
    patience_ = wanted;
    matrix_.end_views_after(patience_.limit);
    for (Peer& peer : peers_) peer.evidence.be_patient(patience_.limit);
    const Duration interval = pace(now);
    relays_.pace(interval);
    if (interval / static_cast<Duration::rep>(roster_.path_count()) != schedule_.slot())
        schedule_.follow(interval, roster_.path_count(), now);
}

/// Somebody who has not followed, and is or was heard so lately that it may still go by the
/// configuration of before. One that is gone for longer is not waited for.
bool Node::awaited(const PeerEvidence& evidence, Instant now) const {
    const std::optional<Instant> life = evidence.last_life();
    return !evidence.follows() && life && now < after(*life, timing_.boot_grace);
}

/// How often this node beats on each path.
Duration Node::pace(Instant now) const {
    Duration interval = timing_.beat_interval;
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        const PeerEvidence& evidence = peers_[place].evidence;
        if (place == roster_.self() || !awaited(evidence, now)) continue;
        interval = std::min(interval, evidence.interval_expected());
    }
    return interval;
}

}  // namespace inquest
