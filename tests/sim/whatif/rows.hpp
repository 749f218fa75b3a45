// The rows of the table: cases that end the same, said once for all of them.
#pragma once

#include "heartbeat/base/time.hpp"
#include "tests/sim/whatif/whatif.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace inquest::sim {

/// Cases with as many faults that end the same. Where several cases share a row, the nodes that
/// their faults name are "that node" or "those nodes".
struct Row {
    std::size_t faults = 0;  ///< at once
    std::vector<Faults> cases;
    std::string seen;
    Duration after{};  ///< of the slowest case
    std::string votes;
    std::vector<std::string> costs;
};

/// Fewer faults first, and of those what costs more first; else in the order of the cases.
std::vector<Row> rows(const std::vector<Case>& cases);

}  // namespace inquest::sim
