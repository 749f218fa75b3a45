// What voters grant each other, of which leases are made (lease.hpp).
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"

namespace inquest {

/// A voter's statement: "I have heard this beat of yours". It is no promise, and needs no memory.
struct Grant {
    Session session;  ///< of the beat that was heard; its incarnation is that of the row
    Sequence sequence;

    friend constexpr auto operator<=>(const Grant&, const Grant&) = default;
};

/// The voters among whom a grant counts, ascending by id; empty: the sender grants nothing.
using Electorate = FixedVector<MemberId, voters_max>;

/// What this node's ledger says of grants, as of its last entry, committed or not. Until the first
/// one nothing is granted and nothing held: the ledger was not read yet, or there is none.
/// A node that takes part in a change of voters tells this before its acknowledgement leaves.
struct GrantsChanged {
    Electorate voters;    ///< of the last configuration that is settled; empty: none is known
    bool grants = false;  ///< this node is one of them, and may: its ledger is whole

    friend bool operator==(const GrantsChanged&, const GrantsChanged&) = default;
};

}  // namespace inquest
