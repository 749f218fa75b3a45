// A transition with the instant that it had by the clock on the wall.
#pragma once

#include "heartbeat/core/transition.hpp"
#include "heartbeat/endings/wall.hpp"

namespace inquest::daemon {

struct Happening {
    Transition transition;
    endings::Wall wall{};  ///< as the clock stood then
};

}  // namespace inquest::daemon
