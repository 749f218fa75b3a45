// What this node itself has heard of one peer: a state for each path, honest about its own
// blindness.
//
// Beats only take notes here; judge() turns the notes into states, after every socket has been
// drained. The paths of a peer are staggered, so their silences add up: p paths that are all
// overdue at once say more than p times one missed beat, and make the peer suspect sooner.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/beat.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/detector.hpp"
#include "heartbeat/core/quality.hpp"
#include "heartbeat/core/replay.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest {

/// Why a beat was not accepted as evidence.
enum class BeatRefusal : std::uint8_t {
    none,
    unknown_member,  ///< nobody of that id is in the cluster
    own,             ///< this node's own beat came back
    wrong_path,      ///< it names another path than the one it came on
    ancient,         ///< of an incarnation or session that has ended
    other_boot,      ///< the same incarnation number under another boot of the kernel
    replayed,        ///< not newer than the newest of its path
};
inline constexpr std::size_t beat_refusals = 7;
std::string_view word(BeatRefusal refusal);

/// What this node knows of its own half of one path; shared by all peers on that path.
struct LocalHalf {
    bool broken = false;
    bool known_good = false;  ///< netmon has seen link and address
    Instant broken_since{};
    Instant blind_until{};        ///< mended, but peers have had no time yet to be heard again
    std::string reason;           ///< for a person; empty unless broken
    Instant overrun_until{};      ///< own drops: nothing is testified on this path before that
    Instant last_heard_anyone{};  ///< newest arrival on this path, of any peer
    bool heard_anyone = false;
};

class PeerEvidence {
 public:
    struct PathNotes {
        Cell cell;
        Instant since{};                   ///< of the cell's state
        std::optional<Detector> detector;  ///< from the first beat of this incarnation on
        ReplayGuard replay;
        Sequence newest;
        std::uint8_t stride = 0;  ///< paths that the sender of the newest beat counted
        LossMeter loss;
        std::optional<Duration> rtt;  ///< smoothed
        std::uint64_t flaps = 0;      ///< changes to `silent`
        bool connects = false;        ///< both nodes are on it and it is switched on
        bool is_disk = false;
        Instant expected_since{};  ///< since when it should have been heard
    };

    /// The instants between which this node itself could not see.
    struct Gate {
        bool closed = false;
        Instant listens_anew_until{};  ///< it heard nobody at all; silence from then is its own
    };

    PeerEvidence(const ClusterConfig& cluster, const std::vector<bool>& connects, Instant started);

    /// Another configuration. What was heard stays; paths that are new or switched on are expected
    /// from now on. Until the peer's beats show that it has followed, it is judged by whatever
    /// grants it more time: its old limits or the new ones.
    void follow(const ClusterConfig& cluster, const std::vector<bool>& connects, Instant now);
    /// The peer has spoken, and does not know this node: it has another configuration, and sends
    /// nothing here. Its silence is no evidence for a boot grace from then.
    void speaks_to_others(Instant now);
    /// It has spoken, and knows this node; where it did not before, its paths are met anew.
    void speaks_to_us(Instant now);
    /// A beat that is passed on proves life for so long, and another peer's that a path is good.
    void be_patient(Duration patience) { patience_ = patience; }

    /// Takes note of an authenticated beat that came straight from the peer.
    BeatRefusal heard(const Beat& beat, PathId path, Instant arrived, Instant now);
    /// The same for one that another member passed on: it proves life, and makes no path fresh.
    BeatRefusal relayed(const Beat& beat, Instant arrived, Instant now);
    void round_trip(PathId path, Duration trip);
    void extend(Duration stall, Instant now);
    /// What did not arrive on this path until now is this node's own fault: its silence counts from
    /// now on.
    void excuse(PathId path, Instant now);

    /// New states of all paths.
    void judge(Instant now, const std::vector<LocalHalf>& halves, Gate gate);
    /// The next instant at which judge() could find something else.
    Instant next_deadline(Instant now, const std::vector<LocalHalf>& halves) const;

    const PathNotes& path(std::size_t path) const { return paths_[path]; }
    std::size_t path_count() const { return paths_.size(); }
    FixedVector<Cell, paths_max> cells() const;

    Incarnation incarnation() const { return incarnation_; }
    Session session() const { return session_; }
    /// Of this session, by any way.
    Sequence newest() const { return newest_; }
    std::uint32_t config_hash() const { return config_hash_; }
    /// Its newest beat was sent under this node's configuration.
    bool follows() const { return config_hash_ == own_hash_; }
    /// What it may go by until it follows: never shorter than this node's own timings.
    const Timing& lenient() const { return lenient_; }
    /// The interval at which it expects beats until it follows; at most this node's own.
    Duration interval_expected() const { return interval_expected_; }
    /// Newest beat of any kind.
    std::optional<Instant> last_life() const { return std::max(last_heard_, last_relayed_); }
    /// Others have heard it since: it is back, or was.
    void farewell_is_over() { left_ = false; }
    bool left() const { return left_; }
    /// Its newest beat is its keeper's: its daemon has died, and it runs on.
    bool restarting() const { return restarting_; }
    bool ever_heard() const { return incarnation_ != Incarnation{}; }
    /// Newest beat on any path of its own.
    std::optional<Instant> last_heard() const { return last_heard_; }
    /// Newest beat that another member passed on.
    std::optional<Instant> last_relayed() const { return last_relayed_; }
    bool hears_by_relay(Instant now) const;
    Instant first_heard() const { return first_heard_; }
    /// Why the path has its state, for a person.
    std::string reason(std::size_t path, Instant now, const std::vector<LocalHalf>& halves) const;

 private:
    BeatRefusal admit(const Beat& beat, Instant now);
    std::uint64_t slots_behind_max(const Beat& beat, const PathNotes& notes) const;
    Detector::Limits limits_for(const Beat& beat, const PathNotes& notes) const;
    void note_arrival(PathNotes& notes, const Beat& beat, Instant arrived);
    void know_kinds(const ClusterConfig& cluster);
    void count(PathNotes& notes, const Beat& beat, bool same_session);
    void expect(PathNotes& notes, bool connects, Instant now);
    bool is_stranger(Instant now) const;
    void begin_incarnation(const Beat& beat, Instant now);
    void note_newest(const Beat& beat);
    Cell judge_path(const PathNotes& notes, Instant now, const LocalHalf& half, Gate gate) const;
    bool rests_on_put_off_deadline(const Detector& detector, PathState state, Instant now) const;
    BlindReason why_put_off(const Detector& detector, const LocalHalf& half) const;
    Cell never_heard(const PathNotes& notes, Instant now, const LocalHalf& half) const;
    Instant excused_until(const PathNotes& notes) const;
    bool overdue_together(Instant now) const;
    Instant together_late_after(Instant now) const;
    std::size_t carrying_paths(Instant now) const;

    Timing timing_;
    Timing lenient_;              ///< what a beat under another configuration is judged by
    Duration interval_expected_;  ///< by a peer that does not follow yet
    Duration patience_;
    std::uint32_t own_hash_;
    Duration slot_;
    Arrivals arrivals_;
    std::vector<PathNotes> paths_;
    ReplayGuard relay_replay_;
    Incarnation incarnation_;
    Session session_;
    std::uint32_t boot_tag_ = 0;
    std::uint32_t config_hash_ = 0;
    std::uint8_t stride_ = 0;  ///< paths that the peer counts
    std::optional<Instant> stranger_at_;
    bool left_ = false;
    bool restarting_ = false;
    Sequence newest_;         ///< of any path
    Instant expected_since_;  ///< since when its paths should have been heard
    Instant first_heard_{};   ///< of this incarnation
    Instant counted_from_{};  ///< newest arrival on any path, plus own stalls
    std::optional<Instant> last_heard_;
    std::optional<Instant> last_relayed_;
    Instant relay_counted_from_{};
};

}  // namespace inquest
