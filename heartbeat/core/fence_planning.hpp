// What the coordinator does next about one condemned incarnation: which devices are asked, by whom,
// and when. The order of levels, takeovers and repetitions is decided here and nowhere else.
//
// An attempt is one level. It ends when one of its devices has failed; then the next level follows
// at once, and behind the last one the first again, after a pause. It is taken over when a member
// that asks a device is lost itself or has not answered in time: then somebody else asks, and looks
// first whether the work is done.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace inquest {

/// Who can be asked to ask a device; the coordinator first, then the others as it would have them.
using FenceHands = FixedVector<MemberId, members_max>;

/// How long the coordinator has known, by its own clock; one that is new knows nothing for longer
/// than it coordinates.
struct FenceWaits {
    Duration condemned{};  ///< that it is condemned
    Duration begun{};      ///< that the attempt has begun
    Duration ended{};      ///< that a device of it has failed
};

/// What a member that asks a device may need beyond the device's own time-out to say so.
inline constexpr Duration fence_answer_time{std::chrono::seconds(5)};
inline constexpr Duration fence_pause_first{std::chrono::seconds(10)};
inline constexpr Duration fence_pause_longest{std::chrono::minutes(5)};

/// Has something in it failed, so that it comes to nothing?
bool has_failed(const FenceAttempt& attempt);
/// Does it wait for a device's answer?
bool awaits_device(const FenceAttempt& attempt);
/// One has failed, and nobody is at work any more.
inline bool has_come_to_nothing(const FenceAttempt& attempt) {
    return has_failed(attempt) && !awaits_device(attempt);
}

/// Before a plan is begun once more; it has been tried `rounds` times.
Duration fence_pause(int rounds);

/// What a fence would begin with now; nothing: not yet, or there is nothing that could be asked.
/// Whether it is accepted is for the rules (fence_rules.hpp).
std::optional<FenceBegun> next_fence(const ClusterState& state, const AgreedMember& target,
                                     const FenceHands& hands, const FenceWaits& waits);

}  // namespace inquest
