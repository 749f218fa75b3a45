// When the sentences about condemnations are accepted, and what they make of the state. Each takes
// a state that it may spoil where it refuses (cluster_rules.hpp works on a copy).
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"

namespace inquest {

/// In an armed cluster, of a member's newest boot, by a majority of the voters as witnesses.
EntryRefusal condemn(ClusterState& state, const Condemned& condemned);
/// The others name the condemnation; one that names another, or none that stands, is refused.
/// Not while a device may be at work, or has done its work: from when an attempt begins to when
/// each device of it has answered, and one of them that it failed.
EntryRefusal acquit(ClusterState& state, const Acquitted& acquitted);
EntryRefusal confirm_off(ClusterState& state, const ConfirmedOff& confirmed);
EntryRefusal lift_hold(ClusterState& state, const HoldLifted& lifted);
/// Only where the incarnation's terms say when it resets itself, and that this can be trusted; a
/// hold keeps nobody from it, since nothing is switched off by it.
EntryRefusal self_fence_elapsed(ClusterState& state, const SelfFenceElapsed& elapsed);
EntryRefusal release(ClusterState& state, const Released& released);

}  // namespace inquest
