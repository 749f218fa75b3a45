#include "heartbeat/core/detector.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>

namespace inquest {
namespace {

/// A number further than this from the base says nothing about time: start over rather than
/// overflow. Four mean deviations of it still fit.
constexpr Duration reach_max = Duration::max() / 64;

/// One arrival's weight is one eighth in the mean and one quarter in the deviation (RFC 6298).
constexpr std::uint32_t settled_after = 8;

}  // namespace

void Arrivals::heard(Sequence sequence, Instant arrived) {
    const bool reachable = sequence.value >= base_.value && sequence.value - base_.value < reach();
    if (learnt_ == 0 || !reachable) {
        base_ = sequence;
        offset_ = arrived;
        deviation_ = Duration::zero();
        learnt_ = 1;
        return;
    }
    const Duration error = arrived - (offset_ + since_base(sequence));
    const auto weight = static_cast<Duration::rep>(std::min(learnt_ + 1, settled_after));
    offset_ += error / weight;
    deviation_ += (std::chrono::abs(error) - deviation_) / std::min<Duration::rep>(weight, 4);
    learnt_ = std::min(learnt_ + 1, settled_after);
}

Instant Arrivals::expected(Sequence sequence) const {
    INQUEST_ASSERT(learnt_ > 0);
    return offset_ + since_base(sequence);
}

std::uint64_t Arrivals::reach() const { return static_cast<std::uint64_t>(reach_max / slot_); }

Duration Arrivals::since_base(Sequence sequence) const {
    const std::uint64_t steps = std::min(sequence.value - base_.value, reach());
    return slot_ * static_cast<Duration::rep>(steps);
}

Detector::Detector(Limits limits, Instant first_arrival)
    : limits_(limits),
      last_arrival_(first_arrival),
      counted_from_(first_arrival),
      late_after_(first_arrival + 2 * limits.interval) {
    INQUEST_ASSERT(limits.interval > Duration::zero() && limits.limit >= 2 * limits.interval);
}

void Detector::heard(Instant arrived, Instant next, Duration margin) {
    if (arrived < last_arrival_) return;
    last_arrival_ = arrived;
    counted_from_ = std::max(counted_from_, arrived);
    // One missed beat is no news: the deadline is that of the beat after next.
    const Instant floor = counted_from_ + 2 * limits_.interval;
    late_after_ = std::clamp(next + limits_.interval + margin, floor, silent_at());
}

void Detector::heard(Instant arrived, Instant next, Duration margin, Limits limits) {
    if (arrived >= last_arrival_) limits_ = limits;
    heard(arrived, next, margin);
}

void Detector::widen(Limits limits, Instant now) {
    const PathState state = judge(now);
    if (state == PathState::silent) return;
    limits_ = laxer(limits_, limits);
    if (state == PathState::fresh)
        late_after_ = std::max(late_after_, counted_from_ + 2 * limits_.interval);
}

void Detector::extend(Duration stall, Instant now) {
    const Instant extended = std::min(counted_from_ + stall, now);
    if (extended <= counted_from_) return;
    late_after_ += extended - counted_from_;
    counted_from_ = extended;
}

PathState Detector::judge(Instant now) const {
    if (now >= silent_at()) return PathState::silent;
    if (now > late_after_) return PathState::late;
    return PathState::fresh;
}

}  // namespace inquest
