// One line of a timeline that has a time in front: an event.
#pragma once

#include "tests/sim/story/margin.hpp"
#include "tests/sim/story/names.hpp"
#include "tests/sim/story/timeline_line.hpp"
#include "tests/sim/world/timeline.hpp"

#include <optional>

namespace inquest::sim {

/// Nothing where something is wrong with the line: that is noted in the margin. Pre: it has a word.
std::optional<Event> read_event(const Line& line, const Names& names, Margin& margin);

}  // namespace inquest::sim
