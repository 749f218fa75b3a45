// When an entry is accepted, and what it makes of the state.
//
// Every member asks the same rules at the same place of the log, so all of them accept or refuse
// alike. Whoever proposes may ask them before, to spare everybody an entry; that binds nobody.
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"

#include <cstdint>
#include <span>

namespace inquest {

/// What apply() would answer now.
EntryRefusal check(const ClusterState& state, const ClusterEntry& entry);

/// The entry at `index` has its turn. A refused one changes nothing but the place, the hash and the
/// memory of its request. `bytes` are the entry as it stands in the log. Pre: index > state.index.
EntryRefusal apply(ClusterState& state, std::uint64_t index, const ClusterEntry& entry,
                   std::span<const std::byte> bytes);

/// An entry that is not the cluster's own stands at `index`: only place and hash go on.
void pass(ClusterState& state, std::uint64_t index, std::span<const std::byte> bytes);

/// The member that is invited as `member` is, and has not joined: all but the secret is the same.
/// Such an invitation can be made anew, with another secret, and the one before is void. Nothing
/// where there is none.
const AgreedMember* invited_before(const ClusterState& state, const AgreedMember& member);

}  // namespace inquest
