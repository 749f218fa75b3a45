// Runs one scenario with all its judges.
#pragma once

#include "tests/sim/outcome.hpp"
#include "tests/sim/post.hpp"
#include "tests/sim/scenario.hpp"
#include "tests/sim/watcher.hpp"

#include <vector>

namespace inquest::sim {

/// Every node is on from the start. `more` look on as well.
Outcome run(const Scenario& scenario, Authentication authentication,
            const std::vector<Watcher*>& more = {});

}  // namespace inquest::sim
