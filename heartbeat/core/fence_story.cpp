#include "heartbeat/core/fence_story.hpp"

#include "heartbeat/core/duration_text.hpp"
#include "heartbeat/core/fence_planning.hpp"
#include "heartbeat/core/fence_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {
namespace {

using Kind = FencePart::Kind;

std::string name_of(const ClusterState& state, MemberId id) {
    const AgreedMember* member = state.member(id);
    return member == nullptr ? fmt::format("member {}", id.value) : member->name;
}

std::string told(const ClusterState& state, const FenceTask& task) {
    std::string what = word(task.part);
    switch (task.part.kind) {
        case Kind::device: break;
        case Kind::itself:
            return task.result == FenceResult::done
                       ? "its lease and its watchdog have run out"
                       : "its lease and its watchdog must have run out too";
        case Kind::operators_word: return "a person must give their word";
    }
    switch (task.result) {
        case FenceResult::awaited:
            return fmt::format("{} is asked by {}", what, name_of(state, task.by));
        case FenceResult::done:
            return fmt::format("{} has switched it off, asked by {}", what,
                               name_of(state, task.by));
        case FenceResult::failed:
            return fmt::format("{} failed, asked by {}: {}", what, name_of(state, task.by),
                               task.why);
    }
    return what;
}

bool asks_devices(const FencePlan& plan) {
    return std::any_of(plan.levels.begin(), plan.levels.end(),
                       [](const FenceLevel& level) { return has_device(level); });
}

std::string why_held(const ClusterState& state, Hold hold) {
    switch (hold) {
        case Hold::none: break;
        case Hold::too_many: return "no device is asked: others are missed with it";
        case Hold::same_fate:
            return "no device is asked: another node that shares its fate is missed too";
        case Hold::storm:
            return fmt::format(
                "no device is asked yet: {} node{} switched off within {} is what fence.limit "
                "allows",
                state.storm.limit, state.storm.limit == 1 ? "" : "s", text(state.storm.window));
    }
    return "";
}

/// Why none of its devices is asked now.
std::string why_nothing(const ClusterState& state, const AgreedMember& member) {
    if (member.fence.levels.empty()) return "no fence device of it is known";
    if (!asks_devices(member.fence)) return "none of its levels asks a device";
    if (state.armed == Armed::no) return "no device is asked: the cluster is not armed";
    if (member.maintenance == Maintenance::on) return "no device is asked: it is in maintenance";
    return "a device is about to be asked";
}

}  // namespace

std::string fence_headline(const ClusterState& state, const AgreedMember& member) {
    if (!member.condemnation || member.condemnation->receipt != Receipt::none) return "";
    const Condemnation& stands = *member.condemnation;
    if (stands.hold != Hold::none) return why_held(state, stands.hold);
    if (!stands.attempt) return why_nothing(state, member);
    std::string all;
    for (const FenceTask& task : stands.attempt->tasks)
        all += (all.empty() ? "" : "; ") + told(state, task);
    return all;
}

std::optional<Explanation> explain_fence(const ClusterState& state, const AgreedMember& member) {
    const std::string headline = fence_headline(state, member);
    if (headline.empty()) return std::nullopt;
    const Condemnation& stands = *member.condemnation;
    Explanation told_of;
    if (!stands.attempt) {
        told_of.claim = headline;
    } else {
        told_of.claim = fmt::format("attempt {} to switch it off: level {} of {}", stands.attempts,
                                    stands.attempt->level + 1,
                                    std::max<std::size_t>(member.fence.levels.size(), 1));
        for (const FenceTask& task : stands.attempt->tasks)
            told_of.because.push_back(Explanation{.claim = told(state, task)});
        if (has_come_to_nothing(*stands.attempt))
            told_of.would_have_changed_it.push_back("one beat of it: no device is at work now");
        if (has_failed(*stands.attempt))
            told_of.rule =
                "when a device has failed the next level is tried, and behind the last "
                "one the first again, after a pause";
        else if (awaits_device(*stands.attempt))
            told_of.rule =
                "from the entry that begins an attempt on nothing acquits it: the "
                "device may be at work";
    }
    if (!member.fence.levels.empty())
        told_of.because.push_back(
            Explanation{.claim = fmt::format("it is switched off by {}", describe(member.fence))});
    return told_of;
}

}  // namespace inquest
