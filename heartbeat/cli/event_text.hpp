// `inquest events`: one line an event.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"

#include <string>

namespace inquest::cli {

/// Events come one by one, so columns have a fixed least width instead of lining up exactly.
std::string event_text(const Screen& screen, const Json& event);

/// Is it the message that ends a list of events?
bool is_end(const Json& event);

}  // namespace inquest::cli
