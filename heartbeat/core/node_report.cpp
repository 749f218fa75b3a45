// What a node knows, put into plain data: Node::report.
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/quorum.hpp"

#include <fmt/format.h>

namespace inquest {
namespace {

std::optional<Duration> age_at(std::optional<Instant> instant, Instant now) {
    if (!instant) return std::nullopt;
    return now - *instant;
}

PathReport report_path(const PeerEvidence& evidence, std::size_t path,
                       const std::vector<LocalHalf>& halves, Instant now) {
    const PeerEvidence::PathNotes& notes = evidence.path(path);
    PathReport report;
    report.path = path;
    report.cell = notes.cell;
    report.reason = evidence.reason(path, now, halves);
    report.since = notes.since;
    report.rtt = notes.rtt;
    report.flaps = notes.flaps;
    if (!notes.detector) return report;
    report.age = now - notes.detector->last_arrival();
    if (notes.cell.state == PathState::blind) return report;  // what we miss is not the peer's loss
    const auto overdue = *report.age / notes.detector->limits().interval;
    report.loss = notes.loss.ratio(overdue > 1 ? static_cast<std::uint64_t>(overdue - 1) : 0);
    return report;
}

ViewReport report_view(const View& view, std::size_t observer, const Matrix& matrix,
                       const Roster& roster, Instant now) {
    ViewReport report;
    report.observer = roster.name(observer);
    report.current = matrix.current(observer, now);
    report.stalled = view.stalled;
    if (const auto via = roster.place(view.via)) report.via = roster.name(*via);
    report.age = now - view.received;
    for (std::size_t peer = 0; peer < roster.size(); ++peer) {
        if (peer == observer) continue;
        const Claim& claim = view.of[peer];
        report.rows.push_back({roster.name(peer), age_at(claim.heard_at, now), claim.relayed,
                               std::vector<Cell>(claim.cells.begin(), claim.cells.end())});
    }
    return report;
}

}  // namespace

NodeReport Node::report(Instant now) const {
    NodeReport report;
    report.name = roster_.name(roster_.self());
    report.incarnation = identity_.incarnation;
    report.session = identity_.session;
    report.votes_together = matrix_.votes_together(roster_, identity_.incarnation, now);
    report.voters = roster_.voters();
    report.quorate = has_quorum(report.votes_together, report.voters);
    report.isolated = self_verdict_ == Verdict::isolated;
    report.faults = faults(now);
    report.lease = report_lease(now);
    report.watchdog = report_watchdog(now);
    report.stalls = stalls_;
    report.stalls.cannot_testify = gate_.cannot_testify();
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        const View& view = matrix_.view(place);
        if (view.present) report.views.push_back(report_view(view, place, matrix_, roster_, now));
        if (place == roster_.self()) continue;
        const Peer& peer = peers_[place];
        PeerReport& entry = report.peers.emplace_back();
        entry.name = roster_.name(place);
        entry.verdict = peer.pronounced;
        entry.since = peer.since;
        entry.reason = verdict_reason(place, now);
        entry.incarnation = peer.evidence.incarnation();
        entry.session = peer.evidence.session();
        entry.votes = roster_.votes(place);
        entry.relayed = peer.evidence.hears_by_relay(now);
        if (const KnownCondemnation* known = condemnation(place))
            entry.self_fence_left = self_fence_left(*known, now);
        entry.config_differs =
            peer.evidence.ever_heard() && peer.evidence.config_hash() != config_hash_;
        for (std::size_t path = 0; path < roster_.path_count(); ++path) {
            if (!peer.evidence.path(path).connects) continue;
            entry.paths.push_back(report_path(peer.evidence, path, halves_, now));
        }
    }
    return report;
}

}  // namespace inquest
