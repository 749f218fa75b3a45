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

/// What the cluster has decided of a node, as its observer's ledger has it.
inline constexpr std::array<std::string_view, 2> condemnation_words{"condemned", "not-condemned"};

/// What an observer notes when it has seen enough to condemn: in a cluster that only observes, and
/// in one that is armed.
inline constexpr std::array<std::string_view, 2> words_of_records{"would-have-failed-over",
                                                                  "calls-for-condemnation"};

/// Fills in nodes, observer and word of `event`, whose verb is set. Pre: two words or more.
void read_question(Words words, NameReader& names, Event& event);

}  // namespace inquest::sim
