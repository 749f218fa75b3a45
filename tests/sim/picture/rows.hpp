// Which rows the picture needs: what never changed, and what changed alike, needs no row of its
// own.
#pragma once

#include "tests/sim/picture/recording.hpp"

#include <cstddef>
#include <vector>

namespace inquest::sim::picture {

/// Peers of one observer that fared the same in its eyes.
struct Row {
    std::vector<std::size_t> peers;
    const Regard* regard = nullptr;  ///< of the first of them
};

/// What one observer says, or several that say the same. What those say of one another is the same,
/// too: a row that has all of them as peers is what each says of the others.
struct LaneRows {
    std::vector<std::size_t> observers;
    std::vector<Row> rows;
    std::vector<std::size_t> quiet;  ///< peers that are alive throughout
};

struct Arrangement {
    std::vector<LaneRows> lanes;
    std::vector<std::size_t> quiet;  ///< observers for whom all others are alive throughout
};

/// `tolerance` is how far the changes of two rows may lie apart that still count as alike. The
/// recording must outlive the answer.
Arrangement arrange(const Recording& recording, Duration tolerance);

/// Was the path fresh all the time, but for the greeting?
bool is_quiet_path(const History& path, const Recording& recording);

}  // namespace inquest::sim::picture
