// The world's own time. No node can read it: every host has a clock that errs (host_clock.hpp), and
// the two kinds of instant do not mix, because the compiler takes them for different types.
#pragma once

#include "heartbeat/base/time.hpp"

#include <chrono>

namespace inquest::sim {

struct WorldClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<WorldClock>;
    static constexpr bool is_steady = true;
};

/// Time since the world began.
using Moment = WorldClock::time_point;

inline constexpr Moment dawn{};
inline constexpr Moment end_of_time = Moment::max();

}  // namespace inquest::sim
