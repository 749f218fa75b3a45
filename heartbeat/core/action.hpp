// Everything that the core asks for: data, in order.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/beat.hpp"
#include "heartbeat/core/motion.hpp"
#include "heartbeat/core/transition.hpp"

#include <string>
#include <variant>
#include <vector>

namespace inquest {

/// Send this beat on its path, to every member that is on that path.
struct SendBeat {
    Beat beat;
};

/// Send another member's beat on to one member that does not hear it.
struct RelayBeat {
    MemberId to;
    PathId path;  ///< the path to send it on
    Beat beat;    ///< the other member's, with `via` set to this node
};

/// Feed the watchdog, behind the beats of this step and before everything else: a lease allows it,
/// or no guest needs one.
struct FeedWatchdog {};

using Action = std::variant<FeedWatchdog, SendBeat, RelayBeat, Transition, Motions>;

/// The caller clears it between steps and keeps its memory.
using Actions = std::vector<Action>;

}  // namespace inquest
