// Asking the cluster to agree on a change, and waiting until it has.
#pragma once

#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/waiting.hpp"

#include <cstdint>
#include <string>

namespace inquest::cli {

struct Agreed {
    enum class News : std::uint8_t { yes, no } news = News::yes;  ///< no: it was so already
    Json answer;  ///< to the request: an invitation's id and secret
};

/// `what` says what was not done where it is refused: "n4 is not invited".
Or<Agreed> agree(const Command& command, const wire::Change& change, const std::string& what,
                 Waiting& waiting);

/// Has this node been removed from its cluster? Then its inquestd agrees on nothing any more.
bool was_removed(const Command& command);

/// The answer to `ledger`, of a node that has one.
Or<Json> ledger(const Command& command);

}  // namespace inquest::cli
