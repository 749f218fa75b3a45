#include "tests/sim/judges/fence_oracle.hpp"

#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

const std::string& name(const World& world, std::size_t host) {
    return world.cluster().members[host].name;
}

/// The kernel's boot that is agreed on: one that has lost its count begins with the same number.
std::uint32_t boot_of(const World& world, std::size_t host, MemberId member) {
    const ClusterState& state = world.host(host).scribe().agreement().state();
    const AgreedMember* found = state.member(member);
    return found == nullptr ? 0 : found->boot_tag;
}

}  // namespace

FenceOracle::Standing* FenceOracle::standing(std::uint64_t condemnation) {
    const auto found =
        std::find_if(condemned_.begin(), condemned_.end(),
                     [&](const Standing& each) { return each.index == condemnation; });
    return found == condemned_.end() ? nullptr : &*found;
}

/// Each entry as the first member tells of it.
void FenceOracle::agreed(const World& world, std::size_t host, const agreement::Action& action) {
    const auto* told = std::get_if<agreement::Applied>(&action);
    if (told == nullptr || told->outcome != EntryRefusal::none || told->index <= told_of_) return;
    told_of_ = told->index;
    const auto& body = told->entry.body;
    if (const auto* said = std::get_if<Condemned>(&body))
        condemned_.push_back({said->member, boot_of(world, host, said->member), told->index});
    if (const auto* said = std::get_if<Acquitted>(&body))
        std::erase_if(condemned_,
                      [&](const Standing& each) { return each.index == said->condemnation; });
    if (const auto* said = std::get_if<HoldLifted>(&body)) {
        Standing* known = standing(said->condemnation);
        if (known != nullptr) known->released = said->because == HoldLifted::Because::person;
    }
    if (const auto* said = std::get_if<FenceBegun>(&body)) {
        Standing* known = standing(said->condemnation);
        if (known != nullptr) known->attempt = told->index;
    }
    if (const auto* said = std::get_if<FenceAnswered>(&body)) judge_answer(world, *said);
}

void FenceOracle::judge_answer(const World& world, const FenceAnswered& answered) {
    const Standing* known = standing(answered.condemnation);
    const auto place = world.place(answered.member);
    if (answered.result != FenceResult::done || known == nullptr || !place) return;
    const Host& machine = world.host(*place);
    const bool runs = machine.power() != Host::Power::off && machine.self() == answered.member &&
                      machine.boot_tag() == known->boot_tag;
    if (!runs) return;
    const std::string what =
        fmt::format("a device says that {} is off, and it has power", name(world, *place));
    if (world.fences().lies(*place, fmt::format("bmc-{}", name(world, *place))) ||
        world.fences().lies(*place, ""))
        breaches_.push_back({world.now(), "devices-tell-the-truth", what});
    else
        broken(world, "receipt-is-true", what);
}

void FenceOracle::fencing(const World& world, const FenceWork& work) {
    const std::uint64_t attempt = work.order.id.attempt;
    const auto known = std::find_if(condemned_.begin(), condemned_.end(),
                                    [&](const Standing& each) { return each.attempt == attempt; });
    const Host& machine = world.host(work.target);
    if (machine.power() == Host::Power::off) return;
    const bool was_begun =
        std::any_of(condemned_.begin(), condemned_.end(), [&](const Standing& each) {
            return each.attempt >= attempt && world.place(each.member) == work.target;
        });
    if (!was_begun)
        return broken(world, "no-fence-without-condemnation",
                      fmt::format("{} loses its power, and no condemnation of it stands",
                                  name(world, work.target)));
    const std::uint64_t condemnation = known == condemned_.end() ? 0 : known->index;
    const bool released = known != condemned_.end() && known->released;
    cuts_.push_back({condemnation, world.now()});
    std::vector<std::uint64_t> lately;
    for (const Cut& cut : cuts_) {
        const bool counted =
            world.now() - cut.when < world.cluster().storm.window &&
            std::find(lately.begin(), lately.end(), cut.condemnation) == lately.end();
        if (counted) lately.push_back(cut.condemnation);
    }
    if (lately.size() > world.cluster().storm.limit && !released && !clocks_err_)
        broken(world, "fence-storm",
               fmt::format("{} is the {}th to lose its power within the window",
                           name(world, work.target), lately.size()));
}

/// The guard goes by the clock of day of whoever coordinates.
void FenceOracle::happened(const World&, const Event& event) {
    if (event.verb == Verb::clock_step || event.verb == Verb::drift) clocks_err_ = true;
}

void FenceOracle::broken(const World& world, std::string rule, std::string what) {
    const bool told = std::any_of(violations_.begin(), violations_.end(),
                                  [&](const Violation& each) { return each.rule == rule; });
    if (!told) violations_.push_back({world.now(), std::move(rule), std::move(what)});
}

}  // namespace inquest::sim
