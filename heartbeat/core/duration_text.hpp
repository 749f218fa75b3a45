// A length of time as people write it in the configuration: "400ms", "2.5s", "3m", "1h".
#pragma once

#include "heartbeat/base/time.hpp"

#include <string>

namespace inquest {

/// In the largest unit that gives a number of at least 1 and loses nothing down to 1 ms: "250ms",
/// "2.5s", "1m30s", "2h". Below 1 ms in microseconds ("500us"). A negative length begins with "-".
std::string text(Duration length);

}  // namespace inquest
