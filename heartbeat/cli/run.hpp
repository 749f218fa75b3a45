// Runs one command: asks the daemon or looks for itself, prints, and says what to exit with.
#pragma once

#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/wire/local.hpp"

namespace inquest::cli {

/// The screen that standard output is: a terminal with its width, or a pipe.
Screen screen_here();

/// Prints to standard output, and failures to standard error.
wire::Exit run(const Command& command);

}  // namespace inquest::cli
