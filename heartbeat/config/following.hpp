// Can a running daemon follow other files, and what would change? Pure.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/host_config.hpp"

#include <string>
#include <vector>

namespace inquest::config {

/// Why `now` cannot be followed without a restart; empty where it can. A path keeps its number, so
/// paths are appended or switched off; and every two nodes that stay keep a path between them, for
/// they do not follow in the same instant.
Complaints unfollowable(const HostConfig& before, const HostConfig& now);

/// What `now` says otherwise, a phrase each, in the order of members, paths, votes, addresses and
/// timings: `n4 added`, `path lan-c added`, `beat_interval 100ms -> 50ms`.
std::vector<std::string> differences(const HostConfig& before, const HostConfig& now);

}  // namespace inquest::config
