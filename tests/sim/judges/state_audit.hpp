// What must hold of all members' agreed states together: at one place of the log there is one
// state, to the byte, and whom it calls members and voters the ledger counts as such.
#pragma once

#include "heartbeat/agreement/agreement.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace inquest::sim {

class StateAudit {
 public:
    struct Breach {
        enum class Rule : std::uint8_t { one_state, one_membership };
        Rule rule;
        std::string what;
    };

    /// A member's state has changed. Result: what is wrong with it.
    std::optional<Breach> check(MemberId member, const agreement::Agreement& agreement);
    /// Has a committed entry removed this member, as far as any state showed?
    bool is_removed(MemberId member) const { return removed_.contains(member); }

 private:
    struct Seen {
        std::uint64_t hash = 0;
        std::uint64_t content = 0;
    };

    std::map<std::uint64_t, Seen> states_;  ///< [index]
    std::map<MemberId, std::uint64_t> removed_;
};

}  // namespace inquest::sim
