// Starting and stopping this node's inquestd: by systemd where that runs, else as a process of its
// own.
#pragma once

#include "heartbeat/cli/node_files.hpp"
#include "heartbeat/cli/waiting.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace inquest::cli {

/// Starts inquestd where none runs, and returns when it answers.
tl::expected<void, wire::ErrorReply> start_daemon(const Folders& folders, Waiting& waiting);

/// Stops it, where one runs, and returns when it has ended.
tl::expected<void, wire::ErrorReply> stop_daemon(const Folders& folders, Waiting& waiting);

/// The pid in the lock of an inquestd that runs; 0 where none does.
pid_t daemon_pid(const Folders& folders);

}  // namespace inquest::cli
