#include "tests/sim/world/founding.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/expected_votes.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

constexpr std::uint16_t beat_port = 7740;

bool has(const Nodes& nodes, std::size_t place) {
    return std::find(nodes.begin(), nodes.end(), place) != nodes.end();
}

/// Whoever has no vote gets one when there is room, unless fewer than could be are to vote.
Vote may_vote(const ClusterConfig& machines, std::size_t place) {
    const bool all_taken = static_cast<std::size_t>(voters(machines)) >= voters_max;
    return machines.members[place].votes || all_taken ? Vote::yes : Vote::no;
}

void give_votes(ClusterState& state) {
    const std::vector<MemberId> voting = expected_votes(state, Counting::joined_only);
    for (AgreedMember& member : state.members)
        member.votes =
            std::binary_search(voting.begin(), voting.end(), member.id) ? Vote::yes : Vote::no;
}

/// The votes that the configuration wants; where the cluster would choose others by itself, those
/// without a vote may have none.
void give_votes(ClusterState& state, const ClusterConfig& machines) {
    give_votes(state);
    const auto wanted = [&](const AgreedMember& member) {
        return std::any_of(machines.members.begin(), machines.members.end(),
                           [&](const auto& m) { return m.id == member.id && m.votes; });
    };
    const bool all = std::all_of(
        state.members.begin(), state.members.end(),
        [&](const AgreedMember& member) { return member.votes == Vote::yes || !wanted(member); });
    if (all) return;
    for (AgreedMember& member : state.members)
        member.may_vote = wanted(member) ? Vote::yes : Vote::no;
    give_votes(state);
}

}  // namespace

AgreedMember invited(const ClusterConfig& machines, std::size_t place, MemberId id,
                     const SecretDigest& invitation) {
    const MemberConfig& machine = machines.members[place];
    AgreedMember member{.id = id,
                        .name = machine.name,
                        .role = machine.role,
                        .may_vote = may_vote(machines, place),
                        .invitation = invitation};
    for (const PathId path : machine.paths)
        member.addresses.push_back({path, fmt::format("10.{}.0.{}", path.value, place + 1)});
    std::sort(member.addresses.begin(), member.addresses.end(),
              [](const PathAddress& a, const PathAddress& b) { return a.path < b.path; });
    return member;
}

ClusterState founding(const ClusterConfig& machines, const Nodes& outside, const AgreedKey& key) {
    ClusterState state{.index = 1,
                       .name = machines.name,
                       .generation = 1,
                       .armed = Armed::yes,
                       .timing = machines.timing,
                       .keys = {key},
                       .devices = machines.devices,
                       .storm = machines.storm};
    std::sort(state.devices.begin(), state.devices.end(),
              [](const FenceDevice& a, const FenceDevice& b) { return a.name < b.name; });
    for (const PathConfig& path : machines.paths)
        state.paths.push_back({path.name, path.kind, path.fate, beat_port, path.admin});
    for (std::size_t place = 0; place < machines.members.size(); ++place) {
        if (has(outside, place)) continue;
        AgreedMember member = invited(machines, place, machines.members[place].id, {});
        member.standing = AgreedMember::Standing::joined;
        member.fence = machines.members[place].fence;
        state.newest_id = std::max(state.newest_id, member.id);
        state.members.push_back(std::move(member));
    }
    std::sort(state.members.begin(), state.members.end(),
              [](const AgreedMember& a, const AgreedMember& b) { return a.id < b.id; });
    give_votes(state, machines);
    INQUEST_ASSERT(wire::decode_state(wire::encode(state)) == state);
    return state;
}

ledger::Restored beginning(const ClusterState& state) {
    ledger::Restored restored;
    restored.term = ledger::Term(1);
    restored.commit = ledger::Index(state.index);
    restored.snapshot = {.index = restored.commit,
                         .term = restored.term,
                         .membership = {},
                         .bytes = wire::encode(state)};
    ledger::Members& members = restored.snapshot.membership.now;
    for (const AgreedMember& member : state.members) {
        if (member.votes == Vote::yes)
            members.voters.push_back(member.id);
        else
            members.learners.push_back(member.id);
    }
    return restored;
}

}  // namespace inquest::sim
