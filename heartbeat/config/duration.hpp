// Lengths of time in configuration files: a number and its unit, "10ms" "2.5s" "3m" "1h".
#pragma once

#include "heartbeat/base/time.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace inquest::config {

/// Longer lengths are refused, so that no sum of them can overflow.
inline constexpr Duration duration_max = std::chrono::hours(24 * 366);

/// The length that `written` says, 0..duration_max, or why it is none ("100 has no unit").
/// Units are ms, s, m and h. No sign, no spaces; a fraction is cut to whole nanoseconds.
tl::expected<Duration, std::string> parse_duration(std::string_view written);

}  // namespace inquest::config
