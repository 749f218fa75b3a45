#include "tests/sim/whatif/costs.hpp"

#include "heartbeat/core/quorum.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace inquest::sim {
namespace {

using Names = std::vector<std::string>;

template <typename Is>
Names nodes(const Case& of, Is&& is) {
    Names names;
    for (const Effect& effect : of.effects) {
        if (is(effect)) names.push_back(effect.node);
    }
    return names;
}

Names running(const Case& of, Verdict verdict) {
    return nodes(of,
                 [&](const Effect& effect) { return effect.runs && effect.verdict == verdict; });
}

const std::string& fate(const ClusterConfig& cluster, const std::string& path) {
    return std::find_if(cluster.paths.begin(), cluster.paths.end(),
                        [&](const PathConfig& each) { return each.name == path; })
        ->fate;
}

const MemberConfig& member(const ClusterConfig& cluster, const std::string& name) {
    return *std::find_if(cluster.members.begin(), cluster.members.end(),
                         [&](const MemberConfig& each) { return each.name == name; });
}

/// The paths that are on and have both nodes.
Names shared(const ClusterConfig& cluster, const MemberConfig& a, const MemberConfig& b) {
    Names names;
    for (const PathId id : a.paths) {
        const PathConfig& path = cluster.paths[id.value];
        const bool both = std::count(b.paths.begin(), b.paths.end(), id) > 0;
        if (path.admin == Switched::on && both) names.push_back(path.name);
    }
    return names;
}

bool has_path_beside(const ClusterConfig& cluster, const std::string& node, const Fault& fault) {
    const Names names = shared(cluster, member(cluster, node), member(cluster, node));
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        if (fault.kind == Fault::Kind::cut) return fault.node != node || fault.path != name;
        return fault.kind != Fault::Kind::switch_off || fault.fate != fate(cluster, name);
    });
}

/// Whom a node with a cut link can no longer hear straight, and what to do.
std::string only_way(const ClusterConfig& cluster, const Case& of, const Names& names) {
    if (of.faults.size() != 1 || names.size() != 1) return "";
    const Fault& fault = of.faults.front();
    if (fault.kind != Fault::Kind::cut || fault.node != names.front()) return "";
    Names apart;
    for (const MemberConfig& other : cluster.members) {
        if (shared(cluster, member(cluster, fault.node), other) == Names{fault.path})
            apart.push_back(other.name);
    }
    return fmt::format(": it shares only {} with {}: give them one more path in common", fault.path,
                       listed(apart));
}

/// Why these nodes are cut off, and what to do; empty where it cannot be said simply.
std::string because(const ClusterConfig& cluster, const Case& of, const Names& names) {
    if (of.faults.size() != 1) return "";
    const Fault& fault = of.faults.front();
    if (std::any_of(names.begin(), names.end(),
                    [&](const std::string& name) { return has_path_beside(cluster, name, fault); }))
        return "";
    const bool one = names.size() == 1;
    const std::string remedy =
        one ? "give it one more path, over another switch" : "add a path over another switch";
    if (fault.kind == Fault::Kind::cut)
        return fmt::format(": {} is its only path: {}", fault.path, remedy);
    return fmt::format(": all {} paths depend on {}: {}", one ? "its" : "their", fault.fate,
                       remedy);
}

std::string verb(const Names& names, const char* one, const char* several) {
    return names.size() == 1 ? one : several;
}

// ---- One sentence each; empty where it is not so
// --------------------------------------------------

/// Do nodes that are missed hear somebody all the same: others that are missed?
bool is_split(const Case& of) {
    return std::any_of(of.effects.begin(), of.effects.end(), [](const Effect& effect) {
        const bool missed = effect.verdict == Verdict::lost || effect.verdict == Verdict::suspect;
        return effect.runs && missed && !effect.hears_nobody;
    });
}

std::string split(const Case& of) {
    if (!is_split(of)) return "";
    const Names names = running(of, Verdict::lost);
    const std::string parts = "the cluster is cut into parts that do not hear each other";
    if (names.empty()) return parts;
    return fmt::format("{}: the part with the quorum would fail over {}", parts, listed(names));
}

std::string cut_off(const ClusterConfig& cluster, const Case& of) {
    const Names names = running(of, Verdict::lost);
    if (names.empty() || is_split(of)) return "";
    const bool fails_over =
        std::any_of(of.effects.begin(), of.effects.end(), [](const Effect& effect) {
            return effect.runs && effect.verdict == Verdict::lost && effect.would_fail_over;
        });
    return fmt::format("{} {}, but no other node hears {}{}{}", listed(names),
                       verb(names, "runs", "run"), verb(names, "it", "them"),
                       fails_over ? ", and the cluster would fail over" : "",
                       because(cluster, of, names));
}

/// Whose own link is down says nothing of whoever is behind it.
constexpr const char* blind = "too few of the others have a working link to call it lost";

std::string doubted(const ClusterConfig& cluster, const Case& of) {
    const Names names = running(of, Verdict::suspect);
    if (names.empty() || is_split(of)) return "";
    const char* why = of.quorate ? blind : "too few votes are left to call it lost";
    return fmt::format("{} {}, but no other node hears {}: {}{}", listed(names),
                       verb(names, "runs", "run"), verb(names, "it", "them"), why,
                       because(cluster, of, names));
}

std::string alone(const ClusterConfig& cluster, const Case& of) {
    const Names names = running(of, Verdict::isolated);
    if (names.empty()) return "";
    if (names.size() > 1)
        return listed(names) + " no longer hear each other" + because(cluster, of, names);
    return "the node that is left cannot tell whether it is cut off itself";
}

std::string divided(const ClusterConfig& cluster, const Case& of) {
    const Names names = running(of, Verdict::partitioned);
    if (names.empty()) return "";
    return fmt::format("{} {} heard by some nodes and not by others{}", listed(names),
                       verb(names, "is", "are"), only_way(cluster, of, names));
}

std::string taken_for_lost(const Case& of) {
    const Names names = nodes(of, [](const Effect& effect) {
        return effect.runs && effect.would_fail_over && effect.verdict != Verdict::lost;
    });
    if (names.empty()) return "";
    return fmt::format("{} {}, yet the cluster would fail over", listed(names),
                       verb(names, "runs", "run"));
}

std::string no_quorum(const Case& of) {
    if (of.quorate) return "";
    std::string remedy;
    if (of.faults.size() == 1 && of.voters == 2) remedy = ": add a witness on a third machine";
    if (of.faults.size() == 1 && of.voters == 1) remedy = ": let three nodes vote";
    const Names left = nodes(of, [](const Effect& effect) { return effect.runs; });
    if (left.empty()) return "no node is left";
    return fmt::format(
        "no quorum is left, so nothing fails over: {} of {} votes are together, {} are "
        "needed{}",
        of.votes_together, of.voters, votes_needed(of.voters), remedy);
}

std::string not_failed_over(const Case& of) {
    const Names names =
        nodes(of, [](const Effect& effect) { return !effect.runs && !effect.would_fail_over; });
    if (names.empty() || !of.quorate) return "";
    return fmt::format("{} would not be failed over: {}", listed(names), blind);
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
    if (names.empty()) return "";
    std::string text = names.front();
    for (std::size_t i = 1; i < names.size(); ++i) {
        text += (i + 1 == names.size() ? " and " : ", ") + names[i];
    }
    return text;
}

std::vector<std::string> costs(const ClusterConfig& cluster, const Case& of) {
    std::vector<std::string> all;
    for (std::string sentence :
         {split(of), cut_off(cluster, of), doubted(cluster, of), alone(cluster, of),
          divided(cluster, of), taken_for_lost(of), no_quorum(of), not_failed_over(of)}) {
        if (!sentence.empty()) all.push_back(std::move(sentence));
    }
    return all;
}

}  // namespace inquest::sim
