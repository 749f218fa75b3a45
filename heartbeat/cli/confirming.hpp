// A person confirms what cannot be taken back: they type the word that names it.
#pragma once

#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/wire/local.hpp"

#include <string>

namespace inquest::cli {

/// Shows `prompt`, and reads a line from standard input: is it `word`?
bool is_typed(const std::string& prompt, const std::string& word);

/// Does the person mean the cluster of this name? It is typed, or was given with --confirm.
bool is_confirmed(const Command& command, const std::string& cluster);
/// Says that they did not.
wire::Exit not_confirmed();

/// The system's name for whoever runs this, also through sudo(8); without spaces, 1 to 63 bytes.
std::string person();

}  // namespace inquest::cli
