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

}  // namespace inquest
