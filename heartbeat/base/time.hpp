// Time as the project knows it: a length and an instant, both in nanoseconds.
//
// The clock type has no now(): pure code that tries to read the time does not compile. Whoever runs
// the core (the daemon, the simulator, a test) passes the instant in.
#pragma once

#include <algorithm>
#include <chrono>

namespace inquest {

using Duration = std::chrono::nanoseconds;

/// Time since the node's kernel booted, suspend included. The daemon takes it from CLOCK_BOOTTIME.
struct BootClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};

using Instant = BootClock::time_point;

/// One instant on both clocks that no step can move. CLOCK_BOOTTIME alone is no measure of a lease:
/// a time daemon may slew it by a tenth. `raw` is CLOCK_MONOTONIC_RAW, the bare oscillator, which
/// stands still in suspend where the other goes on.
struct Reading {
    Instant now;
    Duration raw{};
};

/// What has passed between two readings by whichever clock says more: for a right that must end.
constexpr Duration at_most_between(const Reading& from, const Reading& to) {
    return std::max(to.now - from.now, to.raw - from.raw);
}

/// The same by whichever says less: for a wait that must have passed. Never below zero.
constexpr Duration at_least_between(const Reading& from, const Reading& to) {
    return std::max(Duration::zero(), std::min(to.now - from.now, to.raw - from.raw));
}

/// An instant this long after the clock's zero.
constexpr Instant at(Duration since_zero) { return Instant(since_zero); }

/// Later than every instant that can occur: "no deadline".
inline constexpr Instant never = Instant::max();

/// `instant + length`, or `never` where that would overflow.
constexpr Instant after(Instant instant, Duration length) {
    return instant > never - length ? never : instant + length;
}

}  // namespace inquest
