// Which fence devices would do their work, as a table.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/wire/local.hpp"

#include <string>

namespace inquest::cli {

/// Of the reply to `status`.
std::string fence_status_text(const Screen& screen, const Json& status);

/// Degraded where a device is not ready.
wire::Exit fence_status_exit(const Json& status);

}  // namespace inquest::cli
