// How long this node has known of each condemnation that it is committed, on its own clocks.
//
// Every member keeps them, so that a new coordinator need not begin to wait; a daemon that starts
// begins anew. A stopwatch belongs to one condemnation: one that was acquitted leaves nothing
// behind for the next.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/ledger_told.hpp"

#include <cstdint>
#include <optional>

namespace inquest {

class Stopwatches {
 public:
    /// One for each condemnation that is committed there and waits for a proof; no other.
    void follow(const LedgerTold& told);
    /// The clocks were read together: those that are new start here, a moment late.
    void read(const Reading& now);
    /// At least so long; nothing for a condemnation that is unknown, or whose stopwatch was not
    /// started yet.
    std::optional<Duration> elapsed(std::uint64_t condemnation, const Reading& now) const;

 private:
    struct Stopwatch {
        std::uint64_t condemnation = 0;  ///< its index
        std::optional<Reading> from;
    };
    const Stopwatch* find(std::uint64_t condemnation) const;

    FixedVector<Stopwatch, members_max> running_;
};

}  // namespace inquest
