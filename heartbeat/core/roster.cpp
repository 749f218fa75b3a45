#include "heartbeat/core/roster.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>

namespace inquest {

Roster::Roster(const ClusterConfig& cluster, MemberId self) {
    for (const PathConfig& path : cluster.paths) {
        path_names_.push_back(path.name);
        fates_.push_back(path.fate);
    }
    for (const MemberConfig& member : cluster.members) {
        std::vector<bool> on(cluster.paths.size());
        for (PathId path : member.paths) {
            on[path.value] = cluster.paths[path.value].admin == Switched::on;
        }
        members_.push_back({member.id, member.name, member.votes, member.joined, std::move(on)});
        voters_ += member.votes ? 1 : 0;
    }
    const auto found = place(self);
    INQUEST_ASSERT(found && size() <= members_max && path_count() <= paths_max);
    self_ = *found;
}

std::optional<std::size_t> Roster::place(MemberId id) const {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].id == id) return i;
    }
    return std::nullopt;
}

std::optional<std::size_t> Roster::place(std::string_view name) const {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].name == name) return i;
    }
    return std::nullopt;
}

bool Roster::connects(std::size_t path, std::size_t a, std::size_t b) const {
    return members_[a].on[path] && members_[b].on[path];
}

std::vector<bool> Roster::connections(std::size_t place) const {
    std::vector<bool> both(path_count());
    for (std::size_t path = 0; path < both.size(); ++path)
        both[path] = connects(path, self_, place);
    return both;
}

Places places_before(const Roster& now, const Roster& before) {
    Places places;
    for (std::size_t i = 0; i < now.size(); ++i) places.push_back(before.place(now.id(i)));
    return places;
}

}  // namespace inquest
