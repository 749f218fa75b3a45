#include "heartbeat/core/fence_rules.hpp"

#include <algorithm>
#include <limits>

namespace inquest {
namespace {

using Refusal = EntryRefusal;
using Kind = FencePart::Kind;

template <typename List>
void keep_newest(List& list, std::size_t most) {
    if (list.size() > most)
        list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(most));
}

bool may_ask(const ClusterState& state, const FenceDevice& device, MemberId asker,
             MemberId target) {
    const AgreedMember* member = state.member(asker);
    if (member == nullptr || asker == target) return false;
    if (member->standing != AgreedMember::Standing::joined) return false;
    return device.run_by.empty() ||
           std::find(device.run_by.begin(), device.run_by.end(), asker) != device.run_by.end();
}

/// The level's parts as tasks, each device with who asks it; nothing where that does not add up.
std::optional<std::vector<FenceTask>> tasks_of(const ClusterState& state, const FenceLevel& level,
                                               const FenceBegun& begun) {
    std::vector<FenceTask> tasks;
    std::size_t asked = 0;
    for (const FencePart& part : level) {
        FenceTask task{.part = part};
        if (part.kind == Kind::device) {
            const FenceDevice* device = state.device(part.device);
            if (device == nullptr || asked >= begun.by.size()) return std::nullopt;
            task.by = begun.by[asked++];
            task.proves = device->proves;
            if (!may_ask(state, *device, task.by, begun.member)) return std::nullopt;
        }
        tasks.push_back(std::move(task));
    }
    if (asked == 0 || asked != begun.by.size()) return std::nullopt;
    return tasks;
}

/// What a level proves when all of it is done. Power off is more than a cut, and also where both
/// were asked for.
Receipt proven_by(const FenceAttempt& attempt) {
    const bool off =
        std::any_of(attempt.tasks.begin(), attempt.tasks.end(), [](const FenceTask& task) {
            return task.part.kind == Kind::device && task.proves == FenceProof::power;
        });
    return off ? Receipt::power_off : Receipt::storage_cut;
}

void conclude(Condemnation& condemnation) {
    const FenceAttempt& attempt = *condemnation.attempt;
    const bool complete =
        std::all_of(attempt.tasks.begin(), attempt.tasks.end(),
                    [](const FenceTask& task) { return task.result == FenceResult::done; });
    if (complete) condemnation.receipt = proven_by(attempt);
}

Condemnation* standing(ClusterState& state, MemberId member, std::uint64_t index) {
    AgreedMember* found = state.member(member);
    const bool stands =
        found != nullptr && found->condemnation && found->condemnation->index == index;
    return stands ? &*found->condemnation : nullptr;
}

}  // namespace

// ---- What there is ------------------------------------------------------------------------------

EntryRefusal set_device(ClusterState& state, const FenceDeviceSet& set) {
    const auto place = std::lower_bound(
        state.devices.begin(), state.devices.end(), set.device.name,
        [](const FenceDevice& device, const std::string& name) { return device.name < name; });
    if (place != state.devices.end() && place->name == set.device.name) {
        if (*place == set.device) return Refusal::already;
        *place = set.device;
        return Refusal::none;
    }
    if (state.devices.size() >= fence_devices_max) return Refusal::no_room;
    state.devices.insert(place, set.device);
    return Refusal::none;
}

EntryRefusal drop_device(ClusterState& state, const FenceDeviceDropped& dropped) {
    const FenceDevice* device = state.device(dropped.name);
    if (device == nullptr) return Refusal::no_device;
    const auto names_it = [&](const FencePart& part) { return part.device == dropped.name; };
    for (const AgreedMember& member : state.members) {
        for (const FenceLevel& level : member.fence.levels) {
            if (std::any_of(level.begin(), level.end(), names_it)) return Refusal::device_in_use;
        }
    }
    state.devices.erase(state.devices.begin() + (device - state.devices.data()));
    return Refusal::none;
}

EntryRefusal set_plan(ClusterState& state, const FencePlanSet& set) {
    AgreedMember* member = state.member(set.member);
    if (member == nullptr) return Refusal::no_member;
    if (member->fence == set.plan) return Refusal::already;
    member->fence = set.plan;
    return Refusal::none;
}

EntryRefusal set_storm_guard(ClusterState& state, const StormGuardSet& set) {
    if (state.storm == set.storm) return Refusal::already;
    state.storm = set.storm;
    return Refusal::none;
}

/// One that only it could run may be tried by anybody: at the worst it fails, and says so.
void forget_in_devices(ClusterState& state, MemberId gone) {
    for (FenceDevice& device : state.devices) {
        std::erase(device.run_by, gone);
        std::erase_if(device.plugs, [&](const FencePlug& plug) { return plug.member == gone; });
    }
}

// ---- What is done -------------------------------------------------------------------------------

bool storm_rages(const ClusterState& state, std::uint64_t condemnation, std::int64_t wall_seconds) {
    const std::int64_t window = std::chrono::ceil<std::chrono::seconds>(state.storm.window).count();
    const auto lately =
        std::count_if(state.fences.begin(), state.fences.end(), [&](const RecentFence& fence) {
            return fence.condemnation != condemnation &&
                   wall_seconds - fence.wall_seconds <= window;
        });
    return lately >= state.storm.limit;
}

EntryRefusal begin_fence(ClusterState& state, const FenceBegun& begun) {
    Condemnation* stands = standing(state, begun.member, begun.condemnation);
    if (stands == nullptr) return Refusal::no_condemnation;
    if (state.armed == Armed::no) return Refusal::not_armed;
    if (state.member(begun.member)->maintenance == Maintenance::on) return Refusal::in_maintenance;
    if (stands->receipt != Receipt::none) return Refusal::already;
    if (stands->hold != Hold::none) return Refusal::storm;
    if (begun.number != stands->attempts + 1) return Refusal::no_attempt;
    if (stands->attempts == std::numeric_limits<std::uint16_t>::max()) return Refusal::no_room;
    if (!stands->released && storm_rages(state, stands->index, begun.wall_seconds))
        return Refusal::storm;
    const FencePlan& plan = state.member(begun.member)->fence;
    if (begun.level >= plan.levels.size()) return Refusal::malformed;
    auto tasks = tasks_of(state, plan.levels[begun.level], begun);
    if (!tasks) return Refusal::not_fit;
    if (stands->attempts == 0) {
        state.fences.push_back({stands->index, begun.member, begun.wall_seconds});
        keep_newest(state.fences, recent_fences_max);
    }
    ++stands->attempts;
    stands->attempt = FenceAttempt{.index = state.index,
                                   .level = begun.level,
                                   .tasks = std::move(*tasks),
                                   .wall_seconds = begun.wall_seconds};
    return Refusal::none;
}

EntryRefusal answer_fence(ClusterState& state, const FenceAnswered& answered) {
    Condemnation* stands = standing(state, answered.member, answered.condemnation);
    if (stands == nullptr) return Refusal::no_condemnation;
    if (stands->receipt != Receipt::none) return Refusal::already;
    if (!stands->attempt || stands->attempt->index != answered.attempt) return Refusal::no_attempt;
    if (answered.task >= stands->attempt->tasks.size()) return Refusal::malformed;
    FenceTask& task = stands->attempt->tasks[answered.task];
    if (task.part.kind != Kind::device || task.by != answered.by) return Refusal::not_fit;
    if (task.result != FenceResult::awaited) return Refusal::already;
    if (answered.result == FenceResult::awaited || answered.why.size() > fence_why_bytes_max)
        return Refusal::malformed;
    task.result = answered.result;
    task.why = answered.why;
    conclude(*stands);
    return Refusal::none;
}

bool note_elapsed(const AgreedMember& member, Condemnation& condemnation) {
    const auto& levels = member.fence.levels;
    const bool enough =
        levels.empty() || std::any_of(levels.begin(), levels.end(), [](auto& level) {
            return level.size() == 1 && has_itself(level);
        });
    if (enough) {
        condemnation.receipt = Receipt::self_fence_elapsed;
        return true;
    }
    if (!condemnation.attempt) return false;
    bool noted = false;
    for (FenceTask& task : condemnation.attempt->tasks) {
        if (task.part.kind != Kind::itself || task.result != FenceResult::awaited) continue;
        task.result = FenceResult::done;
        noted = true;
    }
    conclude(condemnation);
    return noted;
}

}  // namespace inquest
