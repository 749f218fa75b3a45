#include "heartbeat/config/fence_changes.hpp"

#include "heartbeat/config/duration.hpp"
#include "heartbeat/core/fence_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::config {
namespace {

bool has(const std::vector<FenceDevice>& devices, const std::string& name) {
    return std::any_of(devices.begin(), devices.end(),
                       [&](const FenceDevice& device) { return device.name == name; });
}

const AgreedMember* member_called(const ClusterState& state, const std::string& name) {
    return state.member(std::string_view(name));
}

std::vector<std::string> told(const ClusterState& state, const FenceDeviceSet& set) {
    const FenceDevice* before = state.device(set.device.name);
    if (before == nullptr)
        return {fmt::format("fence device {} ({}) is new", set.device.name, set.device.agent)};
    return {fmt::format("fence device {} ({}) is asked in another way", set.device.name,
                        set.device.agent)};
}

std::vector<std::string> told(const ClusterState&, const FenceDeviceDropped& dropped) {
    return {fmt::format("fence device {} is there no more", dropped.name)};
}

std::vector<std::string> told(const ClusterState& state, const FencePlanSet& set) {
    const AgreedMember* member = state.member(set.member);
    if (member == nullptr) return {};
    std::vector<std::string> all;
    const FencePlan& before = member->fence;
    if (before.levels != set.plan.levels)
        all.push_back(fmt::format("{} is switched off by {} instead of {}", member->name,
                                  describe(set.plan), describe(before)));
    if (before.delay != set.plan.delay)
        all.push_back(fmt::format("{} is switched off {} after it is condemned instead of {}",
                                  member->name, duration_text(set.plan.delay),
                                  duration_text(before.delay)));
    if (before.priority != set.plan.priority)
        all.push_back(
            fmt::format("{} has priority {} instead of {} when several are to be "
                        "switched off",
                        member->name, set.plan.priority, before.priority));
    if (before.fate != set.plan.fate)
        all.push_back(fmt::format("{} shares {} with others instead of {}", member->name,
                                  set.plan.fate.empty() ? "nothing" : set.plan.fate,
                                  before.fate.empty() ? "nothing" : before.fate));
    return all;
}

std::vector<std::string> told(const ClusterState& state, const StormGuardSet& set) {
    return {fmt::format("at most {} in {} are switched off instead of {} in {}", set.storm.limit,
                        duration_text(set.storm.window), state.storm.limit,
                        duration_text(state.storm.window))};
}

std::vector<std::string> told(const ClusterState&, const PathSet&) { return {}; }
std::vector<std::string> told(const ClusterState&, const TimingSet&) { return {}; }

}  // namespace

std::vector<Wanted::Change> fence_changes(const ClusterState& state, const ClusterConfig& wanted) {
    std::vector<Wanted::Change> changes;
    if (wanted.storm != state.storm) changes.emplace_back(StormGuardSet{wanted.storm});
    for (const FenceDevice& device : wanted.devices) {
        const FenceDevice* agreed = state.device(device.name);
        if (agreed == nullptr || *agreed != device) changes.emplace_back(FenceDeviceSet{device});
    }
    for (const MemberConfig& member : wanted.members) {
        const AgreedMember* agreed = member_called(state, member.name);
        if (agreed != nullptr && agreed->fence != member.fence)
            changes.emplace_back(FencePlanSet{agreed->id, member.fence});
    }
    for (const FenceDevice& device : state.devices) {
        if (!has(wanted.devices, device.name))
            changes.emplace_back(FenceDeviceDropped{device.name});
    }
    return changes;
}

std::vector<std::string> fence_effects(const ClusterState& state, const Wanted::Change& change) {
    return std::visit([&](const auto& one) { return told(state, one); }, change);
}

}  // namespace inquest::config
