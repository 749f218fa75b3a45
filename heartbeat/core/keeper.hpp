// What a node says while its daemon is down and its guests run on.
//
// The process that starts the daemon outlives it. It knows by the daemon's will who that was and
// where it spoke, and beats in its place until the next one speaks: for restart_grace at most, and
// once in ten minutes, so that a daemon which dies again and again vetoes nothing. Its beats say
// that they are a keeper's: they count as heard, testify nothing, and earn no lease.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/action.hpp"
#include "heartbeat/core/schedule.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace inquest {

/// From one death of a daemon that its keeper speaks after to the next, at least.
inline constexpr Duration keeper_rest = std::chrono::minutes(10);

/// A keeper's numbers begin here: no daemon of the same session comes so far.
inline constexpr std::uint64_t keeper_sequence_min = std::uint64_t{1} << 63;

/// What a daemon leaves to its keeper.
struct Will {
    MemberId self;
    Incarnation incarnation;
    Session session;
    std::uint32_t boot_tag = 0;
    std::uint32_t config_hash = 0;
    Duration beat_interval{};                      ///< > 0
    Duration restart_grace{};                      ///< how long its keeper may speak
    std::uint8_t paths = 0;                        ///< 1..paths_max, of the cluster
    FixedVector<PathId, paths_max> speaks_on;      ///< those that it beat on
    FixedVector<MemberId, members_max - 1> peers;  ///< whom a beat has a row for

    friend constexpr bool operator==(const Will&, const Will&) = default;
};

class Keeper {
 public:
    /// The daemon speaks for itself; this is its will from now on. Nothing: it leaves none, as one
    /// that stops on purpose.
    void daemon_speaks(const std::optional<Will>& will);
    /// It is dead. Whether that is excused is decided here.
    void daemon_died(Instant now);
    /// Appends a SendBeat for each beat that is due. Pre: now never goes back.
    void step(Instant now, Actions& out);

    /// When to step it at the latest.
    Instant next_deadline() const;
    /// A death is excused now, and nobody speaks but the keeper.
    bool speaks() const { return ends_.has_value(); }

 private:
    void fall_silent();
    void send(Schedule::Slot slot, Actions& out) const;

    std::optional<Will> will_;
    std::optional<Schedule> schedule_;  ///< while it speaks
    bool spoke_ = false;                ///< since it began to
    std::optional<Instant> ends_;       ///< when it falls silent, whoever speaks then
    std::optional<Instant> excused_;    ///< the last death that was
};

}  // namespace inquest
