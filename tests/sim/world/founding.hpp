// A cluster as the world begins with it: its members have been agreed on, have joined and vote.
#pragma once

#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/ledger/snapshot.hpp"
#include "tests/sim/world/timeline.hpp"

namespace inquest::sim {

/// All machines but those `outside` are members, under the ids of the configuration; the cluster is
/// armed. Pre: a member votes.
ClusterState founding(const ClusterConfig& machines, const Nodes& outside, const AgreedKey& key);

/// A member's ledger that begins with this state as its snapshot.
ledger::Restored beginning(const ClusterState& state);

/// A machine as an invitation describes it. Addresses are as good as any: the wires know places.
AgreedMember invited(const ClusterConfig& machines, std::size_t place, MemberId id,
                     const SecretDigest& invitation);

}  // namespace inquest::sim
