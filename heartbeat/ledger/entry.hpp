// What the ledger replicates: entries in one order, each known by its index and the term in which
// a leader wrote it (Ongaro, "Consensus: bridging theory and practice", 2014, section 3.5; all
// section numbers in this module are of that dissertation).
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace inquest::ledger {

/// The time of at most one leader, from 1; 0 is before the first election (3.3).
using Term = Strong<std::uint64_t, struct TermTag>;

/// An entry's place in the log, from 1; 0 is before the first entry.
using Index = Strong<std::uint64_t, struct IndexTag>;

constexpr Index operator+(Index index, std::uint64_t steps) { return Index(index.value + steps); }
/// Pre: steps <= index.
constexpr Index operator-(Index index, std::uint64_t steps) { return Index(index.value - steps); }
/// How far it is from `b` to `a`. Pre: b <= a.
constexpr std::uint64_t operator-(Index a, Index b) { return a.value - b.value; }

using Bytes = std::vector<std::byte>;
using Voters = FixedVector<MemberId, voters_max>;

/// Who takes part from a change on: voters decide, learners only follow (4.2.1). Both ascending,
/// nobody in both, together at most members_max.
struct Members {
    Voters voters;
    FixedVector<MemberId, members_max> learners;

    friend bool operator==(const Members&, const Members&) = default;
};

enum class EntryKind : std::uint8_t {
    noop,        ///< a leader's first entry (6.4): lets it learn what is committed
    command,     ///< the cluster's own, opaque here
    membership,  ///< the members from here on; its bytes are the cluster's own
    settled,     ///< majorities of the voters before and after the last change hold it
};

struct Entry {
    Index index;
    Term term;
    EntryKind kind = EntryKind::noop;
    Members members;  ///< only of a change of members
    Bytes bytes;

    friend bool operator==(const Entry&, const Entry&) = default;
};

}  // namespace inquest::ledger
