// Time as the project knows it: a length and an instant, both in nanoseconds.
//
// The clock type has no now(): pure code that tries to read the time does not compile. Whoever runs
// the core (the daemon, the simulator, a test) passes the instant in.
#pragma once

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

/// An instant this long after the clock's zero.
constexpr Instant at(Duration since_zero) { return Instant(since_zero); }

/// Later than every instant that can occur: "no deadline".
inline constexpr Instant never = Instant::max();

/// `instant + length`, or `never` where that would overflow.
constexpr Instant after(Instant instant, Duration length) {
    return instant > never - length ? never : instant + length;
}

}  // namespace inquest
