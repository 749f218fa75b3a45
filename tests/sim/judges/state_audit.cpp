#include "tests/sim/judges/state_audit.hpp"

#include "heartbeat/core/digest.hpp"
#include "heartbeat/wire/cluster_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

/// Everything that a state says, as a member that is given its snapshot reads it.
std::uint64_t content_of(const ClusterState& state) {
    Digest digest;
    digest.add(std::span<const std::byte>(wire::encode(state)));
    return digest.value();
}

/// By the ledger as of the same entry; true also where its log does not reach back so far.
bool same_members(const agreement::Agreement& agreement) {
    const ClusterState& state = agreement.state();
    const ledger::Log& log = agreement.ledger().log();
    if (state.index < log.base().value || state.index > log.last().value) return true;
    const ledger::Members members = log.membership_at(ledger::Index(state.index)).now;
    if (state.members.size() != members.voters.size() + members.learners.size()) return false;
    return std::all_of(state.members.begin(), state.members.end(), [&](const auto& member) {
        return member.votes == Vote::yes ? ledger::contains(members.voters, member.id)
                                         : ledger::contains(members.learners, member.id);
    });
}

}  // namespace

std::optional<StateAudit::Breach> StateAudit::check(MemberId member,
                                                    const agreement::Agreement& agreement) {
    const ClusterState& state = agreement.state();
    const Seen seen{state.hash, content_of(state)};
    const auto [known, first] = states_.try_emplace(state.index, seen);
    if (known->second.hash != seen.hash || known->second.content != seen.content)
        return Breach{Breach::Rule::one_state,
                      fmt::format("member {} has another state at {}", member.value, state.index)};
    if (!first) return std::nullopt;
    for (const Tombstone& gone : state.tombstones) removed_.emplace(gone.id, gone.index);
    if (!state.founded() || same_members(agreement)) return std::nullopt;
    return Breach{Breach::Rule::one_membership,
                  fmt::format("at {} member {} calls others members or voters than its ledger",
                              state.index, member.value)};
}

}  // namespace inquest::sim
