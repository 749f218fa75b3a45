// How often knet asks on each link whether it works, derived from the cluster's timings.
//
// Nothing waits for these timers: every message goes out on every link that is up, so a dead link
// that is still held for a living one costs nothing. They decide how soon a healed link carries
// again, and after how long a silent one is shown as down. An early down costs messages (when it is
// the last link), a late one nothing; so the timeout is generous.
#pragma once

#include "heartbeat/core/config.hpp"

#include <algorithm>

namespace inquest::bus {

struct PingTimers {
    Duration interval{};
    Duration timeout{};
};

/// knet's pinging thread wakes this often, whatever it is told (libknet 1.25).
inline constexpr Duration ping_resolution{200ms};
inline constexpr Duration ping_interval_max{1s};
inline constexpr Duration ping_timeout_min{1s};
inline constexpr int pings_missed = 5;

constexpr PingTimers ping_timers(const Timing& timing) {
    const Duration interval =
        std::clamp(2 * timing.beat_interval, ping_resolution, ping_interval_max);
    return {interval, std::max(pings_missed * interval, ping_timeout_min)};
}

static_assert(ping_timers(Timing{}).timeout >= pings_missed * ping_timers(Timing{}).interval);
static_assert(ping_timers(Timing::fast()).interval >= ping_resolution);

}  // namespace inquest::bus
