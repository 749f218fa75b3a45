// Self-doubt: a node that woke late has missed evidence and accuses nobody for a while.
//
// On a shared machine almost every false alarm comes from the observer's own stalls (Lifeguard,
// arXiv 1707.00788, cuts them fifty-fold with local health alone). A stall is seen as the
// difference between the deadline that the core had asked for and the instant at which it woke.
#pragma once

#include "heartbeat/base/time.hpp"

namespace inquest {

class StallGate {
 public:
    struct Limits {
        Duration stall;  ///< waking later than this is a stall
        Duration clean;  ///< testify nothing for this long afterwards
        Duration row;    ///< a stall within this time of the last one's end counts as one in a row
    };
    explicit StallGate(Limits limits) : limits_(limits) {}

    /// Other limits from the next stall on; one that lasts ends as it was told.
    void follow(Limits limits) { limits_ = limits; }

    /// The node woke at `now` having asked for `promised`. The stall's length, zero if it was none.
    Duration woke(Instant now, Instant promised);

    bool closed(Instant now) const { return now < opens_at_; }
    Instant opens_at() const { return opens_at_; }
    Duration last_stall() const { return last_stall_; }
    /// Three stalls in a row: this node cannot testify, and somebody should know.
    bool cannot_testify() const { return in_a_row_ >= 3; }
    /// When the row is over, if nothing happens until then.
    Instant row_ends() const { return after(opens_at_, limits_.row); }

 private:
    Limits limits_;
    Instant opens_at_{};
    Duration last_stall_{};
    int in_a_row_ = 0;
};

}  // namespace inquest
