// When a node's terms are accepted, and what a change of the cluster's timings makes of them. Each
// takes a state that it may spoil where it refuses (cluster_rules.hpp works on a copy).
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"

#include <optional>

namespace inquest {

/// Of a member's newest boot, under the timings of now, and not while it is condemned: somebody
/// may be waiting by what it said before.
EntryRefusal set_terms(ClusterState& state, const TermsSet& set);

/// A longer lease than its terms say holds as soon as a node learns that it was agreed on.
void lengthen_terms(ClusterState& state);

/// May a guest start on this boot of the member, as far as terms go: has it committed what it goes
/// by, with the very watchdog that is open? Terms alone say nothing: that watchdog may be closed.
bool enforces(const AgreedMember& member, Incarnation incarnation,
              const std::optional<Watchdog>& open);

}  // namespace inquest
