#include "heartbeat/daemon/fence_probes.hpp"

#include "heartbeat/daemon/clocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

/// Three quarters to five quarters of it, so that nodes and devices do not march in step.
constexpr Duration probe_interval = 60s;
/// After a start, and after a change of the plans.
constexpr Duration first_within = 5s;

bool may_ask(const FenceDevice& device, MemberId self) {
    return device.run_by.empty() ||
           std::find(device.run_by.begin(), device.run_by.end(), self) != device.run_by.end();
}

/// Each device of each plan that this node may ask; once, however often a plan names it.
std::vector<Fenceability> wanted_of(const ClusterState& state, MemberId self) {
    std::vector<Fenceability> wanted;
    for (const AgreedMember& member : state.members) {
        if (member.id == self) continue;
        for (const FenceLevel& level : member.fence.levels) {
            for (const FencePart& part : level) {
                const FenceDevice* device = state.device(part.device);
                const bool there = std::any_of(wanted.begin(), wanted.end(), [&](const auto& each) {
                    return each.target == member.id && each.device.name == part.device;
                });
                if (device == nullptr || there || !may_ask(*device, self)) continue;
                wanted.push_back({.device = *device, .target = member.id, .node = member.name});
            }
        }
    }
    return wanted;
}

}  // namespace

FenceProbes::FenceProbes(boost::asio::io_context& io, Fencing& fencing, Journal& journal,
                         MemberId self, std::uint64_t seed)
    : fencing_(fencing), journal_(journal), self_(self), random_(seed), timer_(io) {
    timer_.on_ring([this] { wake(); });
}

void FenceProbes::follow(const ClusterState& state, Instant now) {
    std::vector<Fenceability> wanted = wanted_of(state, self_);
    for (Fenceability& one : wanted) {
        const auto known = std::find_if(all_.begin(), all_.end(), [&](const Fenceability& each) {
            return each.target == one.target && each.device == one.device;
        });
        if (known != all_.end())
            one = *known;
        else
            one.due = now + soon();
    }
    all_ = std::move(wanted);
    arm();
}

void FenceProbes::wake() {
    const Instant now = read_clocks().now;
    for (Fenceability& one : all_) {
        if (one.asked || now < one.due) continue;
        one.asked = true;
        fencing_.probe(
            one.device, one.target, one.node,
            [this, device = one.device.name, target = one.target](
                bool ready, const std::string& why) { take(device, target, ready, why); });
    }
    arm();
}

void FenceProbes::take(const std::string& device, MemberId target, bool ready,
                       const std::string& why) {
    const Instant now = read_clocks().now;
    for (Fenceability& one : all_) {
        if (one.target != target || one.device.name != device) continue;
        if (one.ready != ready) {
            one.since = now;
            journal_.say(ready ? Level::notice : Level::warning,
                         ready ? fmt::format("fence: {} could switch {} off", device, one.node)
                               : fmt::format("fence: {} could not switch {} off: {}", device,
                                             one.node, why));
        }
        one.ready = ready;
        one.why = why;
        one.seen = now;
        one.asked = false;
        one.due = now + probe_interval * 3 / 4 + Duration(random_.below(probe_interval / 2));
    }
    arm();
}

Duration FenceProbes::soon() { return random_.below(first_within); }

void FenceProbes::arm() {
    Instant next = never;
    for (const Fenceability& one : all_) {
        if (!one.asked) next = std::min(next, one.due);
    }
    timer_.set(next);
}

}  // namespace inquest::daemon
