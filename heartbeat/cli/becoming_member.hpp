// The second half of `init` and `join`: the files are written, inquestd starts, and the checks are
// shown until this node is a member.
#pragma once

#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/node_files.hpp"
#include "heartbeat/wire/local.hpp"

#include <string>

namespace inquest::cli {

Folders folders(const Command& command);

/// What the files would be refused for, before they are written; empty: nothing.
std::string complaints_of(const NodeFiles& files);

/// `uuid` in hexadecimal: the cluster that this node is to be a member of.
wire::Exit become_member(const Command& command, const std::string& uuid);

}  // namespace inquest::cli
