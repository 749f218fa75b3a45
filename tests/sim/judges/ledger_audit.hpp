// The five invariants of Raft (dissertation, figure 3.2), what the ledger adds to them, and what it
// promises about durability; checked after every step of every server.
#pragma once

#include "heartbeat/ledger/ledger.hpp"
#include "tests/sim/world/ledger_disk.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace inquest::sim {

/// What must hold of all ledgers together, after every step.
enum class LedgerRule : std::uint8_t {
    election_safety,
    append_only_leader,
    log_matching,
    leader_completeness,
    state_machine_safety,
    durability,
    one_change,
    bounded_messages,
};

struct LedgerBreach {
    LedgerRule rule;
    MemberId server;
    std::string what;
};
/// For a person: `server 3: votes twice in a term`.
std::string text(const LedgerBreach& breach);

class LedgerAudit {
 public:
    /// A server just before and just after a step.
    struct Step {
        MemberId server;
        ledger::Role role_before;
        ledger::Term term_before;
        const ledger::Ledger& after;
        const ledger::Actions& actions;
    };
    using Disks = std::function<const LedgerDisk&(MemberId)>;

    /// What stands up to `base` was agreed on before anybody looked.
    explicit LedgerAudit(ledger::Index base = {}) : base_(base) {}

    void check(const Step& step, const Disks& disks);
    /// A server's state after it has applied everything up to `index`.
    void check_state(MemberId server, ledger::Index index, std::uint64_t state);
    const std::vector<LedgerBreach>& violations() const { return violations_; }
    ledger::Index committed() const {
        return committed_.empty() ? ledger::Index{} : committed_.rbegin()->first;
    }
    ledger::Term newest_term() const {
        return leaders_.empty() ? ledger::Term{} : leaders_.rbegin()->first;
    }
    std::size_t changes_settled() const { return changes_settled_; }

    void violated(LedgerRule rule, MemberId server, std::string what);

 private:
    struct Place {
        std::uint64_t digest;
        ledger::Term previous_term;
    };
    struct Final {
        std::uint64_t digest;
        ledger::Term term;
        ledger::Term commit_term;
        ledger::Entry entry;
    };

    /// What the leader of a term has in its log, from `first` on.
    struct Led {
        ledger::Index first;
        std::vector<ledger::Term> terms;
    };

    void check_leader(const Step& step);
    void note_leaders_log(const Step& step);
    void check_acknowledged(const Step& step, ledger::Index through);
    void check_members(const Step& step, const ledger::Persist& persist);
    void check_leader_rules(const Step& step);
    void check_written(const Step& step, const ledger::Persist& persist);
    void check_sent(const Step& step, const ledger::Message& message, const LedgerDisk& disk);
    void check_committed(const Step& step, const ledger::Entry& entry, const Disks& disks);
    void check_majorities(const Step& step, const ledger::Entry& entry, const Disks& disks);
    void check_settled_before(const Step& step, const ledger::Entry& change);
    void check_dismissed(const Step& step, const ledger::Dismissed& dismissed);

    ledger::Index base_;
    std::map<ledger::Term, MemberId> leaders_;
    std::map<ledger::Term, Led> led_;
    std::map<std::pair<ledger::Index, ledger::Term>, Place> written_;
    std::map<ledger::Index, Final> committed_;
    std::map<ledger::Index, std::uint64_t> states_{{ledger::Index{}, 0}};
    std::map<std::pair<MemberId, ledger::Term>, MemberId> votes_;
    std::size_t changes_settled_ = 0;
    std::vector<LedgerBreach> violations_;
};

}  // namespace inquest::sim
