// Who looks on while the world runs: the log, the judges, the picture. A watcher changes nothing.
#pragma once

#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/event.hpp"
#include "heartbeat/core/transition.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/timeline.hpp"

#include <string>

namespace inquest::sim {

class World;
struct FenceWork;
struct LedgerStep;

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
    /// The agreed state on `host` has changed.
    virtual void applied(const World&, std::size_t /*host*/) {}
    /// A request was handed to `host`.
    virtual void asked(const World&, std::size_t /*host*/, const ClusterEntry&) {}
    /// The agreement of `host` tells something that is nobody's message or write.
    virtual void agreed(const World&, std::size_t /*host*/, const agreement::Action&) {}
    /// The node of `host` goes by another configuration from now on.
    virtual void followed(const World&, std::size_t /*host*/) {}
    /// The node of `host` has learnt that it was removed.
    virtual void removed(const World&, std::size_t /*host*/, const std::string& /*word*/) {}
    /// The daemon of `host` does not start.
    virtual void refused(const World&, std::size_t /*host*/, const std::string& /*why*/) {}
    /// Its watchdog is about to reset `host`.
    virtual void resetting(const World&, std::size_t /*host*/) {}
    /// A fence device is about to take a machine's power.
    virtual void fencing(const World&, const FenceWork&) {}
    /// What a person wanted cannot be, or nobody has answered.
    virtual void failed(const World&, const Event&, const std::string& /*why*/) {}
};

}  // namespace inquest::sim
