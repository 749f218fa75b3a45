// The guests of one machine, the watchdog that stands behind its leases, and a guard that knows of
// both. Guests are what is true: no daemon's belief changes them.
//
// Owners are not in the world yet: the guard starts its own guests in every boot, as soon as the
// cluster knows that boot's terms and it holds a lease, and stops none.
#pragma once

#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/node.hpp"
#include "tests/sim/world/moment.hpp"

#include <optional>

namespace inquest::sim {

/// A card that resets its machine when nobody has fed it for its timeout.
class WatchdogCard {
 public:
    void open(Moment now, Duration timeout) {
        timeout_ = timeout;
        fed_ = now;
    }
    void feed(Moment now) { fed_ = now; }
    void close() { fed_.reset(); }
    bool is_open() const { return fed_.has_value(); }
    Moment fires_at() const { return fed_ ? *fed_ + timeout_ : end_of_time; }

 private:
    Duration timeout_{};
    std::optional<Moment> fed_;
};

class Guarding {
 public:
    explicit Guarding(bool has_guests) : has_guests_(has_guests) {}

    /// The machine stands still, or is without power: nothing of it is left.
    void stop();
    /// The daemon leaves: a watchdog that it knows nobody needs is closed before, another one is
    /// left armed.
    void close_if_idle();
    /// Another daemon runs, and the guard has not talked to it yet.
    void daemon_starts(Moment now);
    void guard_dies(Moment now);
    /// What the guard and the keeper do now, told to the node. Appends the core's actions.
    void tend(Moment now, Instant local, const agreement::Agreement& agreement, MemberId self,
              Incarnation incarnation, Node& node, Actions& out);
    void feed(Moment now) { card_.feed(now); }

    bool runs_guests() const { return runs_; }
    Moment resets_at() const { return card_.fires_at(); }
    /// What the node says of its watchdog to the others.
    std::optional<Watchdog> watchdog() const { return said_; }

 private:
    void tell(Guests guests, Instant local, Node& node, Actions& out);
    void open_watchdog(Moment now, Instant local, const Timing& timing, Node& node, Actions& out);

    bool has_guests_;
    bool runs_ = false;
    WatchdogCard card_;
    std::optional<Watchdog> said_;
    bool card_told_ = false;
    Guests told_ = Guests::unknown;
    Moment guard_comes_{};
    bool guard_was_here_ = false;  ///< in this boot
};

}  // namespace inquest::sim
