// Who should vote, of those who may: first the witnesses, which do nothing else, then the others in
// the order in which they came, until five do.
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <vector>

namespace inquest {

/// Those who have joined, or as it will be when all invited ones have.
enum class Counting : std::uint8_t { joined_only, invited_too };

/// Ascending by id, at most voters_max; never empty while a member counts that may vote.
std::vector<MemberId> expected_votes(const ClusterState& state, Counting counting);

}  // namespace inquest
