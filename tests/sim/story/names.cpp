#include "tests/sim/story/names.hpp"

#include "tests/sim/world/timeline.hpp"

#include <algorithm>

namespace inquest::sim {
namespace {

template <typename Named>
std::optional<std::size_t> place(const std::vector<Named>& list, std::string_view name) {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const Named& each) { return each.name == name; });
    if (found == list.end()) return std::nullopt;
    return static_cast<std::size_t>(found - list.begin());
}

}  // namespace

std::optional<std::size_t> Names::node(std::string_view name) const {
    if (!known()) return std::nullopt;
    const auto found = place(cluster_->members, name);
    if (!found && name == the_coordinator) return whoever_leads;
    return found;
}

std::optional<PathId> Names::path(std::string_view name) const {
    const auto found = known() ? place(cluster_->paths, name) : std::nullopt;
    return found ? std::optional(PathId(static_cast<std::uint8_t>(*found))) : std::nullopt;
}

Names::List Names::nodes() const {
    List names;
    if (!known()) return names;
    for (const MemberConfig& member : cluster_->members) names.push_back(member.name);
    return names;
}

Names::List Names::paths() const {
    List names;
    if (!known()) return names;
    for (const PathConfig& path : cluster_->paths) names.push_back(path.name);
    return names;
}

Names::List Names::fates() const {
    List names;
    if (!known()) return names;
    for (const PathConfig& path : cluster_->paths) {
        if (std::find(names.begin(), names.end(), path.fate) == names.end())
            names.push_back(path.fate);
    }
    return names;
}

}  // namespace inquest::sim
