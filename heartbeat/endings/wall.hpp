// The clock on the wall, as people and files write it.
#pragma once

#include "heartbeat/base/time.hpp"

#include <string>

namespace inquest::endings {

/// Since 1970 by CLOCK_REALTIME, which may be stepped: to be shown, never to be a deadline.
using Wall = std::chrono::sys_time<Duration>;

/// As 2026-11-22T14:02:07.412318Z: beats come every few milliseconds, so a millisecond would hide
/// the order of things.
std::string wall_text(Wall wall);

/// The same to the second, for sentences.
std::string wall_phrase(Wall wall);

}  // namespace inquest::endings
