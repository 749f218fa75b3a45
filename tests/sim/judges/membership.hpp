// Who belongs together in a world, as judges need it: by the newest agreed state that runs
// anywhere.
#pragma once

#include "tests/sim/world/world.hpp"

#include <optional>
#include <vector>

namespace inquest::sim {

/// The running member whose agreed state is the newest; nothing where none runs.
std::optional<std::size_t> best_informed(const World& world);

/// Those that run, are members by the state of `best`, and that it can hear: itself among them.
std::vector<std::size_t> community(const World& world, std::size_t best);

/// Does the node of `host` take this member for a voter? Pre: it runs.
bool votes(const World& world, std::size_t host, MemberId member);

}  // namespace inquest::sim
