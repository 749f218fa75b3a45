// When did a datagram arrive? The kernel stamps it with CLOCK_REALTIME, which may be stepped by a
// day at any moment; deadlines need BootClock, which cannot.
//
// Therefore the stamp is only used for an *age*, taken at the drain that reads the datagram, and
// the age is bounded by what is certain without any clock of day: the datagram came after the
// socket was last empty, and before now. A step of the clock moves an arrival by no more than the
// time between two drains, in whichever direction (docs/verdicts.md, the stall gate).
#pragma once

#include "heartbeat/base/time.hpp"

#include <algorithm>
#include <optional>

namespace inquest {

/// All clocks, read together just before a drain.
struct Clocks {
    Instant now;
    Duration realtime;  ///< CLOCK_REALTIME since 1970
    Duration raw{};     ///< CLOCK_MONOTONIC_RAW since boot, without suspend

    constexpr Reading reading() const { return {now, raw}; }
};

/// Arrival of a datagram with the kernel's `stamp` (CLOCK_REALTIME since 1970). `emptied` is the
/// last instant at which the socket was certainly empty: its last full drain, or its opening.
/// Without a stamp the arrival is `clocks.now`: to take a beat for younger than it is delays a
/// verdict by at most one drain, to take it for older could accuse.
/// Result: in [emptied, clocks.now].
constexpr Instant arrival(std::optional<Duration> stamp, const Clocks& clocks, Instant emptied) {
    if (!stamp) return clocks.now;
    const Duration age_max = std::max(Duration::zero(), clocks.now - emptied);
    return clocks.now - std::clamp(clocks.realtime - *stamp, Duration::zero(), age_max);
}

}  // namespace inquest
