#include "tests/sim/world/host_clock.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

constexpr std::int64_t million = 1'000'000;

/// `length * ppm / 10^6`, rounded towards zero, without overflow for 290 years.
Duration millionths(Duration length, std::int64_t ppm) {
    const std::int64_t ns = length.count();
    return Duration(ns / million * ppm + ns % million * ppm / million);
}

}  // namespace

HostClock::HostClock(Moment boot, Instant shown, Duration realtime)
    : since_(boot),
      shown_(shown),
      raw_(shown.time_since_epoch()),
      realtime_at_boot_(realtime - shown.time_since_epoch()) {}

Instant HostClock::since_boot(Moment moment) const {
    const Duration passed = moment - since_;
    return shown_ + passed + millionths(passed, ppm_);
}

Duration HostClock::raw(Moment moment) const {
    const Duration passed = moment - since_;
    const std::int64_t ppm = std::clamp(ppm_, -oscillator_drift_max, oscillator_drift_max);
    return raw_ + passed + millionths(passed, ppm);
}

Duration HostClock::realtime(Moment moment) const {
    return realtime_at_boot_ + since_boot(moment).time_since_epoch();
}

Moment HostClock::when(Instant instant) const {
    if (instant <= shown_) return since_;
    if (instant == never) return end_of_time;
    const Duration wanted = instant - shown_;
    Moment moment = since_ + wanted - millionths(wanted, ppm_);
    // The first guess errs by ppm^2; each further one by so much less.
    for (int i = 0; i < 4; ++i) moment += instant - since_boot(moment);
    while (since_boot(moment) < instant) moment += Duration(1);
    while (since_boot(moment - Duration(1)) >= instant) moment -= Duration(1);
    return moment;
}

void HostClock::drift(Moment now, std::int64_t ppm) {
    raw_ = raw(now);
    shown_ = since_boot(now);
    since_ = now;
    ppm_ = ppm;
}

}  // namespace inquest::sim
