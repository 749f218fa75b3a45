// What `expect` and `never` ask.
#pragma once

#include "tests/sim/story/name_reader.hpp"
#include "tests/sim/story/timeline_line.hpp"
#include "tests/sim/world/timeline.hpp"

namespace inquest::sim {

/// Fills in nodes, observer and word of `event`, whose verb is set. Pre: two words or more.
void read_question(Words words, NameReader& names, Event& event);

}  // namespace inquest::sim
