// What came of a run, for people and for programs.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/story/scenario.hpp"

#include <string>

namespace inquest::sim {

/// One line each: `  violation at 12.345s: no-false-loss: ...`; empty where there is none.
std::string violations_text(const Outcome& outcome);

/// One object on one line: {"scenario","seed","violations":[{"time","rule","what"}],
/// "transitions":[{"time","observer","peer","event","path","from","to","facts","reason"}],
/// "vms":{},"vacuous":[...],"breaches":[...]}. Times are seconds since the world began.
std::string outcome_json(const Scenario& scenario, const Outcome& outcome);

/// One line each: `  assumption broken at 12.345s: devices-tell-the-truth: ...`.
std::string breaches_text(const Outcome& outcome);

/// What a green run does not prove, a line each: invariants that nothing can break yet.
std::string vacuous_text();

/// This machine's figures: simulated seconds per second, events, datagrams, memory.
std::string figures(double simulated_s, double wall_s, std::uint64_t steps, std::uint64_t datagrams,
                    std::uint64_t authenticated);

}  // namespace inquest::sim
