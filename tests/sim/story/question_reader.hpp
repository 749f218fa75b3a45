// What `expect` and `never` ask.
#pragma once

#include "tests/sim/story/name_reader.hpp"
#include "tests/sim/story/timeline_line.hpp"
#include "tests/sim/world/timeline.hpp"

#include <array>
#include <string_view>

namespace inquest::sim {

/// What the observer's agreed members show of a node, beside verdicts: it is none of them, it may
/// join, it has, it has a vote.
inline constexpr std::array<std::string_view, 4> membership_words{"outside", "invited", "joined",
                                                                  "votes"};

/// What a node holds itself: may it run guarded VMs?
inline constexpr std::array<std::string_view, 2> lease_words{"lease", "no-lease"};

/// Fills in nodes, observer and word of `event`, whose verb is set. Pre: two words or more.
void read_question(Words words, NameReader& names, Event& event);

}  // namespace inquest::sim
