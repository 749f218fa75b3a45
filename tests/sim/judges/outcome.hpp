// What came of one run.
#pragma once

#include "heartbeat/core/transition.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/post.hpp"
#include "tests/sim/world/world.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// Something that must not have happened, or did not happen and had to.
struct Violation {
    Moment when;
    std::string rule;  ///< `expect`, `never`, or the invariant's name
    std::string what;  ///< for a person; a question names its file line
};

struct Told {
    Moment when;
    Transition transition;
};

struct Outcome {
    std::vector<Violation> violations;  ///< in the order of time
    std::vector<Violation> breaches;    ///< assumptions that did not hold: no fault of the code
    std::vector<Told> told;
    std::string log;  ///< what expect.log holds: a line for each transition and each fault
    World::Counts counts;
    Post::Counts post;
    std::uint64_t acknowledged = 0;  ///< commands whose clients know that they are committed
    Moment ended;
};

}  // namespace inquest::sim
