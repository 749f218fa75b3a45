// Times of day as the daemon and people write them (ISO 8601), and how long ago they were.
#pragma once

#include "heartbeat/base/time.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace inquest::cli {

using Wall = std::chrono::sys_time<Duration>;

/// "2026-11-22T10:00:00.250Z", also with an offset (+01:00), a space for the T, or without seconds.
/// Without a zone it is taken as UTC. Nothing where it is no time.
std::optional<Wall> parse_moment(std::string_view written);

/// From `earlier` to `later`, both as parse_moment reads them; nothing where one is unreadable or
/// they are in the wrong order.
std::optional<Duration> elapsed(std::string_view earlier, std::string_view later);

/// How far back `--since` asks to look: "10m", or a moment before `now`. Else why not.
tl::expected<Duration, std::string> parse_since(std::string_view written, Wall now);

}  // namespace inquest::cli
