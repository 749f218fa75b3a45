#include "tests/sim/swarm/draw_cluster.hpp"

#include <algorithm>
#include <string>

namespace inquest::sim {
namespace {

Timing draw_timing(Dice& dice) {
    if (dice.chance(50)) return {};
    if (dice.chance(50)) return Timing::fast();
    Timing timing;
    timing.beat_interval = dice.pick(std::vector<Duration>{20ms, 50ms, 100ms, 200ms, 500ms});
    timing.path_limit = dice.between(limit_intervals_min, 8) * timing.beat_interval;
    const Duration least = timing.path_limit + 2 * timing.beat_interval;
    timing.condemn_after = least + dice.between(0, 20) * timing.beat_interval;
    timing.boot_grace =
        std::max(timing.condemn_after, dice.pick(std::vector<Duration>{1s, 5s, 30s}));
    timing.restart_grace = timing.condemn_after;
    timing.watchdog = std::max(timing.watchdog, 2 * timing.restart_grace + 3s);
    return timing;
}

PathKind draw_kind(Dice& dice) {
    if (dice.chance(85)) return PathKind::udp;
    return dice.chance(50) ? PathKind::l2 : PathKind::rdma;
}

std::vector<PathConfig> draw_paths(Dice& dice) {
    std::vector<PathConfig> paths;
    const auto count = dice.chance(15) ? 1 : dice.between(2, 4);
    for (std::int64_t i = 0; i < count; ++i) {
        const auto letter = static_cast<char>('a' + i);
        paths.push_back({.name = std::string("lan-") + letter,
                         .kind = draw_kind(dice),
                         .fate = std::string("sw-") + letter});
    }
    if (count >= 2 && dice.chance(20)) paths.back().fate = paths.front().fate;
    return paths;
}

/// The first five vote. Sometimes fewer do; sometimes the last voter is a witness.
void draw_votes(Dice& dice, std::vector<MemberConfig>& members) {
    auto voters = std::min(members.size(), voters_max);
    if (voters > 3 && dice.chance(30))
        voters = static_cast<std::size_t>(dice.between(3, static_cast<std::int64_t>(voters)));
    for (std::size_t i = 0; i < members.size(); ++i) members[i].votes = i < voters;
    if (dice.chance(20)) members[voters - 1].role = Role::witness;
}

/// Takes one node off one path, where it has more than enough of them.
void draw_absence(Dice& dice, ClusterConfig& cluster) {
    if (cluster.paths.size() < 3 || !dice.chance(20)) return;
    auto& paths = cluster.members[dice.below(cluster.members.size())].paths;
    paths.erase(paths.begin() + static_cast<std::ptrdiff_t>(dice.below(paths.size())));
}

}  // namespace

ClusterConfig draw_cluster(Dice& dice, const Drawing& drawing) {
    ClusterConfig cluster{.name = "sim", .timing = draw_timing(dice), .paths = draw_paths(dice)};
    std::vector<PathId> all;
    for (std::size_t i = 0; i < cluster.paths.size(); ++i)
        all.push_back(PathId(static_cast<std::uint8_t>(i)));
    const auto nodes = dice.between(drawing.nodes_min, drawing.nodes_max);
    for (std::int64_t i = 1; i <= nodes; ++i) {
        cluster.members.push_back({.id = MemberId(static_cast<std::uint16_t>(i)),
                                   .name = "n" + std::to_string(i),
                                   .paths = all});
    }
    draw_votes(dice, cluster.members);
    draw_absence(dice, cluster);
    return cluster;
}

}  // namespace inquest::sim
