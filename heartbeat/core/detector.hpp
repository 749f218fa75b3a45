// When is a path late, when is it silent? One detector a path, one record of arrivals a peer.
//
// The intuition: somebody who rings every day at noon is not missed at one minute past noon, and
// is missed on the second day without a ring. A deadline that follows the *expected* arrival needs
// less slack than a time-out that restarts at each arrival, and errs less (Chen, Toueg, Aguilera,
// "On the quality of service of failure detectors", IEEE Transactions on Computers 51(5), 2002,
// section 5). The floor keeps one lost beat from being an alarm, the limit bounds it from above.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/path_state.hpp"

#include <algorithm>
#include <cstdint>

namespace inquest {

/// When a peer's beats are due, learnt from those that came on any path: beat number s left at
/// `offset + s * slot` on the peer's clock, so all paths share one offset. Chen's estimate is the
/// mean of the last arrivals; here the mean is exponential, which needs no window.
class Arrivals {
 public:
    /// Pre: slot > 0. `slot` is the peer's beat interval divided by its number of paths.
    explicit Arrivals(Duration slot) : slot_(slot) {}

    void heard(Sequence sequence, Instant arrived);
    /// Forgets everything: the peer's numbers start anew.
    void restart() { learnt_ = 0; }
    /// The same with slots of another length. Pre: slot > 0.
    void restart(Duration slot) {
        slot_ = slot;
        learnt_ = 0;
    }

    /// When beat number `sequence` should arrive. Pre: at least one beat was heard.
    Instant expected(Sequence sequence) const;
    /// Slack for jitter: four mean deviations, as TCP's retransmission timer has it (RFC 6298).
    Duration margin() const { return 4 * deviation_; }

 private:
    Duration since_base(Sequence sequence) const;
    std::uint64_t reach() const;

    Duration slot_;
    Sequence base_{};
    Instant offset_{};
    Duration deviation_{};
    std::uint32_t learnt_ = 0;
};

/// Judges the silence of one path. It exists from the first beat on.
class Detector {
 public:
    struct Limits {
        Duration interval;  ///< between two beats of the path, > 0
        Duration limit;     ///< silence that makes the path silent, >= 3 intervals
    };

    /// Of two pairs of limits what grants more time.
    static constexpr Limits laxer(Limits a, Limits b) {
        return {std::max(a.interval, b.interval), std::max(a.limit, b.limit)};
    }

    Detector(Limits limits, Instant first_arrival);

    /// A beat arrived; the next one on this path is expected at `next`, give or take `margin`.
    /// An arrival older than the newest one changes nothing.
    void heard(Instant arrived, Instant next, Duration margin);
    /// The same under other limits, which hold from this arrival on and not for the silence before.
    void heard(Instant arrived, Instant next, Duration margin, Limits limits);
    /// Grants at least so much time from now on. What is late or silent already stays so: only a
    /// beat ends that.
    void widen(Limits limits, Instant now);
    /// This node saw nothing for `stall` until `now`: that time counts against nobody.
    void extend(Duration stall, Instant now);

    PathState judge(Instant now) const;

    /// Its silence counts from later than the last arrival.
    bool put_off() const { return counted_from_ > last_arrival_; }

    const Limits& limits() const { return limits_; }
    Instant last_arrival() const { return last_arrival_; }
    Instant late_after() const { return late_after_; }  ///< late from the next nanosecond on
    Instant silent_at() const { return counted_from_ + limits_.limit; }

 private:
    Limits limits_;
    Instant last_arrival_;
    Instant counted_from_;  ///< last arrival plus own stalls since
    Instant late_after_;
};

}  // namespace inquest
