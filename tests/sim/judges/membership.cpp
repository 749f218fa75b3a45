#include "tests/sim/judges/membership.hpp"

namespace inquest::sim {

std::optional<std::size_t> best_informed(const World& world) {
    std::optional<std::size_t> best;
    std::uint64_t newest = 0;
    for (std::size_t place = 0; place < world.size(); ++place) {
        if (!world.host(place).is_member()) continue;
        const std::uint64_t index = world.host(place).scribe().agreement().state().index;
        if (best && index <= newest) continue;
        best = place;
        newest = index;
    }
    return best;
}

std::vector<std::size_t> community(const World& world, std::size_t best) {
    const ClusterState& state = world.host(best).scribe().agreement().state();
    std::vector<std::size_t> members;
    for (std::size_t place = 0; place < world.size(); ++place) {
        if (state.member(world.host(place).self()) == nullptr) continue;
        if (place == best ? world.host(place).is_member() : world.in_touch(best, place))
            members.push_back(place);
    }
    return members;
}

bool votes(const World& world, std::size_t host, MemberId member) {
    const Roster& roster = world.host(host).node().roster();
    const auto place = roster.place(member);
    return place && roster.votes(*place);
}

}  // namespace inquest::sim
