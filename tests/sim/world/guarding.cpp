#include "tests/sim/world/guarding.hpp"

#include "heartbeat/core/terms_rules.hpp"
#include "heartbeat/core/watchdog_timing.hpp"

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// From a daemon's start to the guard's first word.
constexpr Duration guard_delay = 300ms;
/// From a guard's death to the first word of the next one.
constexpr Duration guard_restart = 5s;

}  // namespace

void Guarding::stop() {
    runs_ = false;
    guard_was_here_ = false;
    card_.close();
    said_.reset();
}

void Guarding::close_if_idle() {
    if (told_ != Guests::none) return;
    card_.close();
    said_.reset();
}

void Guarding::daemon_starts(Moment now) {
    card_told_ = false;
    told_ = Guests::unknown;
    guard_comes_ = now + guard_delay;
}

void Guarding::guard_dies(Moment now) {
    told_ = Guests::unknown;
    guard_comes_ = now + guard_restart;
}

void Guarding::open_watchdog(Moment now, Instant local, const Timing& timing, Node& node,
                             Actions& out) {
    const Duration timeout = device_timeout(timing.watchdog, reset_time_default);
    if (!card_.is_open()) {
        card_.open(now, timeout);
        said_ = Watchdog{WatchdogKind::hardware, Trusted::yes,
                         reset_within(timeout, reset_time_default)};
    }
    node.step(local, WatchdogOpened{feed_interval(timeout), said_->reset_within}, out);
    card_told_ = true;
}

void Guarding::tend(Moment now, Instant local, const agreement::Agreement& agreement, MemberId self,
                    Incarnation incarnation, Node& node, Actions& out) {
    const ClusterState& state = agreement.state();
    const AgreedMember* member = state.founded() ? state.member(self) : nullptr;
    if (!has_guests_ || member == nullptr) return;
    // Not before it may be fed: it must reset nobody who has not got so far.
    const bool holds_lease = node.lease().remaining(node.latest_reading()) > Duration::zero();
    if (!card_told_ && (card_.is_open() || (state.armed == Armed::yes && holds_lease)))
        open_watchdog(now, local, state.timing, node, out);
    if (now < guard_comes_) {
        // Before one has come for the first time no guest can have been started.
        if (!guard_was_here_) tell(Guests::none, local, node, out);
        return;
    }
    guard_was_here_ = true;
    if (told_ == Guests::some) {
        // One that is starting counts as running, so it was said first.
        runs_ = true;
        return;
    }
    const Guests now_there = runs_ || (holds_lease && enforces(*member, incarnation, said_))
                                 ? Guests::some
                                 : Guests::none;
    tell(now_there, local, node, out);
}

void Guarding::tell(Guests guests, Instant local, Node& node, Actions& out) {
    if (guests == told_) return;
    told_ = guests;
    node.step(local, GuestsTold{told_}, out);
}

}  // namespace inquest::sim
