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

/// What parse_duration() reads back as exactly `length`, in the largest unit that needs no
/// fraction: "90s", "400ms", below a millisecond "0.25ms". Pre: length is not negative.
std::string duration_text(Duration length);

}  // namespace inquest::config
