// The judge of the ledgers: Raft's invariants after every step (ledger_audit.hpp), what clients saw
// (client_history.hpp), and that a majority that can talk has a coordinator and goes on.
#pragma once

#include "tests/sim/judges/client_history.hpp"
#include "tests/sim/judges/ledger_audit.hpp"
#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace inquest::sim {

class LedgerOracle : public Watcher {
 public:
    void happened(const World& world, const Event& event) override;
    void stepped(const World& world, std::size_t host, const LedgerStep& step) override;
    void applied(const World& world, std::size_t host) override;

    /// The first break of each rule.
    const std::vector<Violation>& violations() const { return violations_; }
    std::uint64_t acknowledged() const { return history_.acknowledged(); }

 private:
    void note_disturbance(const World& world, const Event& event);
    void collect(const World& world);
    void broken(const World& world, std::string_view rule, std::string what);
    void judge_lost_disk(const World& world, std::size_t host, const LedgerStep& step);
    void judge_haste(const World& world, std::size_t host, const LedgerStep& step);
    void judge_end(const World& world);
    /// Voters that run, keep their ledger, and can all talk to each other; none if they are no
    /// majority.
    std::vector<std::size_t> able_majority(const World& world) const;
    bool is_calm(const World& world) const;

    LedgerAudit audit_;
    ClientHistory history_;
    Moment disturbed_{};
    Moment last_commit_{};
    Moment wake_at_{};
    int wakes_at_once_ = 0;
    std::size_t breaches_seen_ = 0;
    std::vector<Violation> violations_;
};

/// What it takes, at most, until a majority that is left alone has a coordinator: ten elections in
/// a row that end in a split.
Duration election_bound(const ClusterConfig& cluster);

}  // namespace inquest::sim
