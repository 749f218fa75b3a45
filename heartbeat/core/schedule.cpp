#include "heartbeat/core/schedule.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>

namespace inquest {
namespace {

/// Jitter is at most this part of a slot: enough to drift out of step, too little to look late.
constexpr int jitter_part = 8;

}  // namespace

Schedule::Schedule(Duration interval, std::size_t paths, Instant start, std::uint64_t seed)
    : slot_(interval / static_cast<Duration::rep>(paths)), paths_(paths), random_(seed) {
    INQUEST_ASSERT(paths > 0 && slot_ > Duration::zero());
    start_ = start + random_.below(slot_);
    due_ = start_;
}

Schedule::Slot Schedule::take(Instant now) {
    INQUEST_ASSERT(now >= due_);
    // Catch up on one interval at most, so that after a stall each path beats once, at once. What
    // is skipped goes first: a beat under a number long past would look like one that took as long.
    const auto begun = first_ + static_cast<std::uint64_t>((now - start_) / slot_) + 1;
    if (begun > next_ + paths_) next_ = begun - paths_;
    const Slot taken = next_slot();
    due_ = start_of(next_) + random_.below(slot_ / jitter_part);
    return taken;
}

Schedule::Slot Schedule::hurry() {
    const Slot taken = next_slot();
    due_ = start_of(next_);
    return taken;
}

// The next slot begins when it was due anyway, or a new slot from now where that is sooner; never
// in the past, for a slot that is made up for skips numbers, and peers would count those as lost.
void Schedule::follow(Duration interval, std::size_t paths, Instant now) {
    slot_ = interval / static_cast<Duration::rep>(paths);
    paths_ = paths;
    INQUEST_ASSERT(paths > 0 && slot_ > Duration::zero());
    first_ = next_;
    start_ = std::clamp(due_, now, now + slot_);
    due_ = start_;
}

Schedule::Slot Schedule::next_slot() {
    const Slot slot{PathId(static_cast<std::uint8_t>(next_ % paths_)), Sequence(next_)};
    ++next_;
    return slot;
}

Instant Schedule::start_of(std::uint64_t number) const {
    return start_ + slot_ * static_cast<Duration::rep>(number - first_);
}

}  // namespace inquest
