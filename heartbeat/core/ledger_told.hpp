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
#include "heartbeat/core/receipt.hpp"

#include <cstdint>
#include <optional>

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
    /// From when it is known to be committed to when the incarnation has reset itself for certain;
    /// nothing: it says of no such time, or it has not come so far.
    std::optional<Duration> self_fence_wait{};
    Receipt receipt = Receipt::none;  ///< of `proven` alone

    friend bool operator==(const KnownCondemnation&, const KnownCondemnation&) = default;
};

/// Committed, and nothing has proven yet that the incarnation runs nothing any more.
constexpr bool waits_for_proof(KnownCondemnation::Stage stage) {
    return stage == KnownCondemnation::Stage::committed || stage == KnownCondemnation::Stage::held;
}

/// Until the first one nothing is granted and nothing held: the ledger was not read yet, or there
/// is none. A change is told before anything that the ledger says because of it leaves this node.
struct LedgerTold {
    Electorate voters;    ///< of the last configuration that is settled; empty: none is known
    bool grants = false;  ///< this node is one of them, and may: its ledger is whole
    bool armed = false;   ///< verdicts have consequences
    /// By timings that stand in the log and have not had their turn.
    Duration lease_at_most = Duration::max();
    FixedVector<KnownCondemnation, members_max> condemned;

    friend bool operator==(const LedgerTold&, const LedgerTold&) = default;
};

}  // namespace inquest
