// The watchdog that makes the end of this node's lease the end of its guests.
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {

void Node::on(const WatchdogOpened& opened, Instant now, Actions&) {
    const auto starved_since = watchdog_ ? watchdog_->starved_since : std::nullopt;
    watchdog_ = OpenWatchdog{opened.feed_interval, opened.reset_within, now, now, starved_since};
    promised_ = std::min(promised_, now);
}

void Node::on(const GuestsTold& told, Instant now, Actions&) {
    guests_ = told.guests;
    promised_ = std::min(promised_, now);
}

/// A lease allows it, whatever runs here; without one, only that nothing does.
bool Node::may_feed(Instant now) const {
    return guests_ == Guests::none || lease_.remaining(reading(now)) > Duration::zero();
}

void Node::judge_watchdog(Instant now, Actions& out) {
    if (!watchdog_) return;
    const bool may = may_feed(now);
    if (may && now >= watchdog_->feed_due) {
        out.emplace_back(FeedWatchdog{});
        watchdog_->fed_at = now;
        watchdog_->feed_due = after(now, watchdog_->feed_interval);
    }
    // A daemon that has just started has no lease yet, and mostly has one soon.
    const bool is_late = now >= after(watchdog_->feed_due, watchdog_->feed_interval);
    if (may == !watchdog_->starved_since || !(may || is_late)) return;
    Transition told = transition(Transition::Kind::watchdog, roster_.self(), now);
    told.from = may ? "starved" : "fed";
    told.to = may ? "fed" : "starved";
    told.facts =
        fmt::format("reset_within={} guests={}", phrase(watchdog_->reset_within), word(guests_));
    if (!may)
        told.reason = fmt::format("no lease, and guests may run: this machine is reset within {}",
                                  phrase(watchdog_->reset_within));
    watchdog_->starved_since = may ? std::nullopt : std::optional(watchdog_->fed_at);
    out.push_back(std::move(told));
}

WatchdogReport Node::report_watchdog(Instant now) const {
    WatchdogReport report{.guests = guests_};
    if (!watchdog_) return report;
    report.open = true;
    report.reset_within = watchdog_->reset_within;
    report.fed = !watchdog_->starved_since;
    if (watchdog_->starved_since) report.starved_for = now - *watchdog_->starved_since;
    return report;
}

Explanation Node::explain_watchdog(Instant now) const {
    const WatchdogReport report = report_watchdog(now);
    Explanation leaf;
    if (!report.open) {
        leaf.claim = "it has no watchdog open: it may run no guarded VM";
        return leaf;
    }
    leaf.claim = report.fed ? "its watchdog is fed"
                            : fmt::format(
                                  "its watchdog has not been fed for {}: it is reset within "
                                  "{} of the last feed",
                                  phrase(*report.starved_for), phrase(report.reset_within));
    leaf.rule =
        fmt::format("a watchdog is fed while there is a lease, or no guest; guests here: {}",
                    word(report.guests));
    return leaf;
}

}  // namespace inquest
