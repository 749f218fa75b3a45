// The lines in front of the first event: a cluster in a few words, and the seed.
#pragma once

#include "tests/sim/story/margin.hpp"
#include "tests/sim/story/scenario.hpp"
#include "tests/sim/story/timeline_line.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace inquest::sim {

/// Are nodes and paths known, so that names can be looked up among them?
enum class Understood : std::uint8_t { no, yes };

/// What the lines say, put into a scenario that has no events yet. What is wrong is noted.
/// `joining` are the names of those that join later: one that follows on the last node's number is
/// a machine that is no member yet.
Understood read_topology(const std::vector<Line>& header, Words joining, Scenario& scenario,
                         Margin& margin);

/// What cluster.toml does not say: the seed, and who is no member yet.
void read_beginning(const std::vector<Line>& header, Understood cluster, Scenario& scenario,
                    Margin& margin);

/// What every cluster of a bare timeline is called.
inline constexpr std::string_view bare_cluster_name = "sim";

}  // namespace inquest::sim
