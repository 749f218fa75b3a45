// Changes of a configuration, and what must never come of one.
#pragma once

#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace inquest::test {

/// The next configuration with `change` made to it.
template <typename Change>
ClusterConfig with(const Cluster& cluster, Change&& change) {
    ClusterConfig next = cluster.newest();
    std::forward<Change>(change)(next);
    return next;
}

inline void add_member(ClusterConfig& config) {
    const auto count = static_cast<int>(config.members.size()) + 1;
    const auto paths = static_cast<int>(config.paths.size());
    config.members.push_back(cluster_config(count, paths).members.back());
}

inline void remove_member(ClusterConfig& config, std::string_view name) {
    std::erase_if(config.members, [&](const auto& member) { return member.name == name; });
}

inline void add_path(ClusterConfig& config) {
    const auto count = static_cast<int>(config.paths.size()) + 1;
    config.paths.push_back(cluster_config(1, count).paths.back());
    for (MemberConfig& member : config.members)
        member.paths.push_back(PathId(static_cast<std::uint8_t>(count - 1)));
}

/// Nothing of this may come of a change alone.
inline void check_nobody_accused(const Cluster& cluster) {
    INFO(cluster.log());
    CHECK_FALSE(cluster.ever(Verdict::lost));
    CHECK_FALSE(cluster.ever(Verdict::partitioned));
    CHECK_FALSE(cluster.ever(Verdict::suspect));
    CHECK_FALSE(cluster.ever(Verdict::isolated));
    CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
    CHECK(cluster.count(Transition::Kind::stall) == 0);
}

/// Did a path between these two change its state at all?
inline bool path_told(const Cluster& cluster, std::string_view observer, std::string_view peer) {
    for (const Transition& told : cluster.transitions()) {
        if (told.kind == Transition::Kind::path && told.observer == observer && told.peer == peer)
            return true;
    }
    return false;
}

/// Beats among these were neither refused nor counted as lost.
inline void check_every_beat_counted(const Cluster& cluster,
                                     const std::vector<std::string>& nodes) {
    for (const std::string& observer : nodes) {
        INFO(observer);
        for (const BeatRefusal reason :
             {BeatRefusal::ancient, BeatRefusal::other_boot, BeatRefusal::own})
            CHECK(cluster.refused(observer, reason) == 0);
        // A beat that was relayed as well comes twice.
        if (cluster.relayed_beats() == 0)
            CHECK(cluster.refused(observer, BeatRefusal::replayed) == 0);
        for (const PeerReport& peer : cluster.report(observer).peers) {
            INFO(peer.name);
            if (std::find(nodes.begin(), nodes.end(), peer.name) == nodes.end()) continue;
            for (const PathReport& path : peer.paths) CHECK(path.loss == 0.0);
        }
    }
}

}  // namespace inquest::test
