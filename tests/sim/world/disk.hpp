// The disk of one machine: it writes one transaction after the other, takes its time for each, and
// keeps through a loss of power exactly those that were done.
//
// A write under way when power or process go is wholly there or wholly not, and those after it only
// if it is: so every instant before and after each durable write is met by some seed. What the
// kernel has taken from a daemon that died counts like that too: the next daemon syncs before it
// reads.
#pragma once

#include "heartbeat/base/random.hpp"
#include "tests/sim/world/ledger_disk.hpp"
#include "tests/sim/world/moment.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace inquest::sim {

class Disk {
 public:
    Disk(ledger::Restored first, std::uint64_t seed) : content_{std::move(first)}, random_(seed) {}

    /// A daemon begins to read. What was lost before is gone now.
    const ledger::Restored& open();

    /// A write is handed over. Result: when the disk is done with its first one, if that is this.
    std::optional<Moment> write(Moment now, const ledger::Persist& persist);
    /// The first write may be done. Result: when to look again, if there is anything to wait for.
    std::optional<Moment> look(Moment now);
    /// The last write that is durable, by its number; 0: none since the daemon began.
    std::uint64_t durable() const { return durable_; }
    bool idle() const { return writes_.empty(); }

    void stall(Moment until) { stalled_until_ = std::max(stalled_until_, until); }
    Moment stalled_until() const { return stalled_until_; }
    /// Power or process are gone: of what was handed over the first few writes are there.
    void cut();
    /// All that was handed over is there: a daemon ends in peace.
    void finish();
    void lose() { lost_ = true; }
    /// A block that was written is wrong from now on. Whoever has it open goes on; the next daemon
    /// sees it (heartbeat/store) and does not start.
    void damage() { damaged_ = true; }
    bool damaged() const { return damaged_; }
    /// A bare machine, or one that is about to join: nothing is on it, and nothing was.
    void format();

    const LedgerDisk& content() const { return content_; }
    /// Changes when what was handed over is under way no more.
    std::uint32_t life() const { return life_; }

 private:
    void end_first();
    Moment done_at(Moment now);

    LedgerDisk content_;
    Random random_;
    std::deque<ledger::Persist> writes_;  ///< in their order; the first is under way
    Moment first_done_{};
    Moment stalled_until_{};
    std::uint64_t durable_ = 0;
    std::uint32_t life_ = 0;
    bool damaged_ = false;
    bool lost_ = false;  ///< the next daemon finds nothing
};

}  // namespace inquest::sim
