// The grammar of the verbs that change a cluster, with the help that each of them prints.
#pragma once

#include "heartbeat/cli/command_line.hpp"

namespace CLI {
class App;
}

namespace inquest::cli {

/// Adds them to `app`; `config` is the verb that config push and its like go under.
void describe_life(CLI::App& app, CLI::App& config, Command& command);

}  // namespace inquest::cli
