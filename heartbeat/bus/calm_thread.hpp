// Runs something on a thread without real-time priority and without signals.
//
// Threads inherit both from whoever makes them. knet makes its threads within one call and offers
// no say; made by the deciding thread they could starve it, and catch the daemon's signals.
// Source: pthread_create(3), pthread_attr_setinheritsched(3).
#pragma once

#include "heartbeat/base/result.hpp"

#include <functional>

namespace inquest::bus {

/// Runs `work` to its end and returns. Error: what pthread_create says; then it was not run.
[[nodiscard]] Result<void> run_calmly(const std::function<void()>& work);

}  // namespace inquest::bus
