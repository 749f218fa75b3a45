// What giving up a lost majority would mean, told before anything is done. Pure: answers in, text
// out.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/wire/ledger_backup.hpp"
#include "heartbeat/wire/local.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::cli {

struct RecoveryPlan {
    std::string cluster;
    std::int64_t generation = 0;  ///< that would begin
    std::string survivor;
    std::string source;                 ///< what it goes on with: "the ledger of this node"
    std::int64_t last = 0;              ///< the last entry there
    std::int64_t agreed = 0;            ///< up to which it is known that a majority agreed
    std::vector<std::string> left_out;  ///< every other member
    std::vector<std::string> seen;      ///< "n2 is lost since ...", as far as this node can tell
    std::vector<std::string> deaf;      ///< paths on which this node could hear nobody, and why
};

/// From inquestd's answers to `ledger`, `status` and `paths`.
RecoveryPlan recovery_plan(const Json& ledger, const Json& status, const Json& paths);
/// With the member called `survivor` going on.
RecoveryPlan restore_plan(const wire::LedgerBackup& backup, const std::string& survivor);

std::string plan_text(const Screen& screen, const RecoveryPlan& plan);
Json plan_json(const RecoveryPlan& plan);

/// Why inquestd would not do it; nothing where it would. `passes`: it may, a little later.
struct RecoveryObstacle {
    wire::Complaint complaint;
    bool passes = false;
};
std::optional<RecoveryObstacle> recovery_obstacle(const Json& ledger);

/// The generation that this very node has begun, and whose majority is here: it goes on with that
/// one, and begins no other. 0: none. A node whose inquestd has just started coordinates nobody
/// yet, but where its own is the only vote, no majority can be lost.
std::int64_t begun_generation(const Json& ledger);

}  // namespace inquest::cli
