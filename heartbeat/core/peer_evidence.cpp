// What is taken note of: beats, stalls, and other configurations. Judging is in peer_judgement.cpp.
#include "heartbeat/core/peer_evidence.hpp"

#include "heartbeat/core/disk_patience.hpp"

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

namespace {

Timing laxer(Timing a, const Timing& b) {
    a.beat_interval = std::max(a.beat_interval, b.beat_interval);
    a.path_limit = std::max(a.path_limit, b.path_limit);
    a.condemn_after = std::max(a.condemn_after, b.condemn_after);
    return a;
}

Detector::Limits limits_of(const Timing& timing, const PeerEvidence::PathNotes& notes) {
    return notes.is_disk ? disk_limits(timing)
                         : Detector::Limits{timing.beat_interval, timing.path_limit};
}

Duration slot_of(const Timing& timing, std::size_t paths) {
    return timing.beat_interval / static_cast<Duration::rep>(paths);
}

}  // namespace

PeerEvidence::PeerEvidence(const ClusterConfig& cluster, const std::vector<bool>& connects,
                           Instant started)
    : timing_(cluster.timing),
      lenient_(timing_),
      interval_expected_(timing_.beat_interval),
      patience_(timing_.path_limit),
      own_hash_(cluster.hash),
      slot_(slot_of(timing_, connects.size())),
      arrivals_(slot_),
      paths_(connects.size()),
      expected_since_(started) {
    know_kinds(cluster);
    for (std::size_t i = 0; i < paths_.size(); ++i) expect(paths_[i], connects[i], started);
}

/// A path keeps its kind for as long as it exists.
void PeerEvidence::know_kinds(const ClusterConfig& cluster) {
    for (std::size_t i = 0; i < paths_.size() && i < cluster.paths.size(); ++i)
        paths_[i].is_disk = cluster.paths[i].kind == PathKind::disk;
}

void PeerEvidence::follow(const ClusterConfig& cluster, const std::vector<bool>& connects,
                          Instant now) {
    lenient_ = laxer(lenient_, cluster.timing);
    interval_expected_ = std::min(interval_expected_, cluster.timing.beat_interval);
    timing_ = cluster.timing;
    own_hash_ = cluster.hash;
    slot_ = slot_of(timing_, connects.size());
    arrivals_.restart(slot_);
    const std::size_t before = paths_.size();
    paths_.resize(connects.size());
    know_kinds(cluster);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        PathNotes& notes = paths_[i];
        if (i >= before || notes.connects != connects[i]) expect(notes, connects[i], now);
        if (notes.detector) notes.detector->widen(limits_of(lenient_, notes), now);
    }
}

/// A path that is switched on is met anew: of the time before there is no evidence. What was taken
/// on it once stays known to its replay guard.
void PeerEvidence::expect(PathNotes& notes, bool connects, Instant now) {
    notes.connects = connects;
    notes.detector.reset();
    notes.cell = connects ? Cell{} : off_cell;
    notes.since = now;
    notes.expected_since = now;
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
    PathNotes& notes = paths_[path.value];
    const std::uint64_t slots = slots_behind_max(beat, notes);
    if (newest_.value > slots && beat.sequence.value < newest_.value - slots)
        return BeatRefusal::replayed;
    if (!notes.replay.take(beat)) return BeatRefusal::replayed;
    // A keeper counts from elsewhere and begins anew: nothing was lost on the way there.
    if (beat.restarting && !restarting_) arrivals_.restart();
    count(notes, beat, same_session && !beat.restarting);
    note_newest(beat);

    note_arrival(notes, beat, arrived);
    last_heard_ = std::max(last_heard_.value_or(arrived), arrived);
    counted_from_ = std::max(counted_from_, arrived);
    return BeatRefusal::none;
}

/// When a beat comes to light on a disk says little of when the next one is due on a network.
void PeerEvidence::note_arrival(PathNotes& notes, const Beat& beat, Instant arrived) {
    const Detector::Limits limits = limits_for(beat, notes);
    if (!notes.detector) notes.detector.emplace(limits, arrived);
    if (notes.is_disk)
        return notes.detector->heard(arrived, arrived + limits.interval, Duration::zero(), limits);
    arrivals_.heard(beat.sequence, arrived);
    const Sequence next(beat.sequence.value + stride_);
    notes.detector->heard(arrived, arrivals_.expected(next), arrivals_.margin(), limits);
}

/// Beats of a peer with another configuration may come at any interval that there may be.
std::uint64_t PeerEvidence::slots_behind_max(const Beat& beat, const PathNotes& notes) const {
    const int paths = std::max<int>(beat.paths, 1);
    const Duration slot = beat.config_hash == own_hash_ ? slot_ : beat_interval_min / paths;
    return static_cast<std::uint64_t>(limits_of(timing_, notes).limit / slot);
}

/// A beat that was sent under this node's configuration promises the next one in its interval. One
/// that was not promises it in the interval of before.
Detector::Limits PeerEvidence::limits_for(const Beat& beat, const PathNotes& notes) const {
    return limits_of(beat.config_hash == own_hash_ ? timing_ : lenient_, notes);
}

/// Where the sender counts other paths than before, numbers on the path do not tell what was lost.
void PeerEvidence::count(PathNotes& notes, const Beat& beat, bool same_session) {
    const std::uint8_t stride = std::max<std::uint8_t>(beat.paths, 1);
    if (same_session && notes.detector && !beat.stalled && beat.sequence > notes.newest) {
        const std::uint64_t steps = (beat.sequence.value - notes.newest.value) / stride;
        // What a disk had no time for was overtaken by a newer beat, and not lost.
        const bool comparable = notes.stride == stride && !notes.is_disk;
        notes.loss.heard(comparable ? std::max<std::uint64_t>(steps, 1) : 1);
    }
    notes.newest = beat.sequence;
    notes.stride = stride;
    if (stride == stride_) return;
    stride_ = stride;
    arrivals_.restart(slot_of(timing_, stride));
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
    restarting_ = beat.restarting;
    if (!follows()) return;
    lenient_ = timing_;
    interval_expected_ = timing_.beat_interval;
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
    for (PathNotes& notes : paths_)
        notes.expected_since = std::min(notes.expected_since + stall, now);
}

void PeerEvidence::speaks_to_others(Instant now) {
    stranger_at_ = now;
    expected_since_ = now;
}

void PeerEvidence::speaks_to_us(Instant now) {
    if (!stranger_at_) return;
    stranger_at_.reset();
    for (PathNotes& notes : paths_) {
        if (notes.detector && notes.detector->judge(now) == PathState::silent)
            notes.detector.reset();
    }
}

void PeerEvidence::excuse(PathId path, Instant now) {
    std::optional<Detector>& detector = paths_[path.value].detector;
    if (detector) detector->extend(now - detector->last_arrival(), now);
}

FixedVector<Cell, paths_max> PeerEvidence::cells() const {
    FixedVector<Cell, paths_max> cells;
    for (const PathNotes& notes : paths_) cells.push_back(notes.cell);
    return cells;
}

bool PeerEvidence::hears_by_relay(Instant now) const {
    return last_relayed_ && !left_ && now - relay_counted_from_ < patience_;
}

}  // namespace inquest
