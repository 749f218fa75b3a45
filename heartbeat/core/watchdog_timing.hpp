// How the timings of a watchdog hang together.
//
// One feed may be on its way when the last lease ends, and reach the device just before it would
// fire: so the machine is certain to be reset after twice the device's timeout and the time that a
// reset takes. The same holds of a program between, which waits for its clients as a device does.
#pragma once

#include "heartbeat/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace inquest {

/// How long a reset takes to stop the machine, where nobody says otherwise.
inline constexpr Duration reset_time_default = std::chrono::seconds(1);

/// What a device that counts whole seconds is to be set to, so that the machine is reset within
/// `watchdog` of the last feed that a lease allowed; zero: no device can do it.
constexpr Duration device_timeout(Duration watchdog, Duration reset_time) {
    const Duration most = (watchdog - reset_time) / 2;
    return std::max(Duration::zero(), Duration(std::chrono::floor<std::chrono::seconds>(most)));
}

/// Within so long of the last feed that a lease allowed a device with this timeout has reset the
/// machine. `behind`: how long a program between feeds on for a client that is silent.
constexpr Duration reset_within(Duration timeout, Duration reset_time,
                                Duration behind = Duration::zero()) {
    return 2 * behind + 2 * timeout + reset_time;
}

/// How often to feed: three may be late.
constexpr Duration feed_interval(Duration timeout) { return timeout / 4; }

static_assert(device_timeout(std::chrono::seconds(10), reset_time_default) ==
              std::chrono::seconds(4));

}  // namespace inquest
