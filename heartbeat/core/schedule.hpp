// When this node beats: time is cut into slots, one path a slot, so that p paths at interval T give
// the peer news every T/p. A beat's sequence is its slot's number; of the slots that a stall
// swallowed only the last interval's are made up for. Jitter keeps the nodes of a cluster from
// beating in step.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/random.hpp"
#include "heartbeat/base/time.hpp"

#include <cstddef>

namespace inquest {

class Schedule {
 public:
    struct Slot {
        PathId path;
        Sequence sequence;
    };

    /// Pre: interval > 0, paths > 0.
    Schedule(Duration interval, std::size_t paths, Instant start, std::uint64_t seed);

    Instant due() const { return due_; }
    /// The slot that is due; the one after it becomes the next. Pre: now >= due().
    Slot take(Instant now);
    /// The next slot although it is not due yet: for a goodbye that cannot wait.
    Slot hurry();

    /// Another interval, or another number of paths, from now on. Numbers go on where they are, so
    /// they rise on every path; nobody waits longer for the next beat than before or after.
    /// Pre: interval > 0, paths > 0.
    void follow(Duration interval, std::size_t paths, Instant now);

    Duration slot() const { return slot_; }

 private:
    Slot next_slot();
    Instant start_of(std::uint64_t number) const;

    Duration slot_;
    std::size_t paths_;
    Instant start_;  ///< of the slot with the number `first_`
    Random random_;
    std::uint64_t first_ = 0;
    std::uint64_t next_ = 0;
    Instant due_;
};

}  // namespace inquest
