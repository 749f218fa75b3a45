// Switching condemned members off: what the coordinator begins, and what this node asks its own
// devices when it was chosen for that.
//
// Who asks a device follows from the state alone, so it makes no difference who coordinates by
// then: an order is given when its attempt is applied, and taken back when that stands no more.
#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/core/fence_planning.hpp"
#include "heartbeat/core/fence_rules.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace inquest::agreement {
namespace {

/// Who has priority is first; of two that have the same, the one with the lower id.
std::vector<const AgreedMember*> by_priority(const ClusterState& state) {
    std::vector<const AgreedMember*> all;
    for (const AgreedMember& member : state.members) {
        if (member.condemnation) all.push_back(&member);
    }
    std::sort(all.begin(), all.end(), [](const AgreedMember* a, const AgreedMember* b) {
        if (a->fence.priority != b->fence.priority) return a->fence.priority > b->fence.priority;
        return a->id < b->id;
    });
    return all;
}

FenceOrder order_for(const AgreedMember& target, std::size_t task, const FenceDevice& device) {
    const FenceAttempt& attempt = *target.condemnation->attempt;
    return {.id = {attempt.index, static_cast<std::uint8_t>(task)},
            .device = device,
            .target = target.id,
            .node = target.name,
            .look_first = target.condemnation->attempts > 1};
}

}  // namespace

// ---- What the coordinator begins ----------------------------------------------------------------

/// How long this node has known of a thing, from the first time that it is asked.
Duration Agreement::known_for(std::uint64_t index, FenceMoment moment, Instant now) {
    return now - known_since_.try_emplace({index, moment}, now).first->second;
}

/// Not while anything is on its way: it may be the acquittal, or the last answer.
void Agreement::fence(const Motions& motions, Instant now, Actions& out) {
    std::set<std::uint64_t> current;
    for (const AgreedMember* target : by_priority(state_)) {
        const Condemnation& condemnation = *target->condemnation;
        current.insert(condemnation.index);
        FenceWaits waits{.condemned = known_for(condemnation.index, FenceMoment::begun, now)};
        if (condemnation.attempt) {
            const FenceAttempt& attempt = *condemnation.attempt;
            current.insert(attempt.index);
            waits.begun = known_for(attempt.index, FenceMoment::begun, now);
            if (has_failed(attempt))
                waits.ended = known_for(attempt.index, FenceMoment::ended, now);
        }
        if (ledger_.committed() != ledger_.log().last()) continue;
        ClusterEntry entry{.asked_by = settings_.ledger.self, .wall_seconds = wall_seconds(now)};
        if (condemnation.hold == Hold::storm) {
            entry.body = HoldLifted{target->id, condemnation.index, HoldLifted::Because::storm_over,
                                    entry.wall_seconds};
        } else if (auto begun = next_fence(state_, *target, motions.fit, waits)) {
            begun->wall_seconds = entry.wall_seconds;
            entry.body = std::move(*begun);
        } else {
            continue;
        }
        if (check(state_, entry) == EntryRefusal::none) propose(entry, now, out);
    }
    std::erase_if(known_since_,
                  [&](const auto& known) { return !current.contains(known.first.first); });
}

// ---- What this node asks of its devices ---------------------------------------------------------

/// Only while a coordinator is there: a node that was cut off, or slept, learns first what has been
/// decided meanwhile.
void Agreement::order_devices(Actions& out) {
    has_new_orders_ = false;
    std::map<FenceOrderId, FenceOrder> wanted;
    for (const AgreedMember& target : state_.members) {
        if (!target.condemnation || !target.condemnation->attempt) continue;
        if (target.condemnation->receipt != Receipt::none) continue;
        const auto& tasks = target.condemnation->attempt->tasks;
        for (std::size_t task = 0; task < tasks.size(); ++task) {
            const FenceDevice* device = state_.device(tasks[task].part.device);
            const bool ours = tasks[task].by == settings_.ledger.self &&
                              tasks[task].result == FenceResult::awaited;
            if (!ours || device == nullptr) continue;
            FenceOrder order = order_for(target, task, *device);
            wanted.emplace(order.id, std::move(order));
        }
    }
    std::erase_if(orders_, [&](const auto& given) {
        const bool gone = !wanted.contains(given.first);
        if (gone) out.emplace_back(DropFence{given.first});
        return gone;
    });
    if (part_ != Part::taken || coordinator() == nobody) return;
    for (auto& [id, order] : wanted) {
        if (!orders_.try_emplace(id).second) continue;
        // Another run of this daemon may have asked already.
        if (id.attempt <= restored_last_) order.look_first = true;
        out.emplace_back(std::move(order));
    }
}

void Agreement::on(const FenceReply& reply, Instant, Actions&) {
    const auto given = orders_.find(reply.id);
    if (given != orders_.end() && reply.result != FenceResult::awaited) given->second = reply;
}

std::optional<FenceAnswered> Agreement::owed_answer() const {
    for (const AgreedMember& target : state_.members) {
        if (!target.condemnation || !target.condemnation->attempt) continue;
        for (const auto& [id, reply] : orders_) {
            if (!reply || id.attempt != target.condemnation->attempt->index) continue;
            return FenceAnswered{.member = target.id,
                                 .condemnation = target.condemnation->index,
                                 .attempt = id.attempt,
                                 .task = id.task,
                                 .by = settings_.ledger.self,
                                 .result = reply->result,
                                 .why = reply->why};
        }
    }
    return std::nullopt;
}

}  // namespace inquest::agreement
