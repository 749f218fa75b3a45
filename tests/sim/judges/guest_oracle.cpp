#include "tests/sim/judges/guest_oracle.hpp"

#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

const std::string& name(const World& world, std::size_t host) {
    return world.cluster().members[host].name;
}

}  // namespace

/// Guests that go on after a lease are the watchdog's to end, and it keeps its time by itself.
void GuestOracle::woke(const World& world, std::size_t host) {
    const Host& machine = world.host(host);
    const auto known = std::find_if(leased_.begin(), leased_.end(),
                                    [&](const Leased& each) { return each.host == host; });
    Leased& leased =
        known == leased_.end() ? leased_.emplace_back(Leased{host, world.now()}) : *known;
    const bool holds = machine.lease_remaining(world.now()) > Duration::zero();
    const bool in_time = world.now() - leased.woke < 1s && leased.run == machine.run();
    if (!holds || !in_time) leased.well = world.now();
    leased.woke = world.now();
    leased.run = machine.run();
    if (!machine.runs_guests() || holds) {
        leased.last = world.now();
        return;
    }
    const Duration most = machine.oneself().watchdog->reset_within;
    if (world.now() - leased.last <= most) return;
    broken(world, "no-guests-without-lease",
           fmt::format("{} runs guests, and has had no lease for longer than its watchdog allows",
                       name(world, host)));
}

/// Each entry as the first member tells of it.
void GuestOracle::agreed(const World& world, std::size_t, const agreement::Action& action) {
    const auto* told = std::get_if<agreement::Applied>(&action);
    if (told == nullptr || told->outcome != EntryRefusal::none || told->index <= told_of_) return;
    told_of_ = told->index;
    const auto& body = told->entry.body;
    if (const auto* said = std::get_if<inquest::Condemned>(&body))
        condemned_.push_back({said->member, said->incarnation, told->index});
    if (const auto* said = std::get_if<SelfFenceElapsed>(&body))
        judge_receipt(world, said->member, said->condemnation);
    if (const auto* said = std::get_if<Released>(&body))
        judge_receipt(world, said->member, said->condemnation);
}

void GuestOracle::judge_receipt(const World& world, MemberId member, std::uint64_t condemnation) {
    const auto place = world.place(member);
    const auto known =
        std::find_if(condemned_.begin(), condemned_.end(),
                     [&](const Condemned& each) { return each.index == condemnation; });
    if (!place || known == condemned_.end()) return;
    const Host& machine = world.host(*place);
    const bool is_it =
        machine.self() == member && machine.stored().incarnation == known->incarnation;
    if (is_it && machine.runs_guests())
        broken(world, "receipt-is-true",
               fmt::format("{} is taken for proven off, and its guests run", name(world, *place)));
}

void GuestOracle::resetting(const World& world, std::size_t host) {
    const Host& machine = world.host(host);
    // Where no daemon and no guard talk to each other nobody knows that there is none.
    const auto known = std::find_if(leased_.begin(), leased_.end(),
                                    [&](const Leased& each) { return each.host == host; });
    const Duration enough = machine.runs() && machine.oneself().watchdog
                                ? machine.oneself().watchdog->reset_within
                                : Duration::max();
    if (machine.awake(world.now()) && known != leased_.end() && known->run == machine.run() &&
        world.now() - known->woke < 1s && world.now() - known->well > enough)
        broken(world, "leased-is-not-reset",
               fmt::format("{} is reset by its watchdog, and holds its lease", name(world, host)));
    const bool is_known = machine.awake(world.now()) && machine.node().guests() == Guests::none;
    if (!is_known) return;
    broken(world, "reset-needs-a-guest",
           fmt::format("{} is reset by its watchdog, and has no guest", name(world, host)));
}

void GuestOracle::broken(const World& world, std::string rule, std::string what) {
    const bool told = std::any_of(violations_.begin(), violations_.end(),
                                  [&](const Violation& each) { return each.rule == rule; });
    if (!told) violations_.push_back({world.now(), std::move(rule), std::move(what)});
}

}  // namespace inquest::sim
