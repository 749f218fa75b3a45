// Quorum arithmetic of a static member list.
#pragma once

namespace inquest {

/// Votes needed for quorum. Two voters need both, so a two-node cluster also needs a witness.
/// Pre: voters > 0. Result: 1..voters.
constexpr int votes_needed(int voters) { return voters / 2 + 1; }

/// Do `votes` of `voters` make a majority?
constexpr bool has_quorum(int votes, int voters) {
    return voters > 0 && votes >= votes_needed(voters);
}

static_assert(votes_needed(1) == 1 && votes_needed(2) == 2 && votes_needed(3) == 2);
static_assert(votes_needed(4) == 3 && votes_needed(5) == 3 && votes_needed(7) == 4);

}  // namespace inquest
