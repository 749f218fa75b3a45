// A verdict that explains itself: a tree of claims, each with its instant, its age and the rule
// that made it, down to the single paths; and what would have changed it.
#pragma once

#include "heartbeat/base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace inquest {

struct Explanation {
    std::string claim;               ///< one sentence
    std::optional<Instant> instant;  ///< since when, or at what time
    std::optional<Duration> age;
    std::string rule;  ///< the rule that fired, empty for bare evidence
    std::vector<std::string> would_have_changed_it;
    std::vector<Explanation> because;
};

}  // namespace inquest
