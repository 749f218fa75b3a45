// From the text of a timeline, and of the cluster.toml beside it, to a scenario; or to all
// complaints at once. Pure: texts in, data out. GRAMMAR.md has the grammar.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "tests/sim/story/scenario.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace inquest::sim {

using config::Complaints;

/// A timeline that brings its own topology. `file` is its name in complaints.
tl::expected<Scenario, Complaints> read_bare_timeline(std::string_view text,
                                                      const std::string& file);

/// A timeline for the cluster of `cluster_toml`. The files are called cluster.toml and timeline.
tl::expected<Scenario, Complaints> read_scenario(std::string_view cluster_toml,
                                                 std::string_view timeline);

}  // namespace inquest::sim
