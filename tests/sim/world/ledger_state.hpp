// What a simulated cluster replicates: nothing but a digest of all entries in their order, so that
// two states are the same exactly where the same was committed.
#pragma once

#include "heartbeat/ledger/entry.hpp"

#include <cstdint>

namespace inquest::sim {

/// What one entry says, its place included.
std::uint64_t digest_of(const ledger::Entry& entry);
/// The state that `before` and an entry make; it begins with 0.
std::uint64_t state_after(std::uint64_t before, const ledger::Entry& entry);

}  // namespace inquest::sim
