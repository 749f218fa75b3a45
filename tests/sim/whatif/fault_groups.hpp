// Many cases in few words: `kill n2 with cut n1:lan-a, n1:lan-b`.
#pragma once

#include "tests/sim/whatif/whatif.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// Lines that name every one of these cases, and no other. Pre: all have as many faults, no case
/// comes twice.
std::vector<std::string> grouped(const std::vector<Faults>& cases);

}  // namespace inquest::sim
