// Fence devices at work: what a daemon asks of them, what they do, and what it hears. This is
// heartbeat/daemon/fencing.cpp and inquest-fenced with the world's devices.
#include "tests/sim/world/world.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// How long a node asks for something of its own before it asks anew.
constexpr Duration own_request_time = 30s;

}  // namespace

/// What a device has been told it does, whether anybody still waits for its answer or not.
void World::carry_out(std::size_t by, const agreement::FenceOrder& order) {
    const auto& machines = setup_.cluster.members;
    const auto target = std::find_if(machines.begin(), machines.end(),
                                     [&](const auto& each) { return each.name == order.node; });
    if (target == machines.end()) return;
    const auto place = static_cast<std::size_t>(target - machines.begin());
    const Duration takes = fences_.takes(place);
    const std::uint32_t work = fences_.begin({by, hosts_[by].run(), place, order, takes});
    const bool fails = fences_.fails(place, order.device.name);
    if (!fails) put(Due::Kind::fence, now_ + takes, place, work);
    const Duration answers = fails ? order.device.timeout : std::min(takes, order.device.timeout);
    put(Due::Kind::fence_answer, now_ + answers + 1ms, by, work);
}

void World::carry_out(std::size_t by, const agreement::DropFence& drop) {
    fences_.drop(by, hosts_[by].run(), drop.id);
}

/// A machine that is off stays off. Whoever asked and was told to let it be has killed the agent in
/// time only where the device is slow.
void World::switch_off_by_fence(std::uint32_t number) {
    const FenceWork& work = fences_.work(number);
    if (work.dropped || fences_.lies(work.target, work.order.device.name)) return;
    for (Watcher* watcher : watchers_) watcher->fencing(*this, work);
    stays_off_[work.target] = true;
    if (hosts_[work.target].power() != Host::Power::off) befall(work.target, Verb::power_off);
}

void World::answer_fence(std::uint32_t number) {
    const FenceWork& work = fences_.work(number);
    Host& host = hosts_[work.by];
    if (!host.runs() || host.run() != work.run || work.dropped) return;
    if (now_ < host.paused_until())
        return put(Due::Kind::fence_answer, host.paused_until(), work.by, number);
    const std::string& device = work.order.device.name;
    const bool late = work.takes > work.order.device.timeout;
    const bool done = !fences_.fails(work.target, device) && !late;
    step_agreement(work.by, agreement::FenceReply{work.order.id,
                                                  done ? FenceResult::done : FenceResult::failed,
                                                  done ? "" : "the device does not answer"});
    tell_fence(work.by);
}

/// As long as the state does not show it.
void World::tell_fence(std::size_t place) {
    Host& host = hosts_[place];
    if (!host.runs() || host.scribe().telling_fence) return;
    auto owed = host.scribe().agreement().owed_answer();
    if (!owed || host.scribe().agreement().coordinator() == nobody) return;
    ClusterEntry entry{.request = RequestId(people_.next() >> 1 | 1)};
    entry.body = std::move(*owed);
    host.scribe().telling_fence = entry.request;
    ask(place, std::move(entry), own_request_time);
}

}  // namespace inquest::sim
