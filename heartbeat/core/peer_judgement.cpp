// From notes to states: what a peer's paths are worth now, and why.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/peer_evidence.hpp"
#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {

void PeerEvidence::judge(Instant now, const std::vector<LocalHalf>& halves, Gate gate) {
    INQUEST_ASSERT(halves.size() == paths_.size());
    const bool overdue = overdue_together(now);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        PathNotes& notes = paths_[i];
        Cell cell = judge_path(notes, now, halves[i], gate);
        if (overdue && cell.state == PathState::fresh) cell.state = PathState::late;
        if (cell.state != PathState::fresh && cell.state != PathState::blind && is_stranger(now))
            cell = {PathState::blind, BlindReason::not_heard_yet};
        if (cell == notes.cell) continue;
        if (cell.state == PathState::silent) ++notes.flaps;
        notes.cell = cell;
        notes.since = now;
    }
}

Cell PeerEvidence::judge_path(const PathNotes& notes, Instant now, const LocalHalf& half,
                              Gate gate) const {
    if (!notes.connects) return off_cell;
    const bool heard_since_break =
        notes.detector && notes.detector->last_arrival() > half.broken_since;
    const PathState state = notes.detector ? notes.detector->judge(now) : PathState::blind;
    const bool not_heard_again = now < half.blind_until && !heard_since_break;
    if (not_heard_again || (half.broken && !(state == PathState::fresh && heard_since_break))) {
        return {PathState::blind, BlindReason::link_down};
    }
    // Only what really arrived makes a path fresh; a deadline that was put off is no evidence.
    const bool arrived_lately = notes.detector && now - notes.detector->last_arrival() <=
                                                      2 * notes.detector->limits().interval;
    if ((gate.closed || now < half.overrun_until) && !arrived_lately) {
        return {PathState::blind, gate.closed ? BlindReason::stall : BlindReason::overrun};
    }
    if (!notes.detector) return never_heard(notes, now, half);
    if (rests_on_put_off_deadline(*notes.detector, state, now)) {
        return {PathState::blind, why_put_off(*notes.detector, half)};
    }
    // Who heard nobody at all has counted its own deafness: the others get their turn to beat
    // first. One that was heard since is late like any other.
    const bool heard_anew =
        notes.detector->last_arrival() >= gate.listens_anew_until - notes.detector->limits().limit;
    if (state != PathState::fresh && now < gate.listens_anew_until && !heard_anew) {
        return {PathState::blind, BlindReason::not_heard_yet};
    }
    return {state, BlindReason::none};
}

/// Would the state be a worse one, had this node not put off the deadline for its own sake? Then it
/// is no evidence of the peer: neither that it is well, nor a doubt that holds up what others saw.
bool PeerEvidence::rests_on_put_off_deadline(const Detector& detector, PathState state,
                                             Instant now) const {
    if (!detector.put_off()) return false;
    const Duration silence = now - detector.last_arrival();
    if (state == PathState::fresh) return silence > 2 * detector.limits().interval;
    return state == PathState::late && silence >= detector.limits().limit;
}

BlindReason PeerEvidence::why_put_off(const Detector& detector, const LocalHalf& half) const {
    const bool dropped = half.overrun_until > detector.last_arrival();
    return dropped ? BlindReason::overrun : BlindReason::stall;
}

bool PeerEvidence::is_stranger(Instant now) const {
    return stranger_at_ && now < after(*stranger_at_, timing_.boot_grace);
}

Instant PeerEvidence::excused_until(const PathNotes& notes) const {
    return after(std::max(expected_since_, notes.expected_since), timing_.boot_grace);
}

Cell PeerEvidence::never_heard(const PathNotes& notes, Instant now, const LocalHalf& half) const {
    const bool excused = now < excused_until(notes);
    const bool hand_is_good =
        half.known_good || (half.heard_anyone && now - half.last_heard_anyone < patience_);
    if (excused || !hand_is_good) return {PathState::blind, BlindReason::not_heard_yet};
    return {PathState::silent, BlindReason::none};
}

/// Paths whose silence counts in the sum. A late one does: it was late by this very silence. A disk
/// does not: its beats come to light when it is read, and are not staggered among the others.
std::size_t PeerEvidence::carrying_paths(Instant now) const {
    return static_cast<std::size_t>(
        std::count_if(paths_.begin(), paths_.end(), [now](const PathNotes& notes) {
            return notes.detector && !notes.is_disk && notes.cell.state != PathState::blind &&
                   notes.detector->judge(now) != PathState::silent;
        }));
}

Instant PeerEvidence::together_late_after(Instant now) const {
    // With a paths at interval T one beat is due every T/a. T + 2T/a is two beats more than T:
    // for three paths, five beats in a row are missing on independent ways.
    const auto carrying = static_cast<Duration::rep>(carrying_paths(now));
    if (carrying < 3) return never;
    Duration interval{};
    for (const PathNotes& notes : paths_) {
        if (notes.detector && !notes.is_disk)
            interval = std::max(interval, notes.detector->limits().interval);
    }
    const Duration patience = interval + 2 * interval / carrying;
    return counted_from_ + std::min(patience + arrivals_.margin(), 2 * interval);
}

bool PeerEvidence::overdue_together(Instant now) const { return now > together_late_after(now); }

Instant PeerEvidence::next_deadline(Instant now, const std::vector<LocalHalf>& halves) const {
    Instant next = never;
    const auto consider = [&](Instant instant) {
        if (instant > now) next = std::min(next, instant);
    };
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        const PathNotes& notes = paths_[i];
        if (!notes.connects) continue;
        consider(halves[i].overrun_until);
        consider(halves[i].blind_until);
        if (!notes.detector) {
            consider(excused_until(notes));
            continue;
        }
        consider(notes.detector->late_after() + Duration(1));
        consider(notes.detector->silent_at());
    }
    const Instant together = together_late_after(now);
    if (together != never) consider(together + Duration(1));
    if (stranger_at_) consider(after(*stranger_at_, timing_.boot_grace));
    if (last_relayed_) consider(relay_counted_from_ + patience_);
    return next;
}

std::string PeerEvidence::reason(std::size_t path, Instant now,
                                 const std::vector<LocalHalf>& halves) const {
    const PathNotes& notes = paths_[path];
    const auto silence = [&] { return phrase(now - notes.detector->last_arrival()); };
    switch (notes.cell.state) {
        case PathState::fresh:
        case PathState::frozen: return "";
        case PathState::late:
            return notes.detector ? fmt::format("last beat {} ago", silence()) : "";
        case PathState::silent:
            if (!notes.detector) {
                return fmt::format("never heard, for longer than boot_grace {}",
                                   phrase(timing_.boot_grace));
            }
            return fmt::format("last beat {} ago, limit {}", silence(),
                               phrase(notes.detector->limits().limit));
        case PathState::blind: break;
    }
    switch (notes.cell.reason) {
        case BlindReason::none: return "";
        case BlindReason::not_heard_yet: return "not heard yet";
        case BlindReason::off: return "off";
        case BlindReason::link_down:
            return halves[path].broken ? halves[path].reason
                                       : "the link is back, not heard on it yet";
        case BlindReason::stall: return "this node woke late";
        case BlindReason::overrun: return "this node dropped datagrams of this path";
    }
    return "";
}

}  // namespace inquest
