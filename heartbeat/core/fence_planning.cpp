#include "heartbeat/core/fence_planning.hpp"

#include <algorithm>

namespace inquest {
namespace {

using Kind = FencePart::Kind;

bool may_run(const FenceDevice& device, MemberId hand) {
    return device.run_by.empty() ||
           std::find(device.run_by.begin(), device.run_by.end(), hand) != device.run_by.end();
}

/// The one whose turn it is among those that may: with each attempt another one, since what failed
/// from one place may work from another.
MemberId hand_for(const FenceDevice& device, const AgreedMember& target, const FenceHands& hands) {
    const std::uint16_t turn = target.condemnation->attempts;
    std::vector<MemberId> fit;
    for (const MemberId hand : hands) {
        if (hand != target.id && may_run(device, hand)) fit.push_back(hand);
    }
    return fit.empty() ? nobody : fit[turn % fit.size()];
}

/// Nothing where one of its devices can be asked by nobody now, or where it has none.
std::optional<std::vector<MemberId>> hands_for(const ClusterState& state, const FenceLevel& level,
                                               const AgreedMember& target,
                                               const FenceHands& hands) {
    std::vector<MemberId> by;
    for (const FencePart& part : level) {
        if (part.kind != Kind::device) continue;
        const FenceDevice* device = state.device(part.device);
        const MemberId hand = device == nullptr ? nobody : hand_for(*device, target, hands);
        if (hand == nobody) return std::nullopt;
        by.push_back(hand);
    }
    if (by.empty()) return std::nullopt;
    return by;
}

/// The first level from this one on that can be begun now.
std::optional<FenceBegun> begin_at(const ClusterState& state, const AgreedMember& target,
                                   const FenceHands& hands, std::size_t first) {
    const auto& levels = target.fence.levels;
    for (std::size_t level = first; level < levels.size(); ++level) {
        auto by = hands_for(state, levels[level], target, hands);
        if (!by) continue;
        return FenceBegun{.member = target.id,
                          .condemnation = target.condemnation->index,
                          .number = static_cast<std::uint16_t>(target.condemnation->attempts + 1),
                          .level = static_cast<std::uint8_t>(level),
                          .by = std::move(*by)};
    }
    return std::nullopt;
}

/// Of a device that is gone from the files, what is usual.
Duration patience(const ClusterState& state, const FenceTask& task) {
    const FenceDevice* device = state.device(task.part.device);
    return (device == nullptr ? fence_timeout_default : device->timeout) + fence_answer_time;
}

bool is_stuck(const ClusterState& state, const FenceAttempt& attempt, const FenceHands& hands,
              Duration begun) {
    return std::any_of(attempt.tasks.begin(), attempt.tasks.end(), [&](const FenceTask& task) {
        if (task.part.kind != Kind::device || task.result != FenceResult::awaited) return false;
        const bool there = std::find(hands.begin(), hands.end(), task.by) != hands.end();
        return !there || begun >= patience(state, task);
    });
}

int rounds_of(const AgreedMember& target) {
    const auto active = std::count_if(target.fence.levels.begin(), target.fence.levels.end(),
                                      [](const FenceLevel& level) { return has_device(level); });
    return active == 0 ? 1 : static_cast<int>(target.condemnation->attempts / active);
}

}  // namespace

bool has_failed(const FenceAttempt& attempt) {
    return std::any_of(attempt.tasks.begin(), attempt.tasks.end(),
                       [](const FenceTask& task) { return task.result == FenceResult::failed; });
}

bool awaits_device(const FenceAttempt& attempt) {
    return std::any_of(attempt.tasks.begin(), attempt.tasks.end(), [](const FenceTask& task) {
        return task.part.kind == Kind::device && task.result == FenceResult::awaited;
    });
}

Duration fence_pause(int rounds) {
    Duration pause = fence_pause_first;
    for (int round = 1; round < rounds && pause < fence_pause_longest; ++round) pause *= 2;
    return std::min(pause, fence_pause_longest);
}

std::optional<FenceBegun> next_fence(const ClusterState& state, const AgreedMember& target,
                                     const FenceHands& hands, const FenceWaits& waits) {
    if (!target.condemnation) return std::nullopt;
    const Condemnation& condemnation = *target.condemnation;
    if (condemnation.receipt != Receipt::none || condemnation.hold != Hold::none)
        return std::nullopt;
    if (!condemnation.attempt) {
        if (waits.condemned < target.fence.delay) return std::nullopt;
        return begin_at(state, target, hands, 0);
    }
    const FenceAttempt& attempt = *condemnation.attempt;
    if (has_failed(attempt)) {
        if (auto next = begin_at(state, target, hands, attempt.level + std::size_t{1})) return next;
        if (waits.ended < fence_pause(rounds_of(target))) return std::nullopt;
        return begin_at(state, target, hands, 0);
    }
    if (!is_stuck(state, attempt, hands, waits.begun)) return std::nullopt;
    // By the same level, or where nobody can ask that any more, by whatever there is.
    if (auto again = begin_at(state, target, hands, attempt.level)) return again;
    return begin_at(state, target, hands, 0);
}

}  // namespace inquest
