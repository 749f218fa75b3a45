// Whose side is a fault on? Who hears whom on one path shows whether the switch, one node's hand or
// one direction between two nodes is broken (FIELD: a directional matrix beats a shout).
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/matrix.hpp"
#include "heartbeat/core/roster.hpp"

#include <cstdint>
#include <string>

namespace inquest {

struct FaultSide {
    enum class Kind : std::uint8_t {
        none,             ///< everybody hears everybody
        everybody,        ///< nobody hears anybody: the path's fate
        one_node,         ///< one node neither hears nor is heard: its hand
        hears_nobody,     ///< one node is heard and hears nobody: its receiving side
        heard_by_nobody,  ///< one node hears and is heard by nobody: its sending side
        directions,       ///< single directions between two nodes
    };
    struct Direction {
        std::uint8_t from;
        std::uint8_t to;
    };

    Kind kind = Kind::none;
    std::uint8_t node = 0;          ///< of the three kinds that name one
    FixedVector<Direction, 8> cut;  ///< of `directions`: the first of them
    std::size_t cut_count = 0;      ///< all of them
};

/// The fault on one path as all current views show it. Members that nobody hears on any path are
/// left out: theirs is another question.
FaultSide fault_side(std::size_t path, const Matrix& matrix, const Roster& roster, Instant now);

/// `sw-a: nobody hears anybody on lan-a`; empty for `none`.
std::string sentence(const FaultSide& side, std::size_t path, const Roster& roster);

}  // namespace inquest
