// The clocks of the daemon, read in one place.
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/core/arrival.hpp"
#include "heartbeat/endings/wall.hpp"

#include <time.h>

namespace inquest::daemon {

inline Duration read_clock(clockid_t id) {
    timespec now{};
    ::clock_gettime(id, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// CLOCK_BOOTTIME goes on while the machine is suspended, so that a suspend is seen as a stall.
inline Clocks read_clocks() {
    return {Instant(read_clock(CLOCK_BOOTTIME)), read_clock(CLOCK_REALTIME),
            read_clock(CLOCK_MONOTONIC_RAW)};
}

/// When `instant` was, by the clock on the wall.
endings::Wall wall_of(Instant instant, const Clocks& clocks);
/// The same as text: 2026-11-22T14:02:07.412318Z.
std::string wall_time(Instant instant, const Clocks& clocks);

}  // namespace inquest::daemon
