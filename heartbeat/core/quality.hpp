// How good a path is, for people: loss by counting, round-trip time by echo. No verdict reads it.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/beat.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace inquest {

/// Beats that came against beats that were due, over about the last 256.
class LossMeter {
 public:
    /// A beat came, `steps` beats of this path after the one before it. Pre: steps >= 1.
    void heard(std::uint64_t steps);
    /// Share of beats lost, 0..1, counting `overdue` beats that should have come since.
    double ratio(std::uint64_t overdue) const;

 private:
    std::uint64_t due_ = 0;
    std::uint64_t came_ = 0;
};

/// When each of the last beats left, so that an echo becomes a round-trip time.
class SentBeats {
 public:
    void sent(Sequence sequence, Instant when);
    /// Round trip of the beat that `echo` answers, if it is remembered and the figures make sense.
    std::optional<Duration> round_trip(const Echo& echo, Instant arrived) const;

 private:
    struct Entry {
        Sequence sequence;
        Instant when;
        bool used = false;
    };
    std::array<Entry, 256> ring_{};
};

}  // namespace inquest
