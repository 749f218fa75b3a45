// Making a knet handle: its memory and its threads.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/bus/carrier.hpp"
#include "heartbeat/bus/knet_api.hpp"

#include <tl/expected.hpp>

#include <string>

namespace inquest::bus {

/// A handle that logs to `log_fd`. Error: one sentence: what, why, what to do.
tl::expected<knet_handle_t, std::string> make_handle(MemberId self, int log_fd, Severity log_level);

}  // namespace inquest::bus
