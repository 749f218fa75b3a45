// `inquest paths`: each path, its local half, and every peer on it.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"

#include <string>

namespace inquest::cli {

std::string paths_text(const Screen& screen, const Json& reply);

}  // namespace inquest::cli
