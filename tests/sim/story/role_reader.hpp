// Which nodes of a bare timeline are witnesses, vote, and are on which path.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/story/header_lines.hpp"

namespace inquest::sim {

/// The lines `witness`, `voters` and `without`. Pre: `cluster` has its nodes and paths.
void read_roles(HeaderLines& lines, ClusterConfig& cluster);

/// Who votes where nobody says so: witnesses first, which do nothing else, then the first others,
/// at most voters_max.
void give_votes(ClusterConfig& cluster);

}  // namespace inquest::sim
