#include "tests/sim/whatif/audit.hpp"

#include "tests/sim/whatif/costs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace inquest::sim {
namespace {

using Sentences = std::vector<std::string>;

/// The paths of a member that are on.
std::vector<PathId> ways(const ClusterConfig& cluster, const MemberConfig& member) {
    std::vector<PathId> on;
    std::copy_if(member.paths.begin(), member.paths.end(), std::back_inserter(on),
                 [&](PathId path) { return cluster.paths[path.value].admin == Switched::on; });
    return on;
}

std::set<PathId> ways(const ClusterConfig& cluster) {
    std::set<PathId> on;
    for (const MemberConfig& member : cluster.members) {
        for (const PathId path : ways(cluster, member)) on.insert(path);
    }
    return on;
}

/// The one thing that all these paths depend on; empty where there is none, or one path only.
template <typename Paths>
std::string common_fate(const ClusterConfig& cluster, const Paths& paths) {
    if (paths.size() < 2) return "";
    const std::string& fate = cluster.paths[paths.begin()->value].fate;
    const bool common = std::all_of(paths.begin(), paths.end(), [&](PathId path) {
        return cluster.paths[path.value].fate == fate;
    });
    return common ? fate : "";
}

/// Has this member fewer ways than the cluster offers: one?
bool is_thin(const ClusterConfig& cluster, const MemberConfig& member) {
    return ways(cluster, member).size() == 1 && ways(cluster).size() > 1;
}

/// The audit speaks once of a node on one path; the configuration's check does so for each other
/// node with which it shares that path.
bool is_of_thin_pair(const ClusterConfig& cluster, const Problem& problem) {
    for (const MemberConfig& a : cluster.members) {
        for (const MemberConfig& b : cluster.members) {
            const bool thin = is_thin(cluster, a) || is_thin(cluster, b);
            if (thin && problem.what.rfind(a.name + " and " + b.name + " share ", 0) == 0)
                return true;
        }
    }
    return false;
}

void warn_of_configuration(const ClusterConfig& cluster, Sentences& found) {
    for (const Problem& problem : problems(cluster)) {
        if (!is_of_thin_pair(cluster, problem))
            found.push_back(problem.what + ": " + problem.remedy);
    }
}

void find_common_fates(const ClusterConfig& cluster, Sentences& found) {
    if (const std::string fate = common_fate(cluster, ways(cluster)); !fate.empty()) {
        found.push_back(fmt::format(
            "every path depends on {0}: when {0} fails, no node hears another: add a path over "
            "another switch",
            fate));
        return;
    }
    for (const MemberConfig& member : cluster.members) {
        const std::string fate = common_fate(cluster, ways(cluster, member));
        if (fate.empty()) continue;
        found.push_back(fmt::format(
            "all paths of {0} depend on {1}: when {1} fails, nobody hears {0}: give {0} a path "
            "over another switch",
            member.name, fate));
    }
}

void find_thin_nodes(const ClusterConfig& cluster, Sentences& found) {
    for (const MemberConfig& member : cluster.members) {
        if (!is_thin(cluster, member)) continue;
        const std::string& path = cluster.paths[ways(cluster, member).front().value].name;
        found.push_back(fmt::format(
            "{0} is on {1} only, so a cut of {1} looks the same as a loss of {0}: give {0} an "
            "address on a second path",
            member.name, path));
    }
}

/// What the configuration's warning of an even number of votes means on the day of a cut.
void find_halves(const ClusterConfig& cluster, Sentences& found) {
    const int votes = voters(cluster);
    if (votes <= 2 || votes % 2 != 0) return;
    found.push_back(fmt::format(
        "{} votes can be cut into two halves of {}: neither is a quorum, so nothing fails over "
        "then: let an odd number of nodes vote",
        votes, votes / 2));
}

void find_paths_off(const ClusterConfig& cluster, Sentences& found) {
    for (const PathConfig& path : cluster.paths) {
        if (path.admin == Switched::on) continue;
        found.push_back(fmt::format(
            "{} is switched off, so it is no way to hear a node when others fail: remove `off` "
            "when it is to carry beats again",
            path.name));
    }
}

void find_costly_faults(const std::vector<Case>& cases, Sentences& found) {
    std::vector<std::string> costly;
    for (const Case& each : cases) {
        if (each.faults.size() == 1 && !each.costs.empty())
            costly.push_back(text(each.faults.front()));
    }
    if (costly.empty()) return;
    found.push_back(fmt::format("{} single {} more than the node that has {}: {}", costly.size(),
                                costly.size() == 1 ? "fault costs" : "faults cost",
                                costly.size() == 1 ? "it" : "them", fmt::join(costly, ", ")));
}

}  // namespace

std::vector<std::string> audit(const ClusterConfig& cluster, const std::vector<Case>& cases) {
    Sentences found;
    warn_of_configuration(cluster, found);
    find_halves(cluster, found);
    find_common_fates(cluster, found);
    find_thin_nodes(cluster, found);
    find_paths_off(cluster, found);
    find_costly_faults(cases, found);
    return found;
}

}  // namespace inquest::sim
