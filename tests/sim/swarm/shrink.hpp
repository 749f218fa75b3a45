// From a run that broke a rule to the shortest timeline found that breaks it too.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/story/scenario.hpp"

#include <functional>

namespace inquest::sim {

/// Does the scenario break the rule that is looked for?
using Breaks = std::function<bool(const Scenario&)>;

/// The shortest scenario found that still `breaks`, tried within `runs` questions.
/// Pre: breaks(broken).
Scenario shrink(const Scenario& broken, const Breaks& breaks, int runs);

/// The shortest scenario found that breaks the first rule that `outcome` names.
Scenario shrink(const Scenario& broken, const Outcome& outcome, int runs = 400);

}  // namespace inquest::sim
