// Waiting until the newest key signs: everybody has to understand it first.
#pragma once

#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/waiting.hpp"

namespace inquest::cli {

/// Is a new key agreed on that does not sign yet? By inquestd's answer to `ledger`.
bool key_waits(const Json& ledger);

/// Healthy: it signs. Degraded: it is agreed on and still waits for members that are not reached;
/// it takes over by itself when they are back or removed.
wire::Exit wait_for_key(const Command& command, Waiting& waiting);

}  // namespace inquest::cli
