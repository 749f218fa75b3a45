// Runs one scenario with all its judges.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/story/scenario.hpp"
#include "tests/sim/world/post.hpp"
#include "tests/sim/world/watcher.hpp"

#include <vector>

namespace inquest::sim {

/// Every node is on from the start. `more` look on as well.
Outcome run(const Scenario& scenario, Authentication authentication,
            const std::vector<Watcher*>& more = {});

}  // namespace inquest::sim
