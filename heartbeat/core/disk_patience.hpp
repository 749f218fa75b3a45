// How much silence a disk path is granted.
//
// A beat on a disk is written when the disk has time for it, and comes to light when the next read
// finds it. Between two beats of one interval there may be one and a half without fault of anybody,
// and no disk that several hosts share is asked every ten milliseconds for long. So a disk has a
// floor of its own. It costs what it says: with a disk path nobody is missed sooner than the floor,
// for as long as it is fresh nobody is missed at all.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/core/detector.hpp"

#include <algorithm>

namespace inquest {

/// A disk is not written and read more often.
inline constexpr Duration disk_interval_min{50ms};
/// Nor is a disk judged by less.
inline constexpr Duration disk_limit_min{4 * disk_interval_min};

constexpr Detector::Limits disk_limits(const Timing& timing) {
    const Duration interval = std::max(timing.beat_interval, disk_interval_min);
    return {interval + interval / 2, std::max(timing.path_limit, disk_limit_min)};
}

static_assert(disk_limits(Timing{}).limit == Timing{}.path_limit);
static_assert(Timing::fast().condemn_after > disk_limits(Timing::fast()).limit);

}  // namespace inquest
