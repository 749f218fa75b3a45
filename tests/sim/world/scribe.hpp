// The half of a daemon that keeps the ledger: the ledger, its disk, what the bus has brought, and
// the state that the committed entries make.
//
// Everything that the world asks of the ledger goes through here, so that what stands beside the
// ledger in the daemon can stand here as well.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/ledger/ledger.hpp"
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
    ledger::Role role_before;
    ledger::Term term_before;
    const ledger::Ledger& after;
    const ledger::Actions& actions;
};

/// Who leads, as one node says it.
struct Coordinator {
    MemberId member;  ///< nobody: none that it knows of
    ledger::Term term;
};
/// `coordinator=n1 term=4`
std::string log_line(const Coordinator& coordinator, const ClusterConfig& cluster);

class Scribe {
 public:
    Scribe(const ClusterConfig& cluster, std::size_t place, std::uint64_t seed);

    // The daemon.
    void start(Instant now);
    enum class Ending : std::uint8_t { cut, in_peace };
    void end(Ending ending, Bus& bus);
    bool runs() const { return ledger_ != nullptr; }

    /// Appends the ledger's actions. Pre: runs().
    void step(Instant now, const ledger::Event& event, ledger::Actions& out) {
        ledger_->step(now, event, out);
    }
    const ledger::Ledger& ledger() const { return *ledger_; }  ///< Pre: runs()

    // The state that the entries make.
    void apply(const ledger::Entry& entry);
    void load(const ledger::Snapshot& snapshot);
    void snapshot_asked(ledger::Index index) { snapshot_asked_ = index; }
    /// The answer to TakeSnapshot, once.
    std::optional<ledger::SnapshotTaken> snapshot();
    ledger::Index applied() const { return applied_; }
    std::uint64_t state() const { return state_; }

    /// A member that a leader has to take in: every member of the configuration follows the log.
    std::optional<ledger::ProposeChange> invitation() const;
    /// What is to be told of who leads, if that is news.
    std::optional<Coordinator> news(const ledger::Standing& standing);

    // What waits for it.
    bool take(Bus::Parcel parcel);  ///< false: there is no room
    std::vector<Bus::Parcel> take_out() { return std::exchange(inbox_, {}); }
    /// The writes that became durable and that it has not been told of, as the last of them.
    std::optional<ledger::Persisted> persisted();
    bool has_work() const { return !inbox_.empty() || told_durable_ < disk_.durable(); }

    Disk& disk() { return disk_; }
    const Disk& disk() const { return disk_; }

    Moment armed_for = end_of_time;  ///< what the alarm that is set waits for
    std::uint32_t alarm = 0;         ///< its number

 private:
    const ClusterConfig* cluster_;
    std::size_t place_;
    Random random_;
    Disk disk_;
    std::unique_ptr<ledger::Ledger> ledger_;
    std::vector<Bus::Parcel> inbox_;
    std::uint64_t told_durable_ = 0;
    ledger::Index applied_;
    std::uint64_t state_ = 0;
    std::optional<ledger::Index> snapshot_asked_;
    MemberId told_leader_;
};

}  // namespace inquest::sim
