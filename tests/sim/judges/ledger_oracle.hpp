// The judge of what is agreed: Raft's invariants after every step (ledger_audit.hpp), one state at
// each place (state_audit.hpp), what askers saw (client_history.hpp); and that a majority that can
// talk has a coordinator, goes on, and brings to an end what it owes.
#pragma once

#include "tests/sim/judges/client_history.hpp"
#include "tests/sim/judges/ledger_audit.hpp"
#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/judges/state_audit.hpp"
#include "tests/sim/world/watcher.hpp"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inquest::sim {

class LedgerOracle : public Watcher {
 public:
    explicit LedgerOracle(Authentication authentication);

    void happened(const World& world, const Event& event) override;
    void stepped(const World& world, std::size_t host, const LedgerStep& step) override;
    void applied(const World& world, std::size_t host) override;
    void asked(const World& world, std::size_t host, const ClusterEntry& entry) override;
    void agreed(const World& world, std::size_t host, const agreement::Action& action) override;
    void removed(const World& world, std::size_t host, const std::string& word) override;

    /// The first break of each rule.
    const std::vector<Violation>& violations() const { return violations_; }
    std::uint64_t acknowledged() const { return history_.acknowledged(); }

 private:
    void note_disturbance(const World& world, const Event& event);
    void note_change(const World& world, const agreement::Applied& applied);
    void collect(const World& world);
    void broken(const World& world, std::string_view rule, std::string what);
    void judge_messages(const World& world, const LedgerStep& step);
    void judge_lost_disk(const World& world, std::size_t host, const LedgerStep& step);
    void judge_haste(const World& world, std::size_t host, const LedgerStep& step);
    void judge_storm(const World& world, std::size_t host, const LedgerStep& step);
    void judge_end(const World& world);
    void judge_coordinator(const World& world, const std::vector<std::size_t>& able);
    void judge_duties(const World& world, std::size_t leads);
    bool is_calm(const World& world) const;

    Authentication authentication_;
    std::uint64_t messages_ = 0;
    LedgerAudit audit_;
    StateAudit states_;
    ClientHistory history_;
    Moment disturbed_{};
    Moment last_commit_{};
    std::uint64_t seen_ = 0;  ///< the highest place that any member has applied
    /// When each place was applied first; only what is younger than members may take to follow.
    std::deque<std::pair<Moment, std::uint64_t>> progress_;
    Moment wake_at_{};
    int wakes_at_once_ = 0;
    struct Sending {
        Moment since{};
        int messages = 0;
    };
    std::map<std::size_t, Sending> sending_;  ///< by host
    std::size_t breaches_seen_ = 0;
    std::vector<Violation> violations_;
};

/// What it takes, at most, until a majority that is left alone has a coordinator: ten elections in
/// a row that end in a split.
Duration election_bound(const ClusterConfig& cluster);

}  // namespace inquest::sim
