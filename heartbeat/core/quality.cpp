#include "heartbeat/core/quality.hpp"

#include <algorithm>

namespace inquest {
namespace {

constexpr std::uint64_t window = 256;

}  // namespace

void LossMeter::heard(std::uint64_t steps) {
    due_ += std::min(steps, window);
    came_ += 1;
    if (due_ < window) return;
    due_ /= 2;
    came_ /= 2;
}

double LossMeter::ratio(std::uint64_t overdue) const {
    const std::uint64_t due = due_ + std::min(overdue, window);
    if (due <= came_) return 0.0;
    return 1.0 - static_cast<double>(came_) / static_cast<double>(due);
}

void SentBeats::sent(Sequence sequence, Instant when) {
    ring_[sequence.value % ring_.size()] = {sequence, when, true};
}

std::optional<Duration> SentBeats::round_trip(const Echo& echo, Instant arrived) const {
    const Entry& entry = ring_[echo.sequence_low % ring_.size()];
    if (!entry.used || (entry.sequence.value & 0xffff) != echo.sequence_low) return std::nullopt;
    const Duration trip = arrived - entry.when - Duration(echo.held_ns);
    if (trip < Duration::zero()) return std::nullopt;
    return trip;
}

}  // namespace inquest
