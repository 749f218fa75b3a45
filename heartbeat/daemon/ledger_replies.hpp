// What the control socket answers about the ledger and the requests for it, as JSON.
#pragma once

#include "heartbeat/bus/carrier.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/daemon/agreeing.hpp"
#include "heartbeat/daemon/beginning.hpp"
#include "heartbeat/wire/change.hpp"

#include <cstdint>
#include <string>

namespace inquest::daemon {

/// All that these answers are made of. `agreeing` is nullptr where there is no ledger.
struct LedgerKnowledge {
    Membership::Mode mode = Membership::Mode::files_only;
    std::string word;  ///< why there is none
    MemberId self;
    std::string name;
    const Agreeing* agreeing = nullptr;
    const Node* node = nullptr;
    Instant since;  ///< when this run began to listen
    Instant now;
    bool file_differs = false;  ///< cluster.toml is not what was agreed
};

/// Is it heard by this node, on whatever path?
bool reached(const LedgerKnowledge& knowledge, const AgreedMember& member);

std::string ledger_reply(const LedgerKnowledge& knowledge);
std::string handling_reply(const LedgerKnowledge& knowledge, RequestId request);
/// The token for a member that was invited with this secret.
std::string token_reply(const LedgerKnowledge& knowledge, const std::string& node,
                        const wire::Secret& secret, std::int64_t expires_seconds);
std::string state_text_reply(const LedgerKnowledge& knowledge);
/// `made`: now, as people write it.
std::string backup_reply(const LedgerKnowledge& knowledge, const std::string& made);
/// Where there is no ledger to ask.
std::string no_ledger_reply(const LedgerKnowledge& knowledge);

/// "too few voters reach each other: n2 and n3 are silent; 1 of 3 votes, 2 needed".
std::string blocker(const LedgerKnowledge& knowledge, agreement::Holdup holdup);

}  // namespace inquest::daemon
