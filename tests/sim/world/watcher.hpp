// Who looks on while the world runs: the log, the judges, the picture. A watcher changes nothing.
#pragma once

#include "heartbeat/core/event.hpp"
#include "heartbeat/core/transition.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/timeline.hpp"

namespace inquest::sim {

class World;
struct LedgerStep;
struct Coordinator;

class Watcher {
 public:
    virtual ~Watcher() = default;

    /// An event of the timeline has just been carried out; or is asked, where it is a question.
    virtual void happened(const World&, const Event&) {}
    /// A beat was handed to the core of `host`; it reached the host at `arrived`.
    virtual void heard(const World&, std::size_t /*host*/, const BeatHeard&, Moment /*arrived*/) {}
    /// The node of `host` told a transition.
    virtual void told(const World&, std::size_t /*host*/, const Transition&) {}
    /// The node of `host` has judged, and its actions have been carried out.
    virtual void woke(const World&, std::size_t /*host*/) {}
    /// An event of the timeline is about the coordinator, and there is none: nothing happens.
    virtual void left_out(const World&, const Event&) {}
    /// The ledger of `host` has made a step, and nothing of it has been carried out yet.
    virtual void stepped(const World&, std::size_t /*host*/, const LedgerStep&) {}
    /// The ledger's state on `host` has changed.
    virtual void applied(const World&, std::size_t /*host*/) {}
    /// The node of `host` says who leads.
    virtual void coordinates(const World&, std::size_t /*host*/, const Coordinator&) {}
};

}  // namespace inquest::sim
