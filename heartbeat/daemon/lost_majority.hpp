// May this node give up the majority of its cluster as lost? What it knows can only ever say no: a
// node that hears nobody cannot tell a dead majority from a cut cable, so a person must say yes.
#pragma once

#include "heartbeat/daemon/ledger_replies.hpp"
#include "heartbeat/wire/local.hpp"
#include "heartbeat/wire/recovery.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace inquest::daemon {

struct Obstacle {
    enum class Kind : std::uint8_t { stays, passes } kind = Kind::stays;  ///< by itself, in time
    std::string why;
    std::string remedy;
};

/// Pre: there is a ledger.
std::optional<Obstacle> obstacle_to_recovery(const LedgerKnowledge& knowledge);

/// The same, and whether what was confirmed is what there is.
std::optional<Obstacle> obstacle_to(const wire::RecoveryOrder& order,
                                    const LedgerKnowledge& knowledge);

}  // namespace inquest::daemon
