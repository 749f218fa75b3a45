// When the sentences about fence devices, plans and attempts are accepted, and what they make of
// the state. Each takes a state that it may spoil where it refuses (cluster_rules.hpp works on a
// copy).
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"

namespace inquest {

// ---- What there is ------------------------------------------------------------------------------

/// Whether the parts fit together is a relation of the configuration (fence_problems.hpp).
EntryRefusal set_device(ClusterState& state, const FenceDeviceSet& set);
/// Not while a plan names it.
EntryRefusal drop_device(ClusterState& state, const FenceDeviceDropped& dropped);
/// Also of a condemned member: a plan that leads nowhere is mended on the bad day. An attempt that
/// has begun goes on as it was.
EntryRefusal set_plan(ClusterState& state, const FencePlanSet& set);
EntryRefusal set_storm_guard(ClusterState& state, const StormGuardSet& set);
/// A member that has gone runs no device, and has no plug.
void forget_in_devices(ClusterState& state, MemberId gone);

// ---- What is done -------------------------------------------------------------------------------

/// Were as many others switched off lately as the guard allows? A clock that was set back makes it
/// wait longer, never shorter.
bool storm_rages(const ClusterState& state, std::uint64_t condemnation, std::int64_t wall_seconds);

/// In an armed cluster, of a condemnation that nothing holds and nothing has proven, as the next
/// attempt, by members that may.
EntryRefusal begin_fence(ClusterState& state, const FenceBegun& begun);
/// The last thing that its level asks for makes it a receipt.
EntryRefusal answer_fence(ClusterState& state, const FenceAnswered& answered);
/// Its lease and its watchdog have run out: a proof by itself where the plan says so, and the part
/// of a level where that asks for more. False: neither is so.
bool note_elapsed(const AgreedMember& member, Condemnation& condemnation);

}  // namespace inquest
