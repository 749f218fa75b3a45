// `inquest explain`: a verdict and all that it rests on, as an indented report.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"

#include <string>

namespace inquest::cli {

std::string explain_text(const Screen& screen, const Json& reply);

}  // namespace inquest::cli
