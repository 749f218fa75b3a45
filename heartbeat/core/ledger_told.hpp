// What the core is told of this node's ledger: among whom it grants leases, to whom it does not,
// and whether the cluster may act.
//
// It speaks of the whole log, committed or not: a voter stops granting when it appends a
// condemnation, before its acknowledgement leaves; it grants again when the entry is truncated, or
// its acquittal is committed (docs/safety.md).
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/grant.hpp"

#include <cstdint>

namespace inquest {

/// One member's condemnation as this node's ledger has it.
struct KnownCondemnation {
    enum class Stage : std::uint8_t {
        appended,   ///< in the log, and perhaps truncated again
        committed,  ///< decided
        held,       ///< decided, and the guard against fence storms waits
        proven,     ///< a receipt says that the incarnation runs nothing any more
    };
    MemberId member;
    Incarnation incarnation;  ///< this one and all before it
    std::uint64_t index = 0;  ///< of its entry
    Stage stage = Stage::appended;

    friend bool operator==(const KnownCondemnation&, const KnownCondemnation&) = default;
};

/// Until the first one nothing is granted and nothing held: the ledger was not read yet, or there
/// is none. A change is told before anything that the ledger says because of it leaves this node.
struct LedgerTold {
    Electorate voters;    ///< of the last configuration that is settled; empty: none is known
    bool grants = false;  ///< this node is one of them, and may: its ledger is whole
    bool armed = false;   ///< verdicts have consequences
    FixedVector<KnownCondemnation, members_max> condemned;

    friend bool operator==(const LedgerTold&, const LedgerTold&) = default;
};

}  // namespace inquest
