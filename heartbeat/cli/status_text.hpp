// `inquest status`: the cluster on one screen, and what the process exits with.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/wire/local.hpp"

#include <string>

namespace inquest::cli {

/// The headline, and one line a peer with its verdict, its paths and the reason.
std::string status_text(const Screen& screen, const Json& status);

/// The daemon's faults, one sentence each with the side that it is on; empty where there is none.
/// They stand below the matrix too, so only a status without the matrix needs them.
std::string faults_text(const Screen& screen, const Json& status);

/// No quorum where this node has none or is isolated; degraded where a verdict is anything but
/// `alive` or `left`, or this node cannot testify; else healthy.
wire::Exit status_exit(const Json& status);

}  // namespace inquest::cli
