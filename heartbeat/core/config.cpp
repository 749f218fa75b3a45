// The relations that make a cluster's configuration safe. Every one is looked at, so that a person
// who repairs a file learns of all that is wrong with it at once.
#include "heartbeat/core/config.hpp"

#include "heartbeat/core/duration_text.hpp"
#include "heartbeat/core/fence_problems.hpp"
#include "heartbeat/core/watchdog_timing.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace inquest {
namespace {

constexpr std::size_t name_length_max = 63;

/// A beat carries ages of at most 65 s, so a longer limit could not be judged by other members.
constexpr Duration path_limit_max{60s};

/// Beyond this a person has long since acted; it also keeps all sums far from overflow.
constexpr Duration wait_max{1h};

/// Does the word stand for a node, or for several, in commands and timelines?
bool is_reserved(std::string_view name) {
    return name == "all" || name == "coordinator" || name == "self";
}

/// Collects what the checks below find.
class Findings {
 public:
    void error(std::string where, std::string what, std::string remedy) {
        add(Problem::Severity::error, std::move(where), std::move(what), std::move(remedy));
    }
    void warning(std::string where, std::string what, std::string remedy) {
        add(Problem::Severity::warning, std::move(where), std::move(what), std::move(remedy));
    }
    std::vector<Problem> take() { return std::move(found_); }

 private:
    void add(Problem::Severity severity, std::string where, std::string what, std::string remedy) {
        found_.push_back({severity, std::move(where), std::move(what), std::move(remedy)});
    }

    std::vector<Problem> found_;
};

/// "path.2.name": places count from 1, as people do.
std::string key(std::string_view list, std::size_t index, std::string_view field) {
    return std::string(list) + "." + std::to_string(index + 1) + "." + std::string(field);
}

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

bool is_on(const ClusterConfig& cluster, PathId path) {
    return path.value < cluster.paths.size() && cluster.paths[path.value].admin == Switched::on;
}

// ---- Names -------------------------------------------------------------------------------------

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > name_length_max || !is_letter(name.front())) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

void check_name(std::string_view name, std::string where, Findings& findings) {
    if (is_name(name)) return;
    if (name.empty()) {
        findings.error(std::move(where), "is empty or missing", "give it a name such as \"n1\"");
        return;
    }
    std::string what = name.size() > name_length_max
                           ? "is longer than " + std::to_string(name_length_max) + " characters"
                           : quoted(name) + " is no name";
    findings.error(std::move(where), std::move(what),
                   "use 1 to 63 of a-z, 0-9 and -, beginning with a letter");
}

/// Names or ids that an earlier entry of the same list has: `take` says which entry that was.
template <typename Value>
class Taken {
 public:
    /// The earlier entry with this value, or this one's own index where it is the first.
    std::size_t take(const Value& value) {
        const auto found = std::find(seen_.begin(), seen_.end(), value) - seen_.begin();
        seen_.push_back(value);
        return static_cast<std::size_t>(found);
    }

 private:
    std::vector<Value> seen_;
};

// ---- Timing ------------------------------------------------------------------------------------

bool check_range(Duration value, Duration least, Duration most, std::string_view name,
                 Findings& findings) {
    if (value >= least && value <= most) return true;
    const bool low = value < least;
    findings.error("timing." + std::string(name),
                   text(value) + " is " + (low ? "below " : "above ") + text(low ? least : most),
                   "set it to between " + text(least) + " and " + text(most));
    return false;
}

// The relations; each asks for values that are in their own ranges. Where one is not, they would
// only repeat that, and sums of what stands there could overflow.

void check_limit(const Timing& timing, Findings& findings) {
    const Duration limit_min = limit_intervals_min * timing.beat_interval;
    if (timing.path_limit >= limit_min) return;
    findings.error("timing.path_limit",
                   text(timing.path_limit) + " is below " + std::to_string(limit_intervals_min) +
                       " beat intervals (" + text(limit_min) + ")",
                   "set it to " + text(limit_min) + " or more");
}

void check_condemn(const Timing& timing, Findings& findings) {
    const Duration condemn_min = timing.path_limit + 2 * timing.beat_interval;
    if (timing.condemn_after >= condemn_min) return;
    findings.error("timing.condemn_after",
                   text(timing.condemn_after) + " is below path_limit and 2 beat intervals (" +
                       text(condemn_min) + "), so action would not wait for all testimonies",
                   "set it to " + text(condemn_min) + " or more");
}

void check_grace(const Timing& timing, Findings& findings) {
    if (timing.boot_grace >= timing.condemn_after) return;
    findings.error("timing.boot_grace",
                   text(timing.boot_grace) + " is below condemn_after (" +
                       text(timing.condemn_after) +
                       "), so a node that boots could be judged before it was heard",
                   "set it to " + text(timing.condemn_after) + " or more");
}

/// A grant travels with the next beat, and the beat that asks for it may be late.
void check_lease(const Timing& timing, Findings& findings) {
    const Duration lease_min = 2 * timing.path_limit;
    if (timing.lease >= lease_min) return;
    findings.error("timing.lease",
                   text(timing.lease) + " is below two path_limits (" + text(lease_min) +
                       "), so a node would lose its lease while its paths are only late",
                   "set it to " + text(lease_min) + " or more");
}

/// A node whose daemon is down is granted nothing: its keeper must not speak for it longer than its
/// guests may run on by what was granted before.
void check_restart(const Timing& timing, Findings& findings) {
    if (timing.restart_grace < timing.lease) return;
    findings.error("timing.restart_grace",
                   text(timing.restart_grace) + " is not below the lease (" + text(timing.lease) +
                       "), so a keeper would speak for a node that may run nothing any more",
                   "set it to less than " + text(timing.lease));
}

/// While a daemon is started again nobody feeds the watchdog.
void check_watchdog(const Timing& timing, Findings& findings) {
    const Duration timeout = device_timeout(timing.watchdog, reset_time_default);
    if (timing.restart_grace < timeout) return;
    const Duration least = std::chrono::floor<std::chrono::seconds>(timing.restart_grace) + 1s;
    const Duration wanted = reset_within(least, reset_time_default);
    findings.error("timing.watchdog",
                   text(timing.watchdog) + " lets a device be set to " + text(timeout) +
                       ", which is not above restart_grace (" + text(timing.restart_grace) +
                       "): a node would be reset while its daemon is excused",
                   "set it to " + std::to_string(wanted / 1s) + "s or more");
}

void check_timing(const Timing& timing, Findings& findings) {
    const bool interval_sound = check_range(timing.beat_interval, beat_interval_min,
                                            beat_interval_max, "beat_interval", findings);
    const bool limit_sound =
        check_range(timing.path_limit, Duration{1ms}, path_limit_max, "path_limit", findings);
    const bool condemn_sound =
        check_range(timing.condemn_after, Duration{1ms}, wait_max, "condemn_after", findings);
    const bool grace_sound =
        check_range(timing.boot_grace, Duration{1ms}, wait_max, "boot_grace", findings);
    const bool lease_sound = check_range(timing.lease, Duration{1ms}, wait_max, "lease", findings);
    const bool restart_sound =
        check_range(timing.restart_grace, Duration{1ms}, wait_max, "restart_grace", findings);
    const bool watchdog_sound =
        check_range(timing.watchdog, watchdog_min, wait_max, "watchdog", findings);
    check_range(timing.margin, Duration{1ms}, wait_max, "margin", findings);
    if (interval_sound && limit_sound) check_limit(timing, findings);
    if (interval_sound && limit_sound && condemn_sound) check_condemn(timing, findings);
    if (condemn_sound && grace_sound) check_grace(timing, findings);
    if (limit_sound && lease_sound) check_lease(timing, findings);
    if (lease_sound && restart_sound) check_restart(timing, findings);
    if (watchdog_sound && restart_sound) check_watchdog(timing, findings);
}

// ---- Paths -------------------------------------------------------------------------------------

void check_path_names(const ClusterConfig& cluster, Findings& findings) {
    Taken<std::string> names;
    for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
        const PathConfig& path = cluster.paths[i];
        check_name(path.name, key("path", i, "name"), findings);
        if (const std::size_t earlier = names.take(path.name); earlier != i && !path.name.empty()) {
            findings.error(
                key("path", i, "name"),
                quoted(path.name) + " is the name of path " + std::to_string(earlier + 1) + " too",
                "give each path a name of its own");
        }
    }
}

/// Paths with one fate fail together, so they are one piece of evidence.
void check_fates(const ClusterConfig& cluster, Findings& findings) {
    Taken<std::string> fates;
    for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
        const PathConfig& path = cluster.paths[i];
        if (path.fate.empty()) {
            findings.error(key("path", i, "fate"), "is empty or missing",
                           "name the switch, card or cable that the path depends on");
        } else {
            check_name(path.fate, key("path", i, "fate"), findings);
        }
        if (const std::size_t earlier = fates.take(path.fate); earlier != i && !path.fate.empty()) {
            findings.warning(key("path", i, "fate"),
                             path.name + " shares " + quoted(path.fate) + " with " +
                                 cluster.paths[earlier].name +
                                 ": they fail together and are one piece of evidence",
                             "lead one of them over something else, or correct its fate");
        }
    }
}

void check_path_kinds(const ClusterConfig& cluster, Findings& findings) {
    for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
        const PathKind kind = cluster.paths[i].kind;
        if (kind == PathKind::udp || kind == PathKind::disk) continue;
        findings.error(
            key("path", i, "kind"),
            quoted(word(kind)) + " is not there yet: this version beats on udp and disk paths only",
            "set it to \"udp\" or \"disk\", or remove the path");
    }
    const auto is_network = [](const PathConfig& path) { return path.kind != PathKind::disk; };
    if (!cluster.paths.empty() &&
        std::none_of(cluster.paths.begin(), cluster.paths.end(), is_network))
        findings.error("path.1.kind",
                       "all paths are disks, and what the members agree on travels over networks",
                       "add a path of kind \"udp\"");
}

void check_path_count(const ClusterConfig& cluster, Findings& findings) {
    const std::size_t count = cluster.paths.size();
    if (count == 0) {
        findings.error("path", "there is no [[path]]", "add at least one, better two");
        return;
    }
    if (count > paths_max) {
        findings.error(key("path", paths_max, "name"),
                       std::to_string(count) + " paths are more than " + std::to_string(paths_max),
                       "remove " + std::to_string(count - paths_max));
    }
    const auto on = std::count_if(cluster.paths.begin(), cluster.paths.end(),
                                  [](const auto& path) { return path.admin == Switched::on; });
    if (on == 0) {
        findings.error("path.1.off", "all paths are off, so no node could hear another",
                       "remove `off` from at least one path");
    } else if (on == 1) {
        findings.warning("path",
                         "only one path is on, so a cut network looks the same as a lost node",
                         "add a second path over another switch");
    }
}

// ---- Members -----------------------------------------------------------------------------------

void check_member_names(const ClusterConfig& cluster, Findings& findings) {
    Taken<std::string> names;
    for (std::size_t i = 0; i < cluster.members.size(); ++i) {
        const std::string& name = cluster.members[i].name;
        check_name(name, key("node", i, "name"), findings);
        if (is_reserved(name)) {
            findings.error(key("node", i, "name"),
                           quoted(name) + " has a meaning of its own in commands",
                           "choose another name");
        }
        if (const std::size_t earlier = names.take(name); earlier != i && !name.empty()) {
            findings.error(
                key("node", i, "name"),
                quoted(name) + " is the name of node " + std::to_string(earlier + 1) + " too",
                "give each node a name of its own");
        }
    }
}

void check_member_ids(const ClusterConfig& cluster, Findings& findings) {
    Taken<MemberId> ids;
    for (std::size_t i = 0; i < cluster.members.size(); ++i) {
        const MemberId id = cluster.members[i].id;
        const std::size_t earlier = ids.take(id);
        if (id == nobody) {
            findings.error(key("node", i, "id"), "0 is nobody's id",
                           "set it to a number from 1 to 65535 that no other node has");
        } else if (earlier != i) {
            findings.error(key("node", i, "id"),
                           std::to_string(id.value) + " is the id of " +
                               quoted(cluster.members[earlier].name) + " too",
                           "give each node an id of its own");
        }
    }
}

void check_member_count(const ClusterConfig& cluster, Findings& findings) {
    const std::size_t count = cluster.members.size();
    if (count == 0) {
        findings.error("node", "there is no [[node]]", "add the nodes of the cluster");
    } else if (count == 1) {
        findings.warning("node", "one node alone has nobody to watch", "add the other nodes");
    } else if (count > members_max) {
        findings.error(
            key("node", members_max, "name"),
            std::to_string(count) + " nodes are more than " + std::to_string(members_max),
            "remove " + std::to_string(count - members_max));
    }
}

void check_votes(const ClusterConfig& cluster, Findings& findings) {
    for (std::size_t i = 0; i < cluster.members.size(); ++i) {
        const MemberConfig& member = cluster.members[i];
        if (member.role != Role::witness || member.votes) continue;
        findings.error(
            key("node", i, "vote"),
            member.name + " is a witness without a vote, and a witness does nothing else",
            "set `vote = true`, and `vote = false` on another node if five vote already");
    }
    const int votes = voters(cluster);
    if (cluster.members.empty()) return;
    const std::string count = std::to_string(votes);
    if (votes == 0) {
        findings.error("node", "no node votes, so there could never be a quorum",
                       "remove `vote = false` from three nodes");
    } else if (votes > static_cast<int>(voters_max)) {
        findings.error(
            "node", count + " nodes vote, and at most " + std::to_string(voters_max) + " may",
            "set `vote = false` on " + std::to_string(votes - int{voters_max}) + " of them");
    } else if (votes == 2) {
        findings.warning("node",
                         "two nodes need a third vote: with one lost, the other cannot tell that "
                         "from a cut and has no quorum",
                         "add a witness (`role = \"witness\"`) on any small third machine");
    } else if (votes % 2 == 0) {
        findings.warning("node",
                         count + " votes bear the loss of " + std::to_string((votes - 1) / 2) +
                             ", which " + std::to_string(votes - 1) + " do too",
                         "add a witness, or set `vote = false` on one node");
    } else if (votes == 1 && cluster.members.size() > 1) {
        findings.warning("node", "only one node votes, so the quorum is lost together with it",
                         "let three nodes vote");
    }
}

// ---- Who is on which path ----------------------------------------------------------------------

void check_places(const ClusterConfig& cluster, Findings& findings) {
    for (std::size_t i = 0; i < cluster.members.size(); ++i) {
        const MemberConfig& member = cluster.members[i];
        std::set<PathId> seen;
        for (const PathId path : member.paths) {
            if (path.value >= cluster.paths.size() || !seen.insert(path).second) {
                findings.error(key("node", i, "address"),
                               member.name + " is on path number " + std::to_string(path.value) +
                                   ", which is not there or named twice",
                               "name paths of the list, each once");
            }
        }
        if (member.paths.empty()) {
            findings.error(key("node", i, "address"),
                           member.name + " is on no path, so nobody could ever hear it",
                           "give it an address on each path that it is wired to");
        }
    }
}

void check_path_ends(const ClusterConfig& cluster, Findings& findings) {
    for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
        const auto ends = std::count_if(
            cluster.members.begin(), cluster.members.end(), [i](const MemberConfig& member) {
                return std::count(member.paths.begin(), member.paths.end(),
                                  PathId(static_cast<std::uint8_t>(i))) > 0;
            });
        if (ends >= 2 || cluster.members.size() < 2) continue;
        findings.warning(key("path", i, "name"),
                         cluster.paths[i].name + " has " + (ends == 0 ? "no node" : "one node") +
                             " on it, so nothing is ever heard there",
                         "give two or more nodes an address on it, or remove it");
    }
}

int shared_paths(const ClusterConfig& cluster, const MemberConfig& a, const MemberConfig& b) {
    return static_cast<int>(std::count_if(a.paths.begin(), a.paths.end(), [&](PathId path) {
        return is_on(cluster, path) && std::count(b.paths.begin(), b.paths.end(), path) > 0;
    }));
}

void check_pairs(const ClusterConfig& cluster, Findings& findings) {
    const auto on = std::count_if(cluster.paths.begin(), cluster.paths.end(),
                                  [](const auto& path) { return path.admin == Switched::on; });
    const auto& members = cluster.members;
    for (std::size_t b = 1; b < members.size() && on > 0; ++b) {
        for (std::size_t a = 0; a < b; ++a) {
            // A node on no path has its own complaint.
            if (members[a].paths.empty() || members[b].paths.empty()) continue;
            const std::string pair = members[a].name + " and " + members[b].name;
            const int shared = shared_paths(cluster, members[a], members[b]);
            if (shared == 0) {
                findings.error(
                    key("node", b, "address"),
                    pair + " share no path that is on, so they could never hear each other",
                    "give both an address on one path, better on two");
            } else if (shared == 1 && on > 1) {
                findings.warning(key("node", b, "address"),
                                 pair +
                                     " share one path only, so between them a cut looks the "
                                     "same as a loss",
                                 "give both an address on a second path");
            }
        }
    }
}

}  // namespace

int voters(const ClusterConfig& cluster) {
    return static_cast<int>(std::count_if(cluster.members.begin(), cluster.members.end(),
                                          [](const MemberConfig& member) { return member.votes; }));
}

std::vector<Problem> problems(const ClusterConfig& cluster) {
    Findings findings;
    check_name(cluster.name, "cluster", findings);
    check_timing(cluster.timing, findings);
    check_path_count(cluster, findings);
    check_path_names(cluster, findings);
    check_path_kinds(cluster, findings);
    check_fates(cluster, findings);
    check_member_count(cluster, findings);
    check_member_names(cluster, findings);
    check_member_ids(cluster, findings);
    check_votes(cluster, findings);
    check_places(cluster, findings);
    check_path_ends(cluster, findings);
    check_pairs(cluster, findings);
    std::vector<Problem> all = findings.take();
    for (Problem& problem : fence_problems(cluster)) all.push_back(std::move(problem));
    return all;
}

}  // namespace inquest
