// The cases and findings of `inquest-sim whatif`, for a person and for a program.
#pragma once

#include "tests/sim/whatif/whatif.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// Within 100 columns. Cases that end the same share a row; what costs more comes first.
std::string table(const std::vector<Case>& cases, const std::vector<std::string>& findings);

/// `{"cases":[{"faults","effects","votes_together","voters","quorate","costs"}],"findings":[..]}`
std::string json(const std::vector<Case>& cases, const std::vector<std::string>& findings);

}  // namespace inquest::sim
