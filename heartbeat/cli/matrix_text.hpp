// The picture of who hears whom: a row listens, a column speaks, and each cell has one mark a path.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"

#include <string>

namespace inquest::cli {

/// Draws `matrix` of a status reply. As much of it is spelt out as the screen's width allows: path
/// names over the marks; or marks alone; or, for many nodes, one mark a cell and numbered columns.
std::string matrix_text(const Screen& screen, const Json& status);

}  // namespace inquest::cli
