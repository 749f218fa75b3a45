// Lengths of time in words: the same in log, explanation and expect.log.
#pragma once

#include "heartbeat/base/time.hpp"

#include <string>

namespace inquest {

/// `410ms`, `3.1s`, `2m05s`, `3h07m`; below a millisecond `250us`. Rounded down.
std::string phrase(Duration length);

}  // namespace inquest
