// A question to this node's inquestd, and why there is no answer.
#pragma once

#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/cli/reply.hpp"
#include "heartbeat/wire/local.hpp"

#include <optional>

namespace inquest::cli {

/// As ask() of conversation.hpp. Where no inquestd runs since this host is no node, or half of one,
/// the error says so, and not that it is to be started.
Or<Json> ask(const Command& command, const wire::Request& request);

/// What this host is, where it is no node or half of one and no inquestd runs; else nothing.
std::optional<wire::ErrorReply> no_node_here(const Command& command);

}  // namespace inquest::cli
