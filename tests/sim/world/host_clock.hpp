// The two clocks of one host: time since boot, which may run fast or slow, and the clock of day,
// which anybody may set at any moment.
#pragma once

#include "heartbeat/base/time.hpp"
#include "tests/sim/world/moment.hpp"

#include <cstdint>

namespace inquest::sim {

class HostClock {
 public:
    HostClock() = default;
    /// At `boot` the time since boot is `shown`; the clock of day shows `realtime`.
    HostClock(Moment boot, Instant shown, Duration realtime);

    Instant since_boot(Moment moment) const;
    Duration realtime(Moment moment) const;
    /// The bare oscillator: what a time daemon makes of the time since boot does not touch it.
    Duration raw(Moment moment) const;
    /// The first moment at which since_boot() is `instant` or more.
    Moment when(Instant instant) const;

    /// From now on a second of the world counts as one second plus so many millionths.
    /// Pre: |ppm| <= drift_max.
    void drift(Moment now, std::int64_t ppm);
    /// Somebody sets the clock of day. The time since boot does not notice.
    void step(Duration by) { realtime_at_boot_ += by; }
    std::int64_t drift() const { return ppm_; }

    static constexpr std::int64_t drift_max = 100'000;
    /// An oscillator errs by no more; all drift beyond it is a time daemon's doing.
    static constexpr std::int64_t oscillator_drift_max = 1000;

 private:
    Moment since_{};
    Instant shown_{};
    Duration raw_{};
    Duration realtime_at_boot_{};  ///< clock of day at time since boot 0
    std::int64_t ppm_ = 0;
};

}  // namespace inquest::sim
