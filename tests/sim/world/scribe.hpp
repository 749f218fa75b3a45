// The half of a daemon that agrees with the other members: the agreement over its ledger, the disk
// of that, and what the bus has brought.
#pragma once

#include "heartbeat/agreement/agreement.hpp"
#include "tests/sim/world/bus.hpp"
#include "tests/sim/world/disk.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inquest::sim {

/// One step of one ledger, for those who look on.
struct LedgerStep {
    const ledger::Event& event;
    ledger::Standing before;
    const ledger::Ledger& after;
    const ledger::Actions& actions;
};

class Scribe {
 public:
    Scribe(ledger::Restored first, std::uint64_t seed);

    // The daemon.
    /// Its agreement begins with what the disk holds. The onlooker outlives it.
    void start(Instant now, const IncarnationBegun& boot, const Timing& timing,
               agreement::Onlooker& onlooker);
    enum class Ending : std::uint8_t { cut, in_peace };
    void end(Ending ending, Bus& bus);
    bool runs() const { return agreement_ != nullptr; }

    /// Appends the agreement's actions. Pre: runs().
    void step(Instant now, const agreement::Event& event, agreement::Actions& out) {
        agreement_->step(now, event, out);
    }
    const agreement::Agreement& agreement() const { return *agreement_; }  ///< Pre: runs()
    const ledger::Ledger& ledger() const { return agreement_->ledger(); }  ///< Pre: runs()

    // What waits for it.
    bool take(Bus::Parcel parcel);  ///< false: there is no room
    std::vector<Bus::Parcel> take_out() { return std::exchange(inbox_, {}); }
    /// The writes that became durable and that it has not been told of, as the last of them.
    std::optional<ledger::Persisted> persisted();
    bool has_work() const { return !inbox_.empty() || told_durable_ < disk_.durable(); }

    Disk& disk() { return disk_; }
    const Disk& disk() const { return disk_; }

    std::optional<RequestId> introducing;    ///< the request by which this run shows itself
    std::optional<RequestId> telling_fence;  ///< the request by which it tells of a fence device
    Moment armed_for = end_of_time;          ///< what the alarm that is set waits for
    std::uint32_t alarm = 0;                 ///< its number

 private:
    Random random_;
    Disk disk_;
    std::unique_ptr<agreement::Agreement> agreement_;
    std::vector<Bus::Parcel> inbox_;
    std::uint64_t told_durable_ = 0;
};

}  // namespace inquest::sim
