// A timeline as text again: what a reader of it reads back as the same events.
#pragma once

#include "heartbeat/core/config.hpp"
#include "tests/sim/story/scenario.hpp"
#include "tests/sim/world/timeline.hpp"

#include <string>

namespace inquest::sim {

/// The event without its time: `cut n1 -> n3 lan-a`. For the log and the picture.
std::string text(const Event& event, const ClusterConfig& cluster);

/// The whole scenario as a bare timeline file that read_bare_timeline() reads back: topology,
/// roles, timings, seed, events. Pre: the cluster is one that a bare timeline can describe.
std::string text(const Scenario& scenario);

}  // namespace inquest::sim
