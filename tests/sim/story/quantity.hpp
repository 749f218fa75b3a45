// Numbers in timelines: times, lengths of time, percent, millionths, counts.
#pragma once

#include "heartbeat/base/time.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace inquest::sim {

/// No run, and no fault that has a length, is longer.
inline constexpr Duration length_max = std::chrono::hours(24);

/// What is wrong with a number, and what to do.
struct Mistake {
    std::string what;
    std::string remedy;
};

/// When something happens: 0..length_max since the world began.
tl::expected<Duration, Mistake> parse_time(std::string_view written);
/// How long something lasts: 0..length_max.
tl::expected<Duration, Mistake> parse_length(std::string_view written);
/// By how much a clock is set: up to config::duration_max, forward or back.
tl::expected<Duration, Mistake> parse_step(std::string_view written);
/// `12.5` is 125000 millionths of all; 0..100 with at most four digits after the point.
tl::expected<std::int64_t, Mistake> parse_percent(std::string_view written);
/// The largest packet of a path, IP header and all: 68 bytes (RFC 791) to 65535.
tl::expected<std::size_t, Mistake> parse_packet(std::string_view written);
/// The error of a clock, within HostClock::drift_max.
tl::expected<std::int64_t, Mistake> parse_ppm(std::string_view written);
/// A whole number `least`..`most`.
tl::expected<std::uint64_t, Mistake> parse_count(std::string_view written, std::uint64_t least,
                                                 std::uint64_t most);

/// What the functions above read back as the same. A time is in seconds, a length in the largest
/// unit that needs no fraction; else in seconds, or below one of them in milliseconds.
std::string time_text(Duration time);
std::string length_text(Duration length);  ///< also of a step: it may be negative
std::string percent_text(std::int64_t millionths);

}  // namespace inquest::sim
