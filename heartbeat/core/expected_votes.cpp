#include "heartbeat/core/expected_votes.hpp"

#include <algorithm>

namespace inquest {

std::vector<MemberId> expected_votes(const ClusterState& state, Counting counting) {
    std::vector<MemberId> voting;
    const auto take = [&](Role role) {
        for (const AgreedMember& member : state.members) {
            const bool counts = counting == Counting::invited_too ||
                                member.standing == AgreedMember::Standing::joined;
            if (voting.size() == voters_max) return;
            if (counts && member.role == role && member.may_vote == Vote::yes)
                voting.push_back(member.id);
        }
    };
    take(Role::witness);
    take(Role::voter);
    std::sort(voting.begin(), voting.end());
    return voting;
}

}  // namespace inquest
