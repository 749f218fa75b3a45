#include "heartbeat/core/peer_evidence.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {

std::string_view word(BeatRefusal refusal) {
    switch (refusal) {
        case BeatRefusal::none: return "none";
        case BeatRefusal::unknown_member: return "unknown-member";
        case BeatRefusal::own: return "own";
        case BeatRefusal::wrong_path: return "wrong-path";
        case BeatRefusal::ancient: return "ancient";
        case BeatRefusal::other_boot: return "other-boot";
        case BeatRefusal::replayed: return "replayed";
    }
    return "?";
}

PeerEvidence::PeerEvidence(const Timing& timing, std::vector<bool> connects, Instant started)
    : timing_(timing),
      slot_(timing.beat_interval / static_cast<Duration::rep>(connects.size())),
      arrivals_(slot_),
      paths_(connects.size()),
      expected_since_(started) {
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        paths_[i].connects = connects[i];
        paths_[i].since = started;
        if (!connects[i]) paths_[i].cell = off_cell;
    }
}

BeatRefusal PeerEvidence::admit(const Beat& beat, Instant now) {
    if (beat.incarnation < incarnation_) return BeatRefusal::ancient;
    if (beat.incarnation > incarnation_) {
        begin_incarnation(beat, now);
        return BeatRefusal::none;
    }
    if (beat.boot_tag != boot_tag_) return BeatRefusal::other_boot;
    if (beat.session < session_) return BeatRefusal::ancient;
    if (beat.session > session_) {
        session_ = beat.session;
        newest_ = beat.sequence;
        left_ = false;
        arrivals_.restart();
    }
    return BeatRefusal::none;
}

void PeerEvidence::begin_incarnation(const Beat& beat, Instant now) {
    incarnation_ = beat.incarnation;
    session_ = beat.session;
    boot_tag_ = beat.boot_tag;
    newest_ = beat.sequence;
    left_ = false;
    first_heard_ = now;
    expected_since_ = now;
    arrivals_.restart();
    for (PathNotes& notes : paths_) notes.detector.reset();
}

BeatRefusal PeerEvidence::heard(const Beat& beat, PathId path, Instant arrived, Instant now) {
    if (path.value >= paths_.size() || beat.path != path || !paths_[path.value].connects) {
        return BeatRefusal::wrong_path;
    }
    const bool same_session = beat.incarnation == incarnation_ && beat.session == session_;
    if (const BeatRefusal refusal = admit(beat, now); refusal != BeatRefusal::none) return refusal;
    // A queue held it back for longer than the limit, by the sender's own count.
    const auto slots = static_cast<std::uint64_t>(timing_.path_limit / slot_);
    if (newest_.value > slots && beat.sequence.value < newest_.value - slots)
        return BeatRefusal::replayed;
    PathNotes& notes = paths_[path.value];
    if (!notes.replay.take(beat)) return BeatRefusal::replayed;

    const std::uint64_t stride = std::max<std::uint64_t>(beat.paths, 1);
    if (same_session && notes.detector && !beat.stalled && beat.sequence > notes.newest) {
        const std::uint64_t steps = (beat.sequence.value - notes.newest.value) / stride;
        notes.loss.heard(std::max<std::uint64_t>(steps, 1));
    }
    notes.newest = beat.sequence;
    note_newest(beat);

    arrivals_.heard(beat.sequence, arrived);
    if (!notes.detector) {
        notes.detector.emplace(Detector::Limits{timing_.beat_interval, timing_.path_limit},
                               arrived);
    }
    notes.detector->heard(arrived, arrivals_.expected(Sequence(beat.sequence.value + stride)),
                          arrivals_.margin());
    last_heard_ = std::max(last_heard_.value_or(arrived), arrived);
    counted_from_ = std::max(counted_from_, arrived);
    return BeatRefusal::none;
}

BeatRefusal PeerEvidence::relayed(const Beat& beat, Instant arrived, Instant now) {
    const bool same_session = beat.incarnation == incarnation_ && beat.session == session_;
    if (const BeatRefusal refusal = admit(beat, now); refusal != BeatRefusal::none) return refusal;
    if (!relay_replay_.take(beat)) return BeatRefusal::replayed;
    // What has come straight already is no news, whoever passes it on.
    if (same_session && beat.sequence <= newest_) return BeatRefusal::replayed;
    note_newest(beat);
    last_relayed_ = arrived;
    relay_counted_from_ = arrived;
    return BeatRefusal::none;
}

/// Paths overtake each other: only the newest beat of all says whether the peer has left.
void PeerEvidence::note_newest(const Beat& beat) {
    if (beat.sequence < newest_) return;
    newest_ = beat.sequence;
    config_hash_ = beat.config_hash;
    left_ = beat.goodbye;
}

void PeerEvidence::round_trip(PathId path, Duration trip) {
    std::optional<Duration>& rtt = paths_[path.value].rtt;
    rtt = rtt ? *rtt + (trip - *rtt) / 8 : trip;
}

void PeerEvidence::extend(Duration stall, Instant now) {
    for (PathNotes& notes : paths_) {
        if (notes.detector) notes.detector->extend(stall, now);
    }
    counted_from_ = std::min(counted_from_ + stall, now);
    relay_counted_from_ = std::min(relay_counted_from_ + stall, now);
    expected_since_ = std::min(expected_since_ + stall, now);
}

void PeerEvidence::excuse(PathId path, Instant now) {
    std::optional<Detector>& detector = paths_[path.value].detector;
    if (detector) detector->extend(now - detector->last_arrival(), now);
}

void PeerEvidence::judge(Instant now, const std::vector<LocalHalf>& halves, Gate gate) {
    INQUEST_ASSERT(halves.size() == paths_.size());
    const bool overdue = overdue_together(now);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        PathNotes& notes = paths_[i];
        Cell cell = judge_path(notes, now, halves[i], gate);
        if (overdue && cell.state == PathState::fresh) cell.state = PathState::late;
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
    const bool arrived_lately =
        notes.detector && now - notes.detector->last_arrival() <= 2 * timing_.beat_interval;
    if ((gate.closed || now < half.overrun_until) && !arrived_lately) {
        return {PathState::blind, gate.closed ? BlindReason::stall : BlindReason::overrun};
    }
    if (!notes.detector) return never_heard(now, half);
    if (rests_on_put_off_deadline(*notes.detector, state, now)) {
        return {PathState::blind, why_put_off(*notes.detector, half)};
    }
    // Who heard nobody at all has counted its own deafness: the others get their turn to beat
    // first.
    if (state != PathState::fresh && now < gate.listens_anew_until) {
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
    if (state == PathState::fresh) return silence > 2 * timing_.beat_interval;
    return state == PathState::late && silence >= timing_.path_limit;
}

BlindReason PeerEvidence::why_put_off(const Detector& detector, const LocalHalf& half) const {
    const bool dropped = half.overrun_until > detector.last_arrival();
    return dropped ? BlindReason::overrun : BlindReason::stall;
}

Cell PeerEvidence::never_heard(Instant now, const LocalHalf& half) const {
    const bool excused = now < after(expected_since_, timing_.boot_grace);
    const bool hand_is_good =
        half.known_good || (half.heard_anyone && now - half.last_heard_anyone < timing_.path_limit);
    if (excused || !hand_is_good) return {PathState::blind, BlindReason::not_heard_yet};
    return {PathState::silent, BlindReason::none};
}

/// Paths whose silence counts in the sum. A late one does: it was late by this very silence.
std::size_t PeerEvidence::carrying_paths(Instant now) const {
    return static_cast<std::size_t>(
        std::count_if(paths_.begin(), paths_.end(), [now](const PathNotes& notes) {
            return notes.detector && notes.cell.state != PathState::blind &&
                   notes.detector->judge(now) != PathState::silent;
        }));
}

Instant PeerEvidence::together_late_after(Instant now) const {
    // With a paths at interval T one beat is due every T/a. T + 2T/a is two beats more than T:
    // for three paths, five beats in a row are missing on independent ways.
    const auto carrying = static_cast<Duration::rep>(carrying_paths(now));
    if (carrying < 3) return never;
    const Duration patience = timing_.beat_interval + 2 * timing_.beat_interval / carrying;
    return counted_from_ + std::min(patience + arrivals_.margin(), 2 * timing_.beat_interval);
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
            consider(after(expected_since_, timing_.boot_grace));
            continue;
        }
        consider(notes.detector->late_after() + Duration(1));
        consider(notes.detector->silent_at());
    }
    const Instant together = together_late_after(now);
    if (together != never) consider(together + Duration(1));
    if (last_relayed_) consider(relay_counted_from_ + timing_.path_limit);
    return next;
}

FixedVector<Cell, paths_max> PeerEvidence::cells() const {
    FixedVector<Cell, paths_max> cells;
    for (const PathNotes& notes : paths_) cells.push_back(notes.cell);
    return cells;
}

bool PeerEvidence::hears_by_relay(Instant now) const {
    return last_relayed_ && !left_ && now - relay_counted_from_ < timing_.path_limit;
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
            return fmt::format("last beat {} ago, limit {}", silence(), phrase(timing_.path_limit));
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
