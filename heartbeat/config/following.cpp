#include "heartbeat/config/following.hpp"

#include "heartbeat/core/duration_text.hpp"

#include <algorithm>
#include <utility>

namespace inquest::config {
namespace {

constexpr const char* cluster_file = "cluster.toml";

Complaint refused(const char* file, std::string key, std::string what, std::string remedy) {
    return {Severity::error, file, 0, std::move(key), std::move(what), std::move(remedy)};
}

const MemberConfig* member_of(const HostConfig& config, MemberId id) {
    const auto& members = config.cluster.members;
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const MemberConfig& member) { return member.id == id; });
    return found == members.end() ? nullptr : &*found;
}

PathId path_id(std::size_t place) { return PathId(static_cast<std::uint8_t>(place)); }

void check_identity(const HostConfig& before, const HostConfig& now, Complaints& complaints) {
    if (now.cluster.name != before.cluster.name)
        complaints.push_back(refused(cluster_file, "cluster",
                                     "\"" + before.cluster.name + "\" has become \"" +
                                         now.cluster.name + "\", which is another cluster",
                                     "restart inquestd if that is meant"));
    if (now.self != before.self)
        complaints.push_back(refused("node.toml", "node",
                                     "this node was " + before.member(before.self).name +
                                         " and would become " + now.member(now.self).name,
                                     "restart inquestd if that is meant"));
}

void check_paths(const HostConfig& before, const HostConfig& now, Complaints& complaints) {
    const auto& old_paths = before.cluster.paths;
    const auto& new_paths = now.cluster.paths;
    for (std::size_t i = 0; i < old_paths.size(); ++i) {
        const bool kept = i < new_paths.size() && new_paths[i].name == old_paths[i].name &&
                          new_paths[i].kind == old_paths[i].kind;
        if (kept) continue;
        complaints.push_back(refused(
            cluster_file, "path." + std::to_string(i + 1) + ".name",
            "path " + std::to_string(i + 1) + " was \"" + old_paths[i].name +
                "\", and a path keeps its place and kind while the cluster runs",
            "append new paths behind the last one, and set `off = true` on one that is to go"));
        return;  // all behind it have moved too
    }
}

/// Do both say the same of where this member is on this path?
bool is_kept(const HostConfig& before, const HostConfig& now, MemberId member, PathId path) {
    const Endpoint* then = before.endpoint(member, path);
    const Endpoint* later = now.endpoint(member, path);
    return then != nullptr && later != nullptr && then->address == later->address &&
           before.ports[path.value] == now.ports[path.value] &&
           before.cluster.paths[path.value].admin == Switched::on &&
           now.cluster.paths[path.value].admin == Switched::on;
}

bool keep_a_path(const HostConfig& before, const HostConfig& now, MemberId a, MemberId b) {
    for (std::size_t i = 0; i < before.cluster.paths.size(); ++i) {
        const PathId path = path_id(i);
        if (is_kept(before, now, a, path) && is_kept(before, now, b, path)) return true;
    }
    return false;
}

void check_pairs(const HostConfig& before, const HostConfig& now, Complaints& complaints) {
    const auto& members = now.cluster.members;
    for (std::size_t b = 0; b < members.size(); ++b) {
        for (std::size_t a = 0; a < b; ++a) {
            const bool stay = member_of(before, members[a].id) && member_of(before, members[b].id);
            if (!stay || keep_a_path(before, now, members[a].id, members[b].id)) continue;
            complaints.push_back(
                refused(cluster_file, "path",
                        members[a].name + " and " + members[b].name +
                            " keep no path between them: until both have followed, neither would "
                            "hear the other",
                        "make the change in two steps, with one path left as it is in each"));
            return;
        }
    }
}

// ---- Differences --------------------------------------------------------------------------------

using Phrases = std::vector<std::string>;

void tell_members(const HostConfig& before, const HostConfig& now, Phrases& told) {
    for (const MemberConfig& member : now.cluster.members) {
        const MemberConfig* then = member_of(before, member.id);
        if (then == nullptr)
            told.push_back(member.name + " added");
        else if (then->name != member.name)
            told.push_back(then->name + " is called " + member.name);
    }
    for (const MemberConfig& member : before.cluster.members) {
        if (member_of(now, member.id) == nullptr) told.push_back(member.name + " removed");
    }
}

void tell_path(const PathConfig& then, const PathConfig& path, Phrases& told) {
    if (then.admin != path.admin)
        told.push_back("path " + path.name + (path.admin == Switched::on ? " on" : " off"));
    if (then.fate != path.fate)
        told.push_back("path " + path.name + " fate " + then.fate + " -> " + path.fate);
}

void tell_paths(const HostConfig& before, const HostConfig& now, Phrases& told) {
    for (std::size_t i = 0; i < now.cluster.paths.size(); ++i) {
        const PathConfig& path = now.cluster.paths[i];
        if (i >= before.cluster.paths.size()) {
            told.push_back("path " + path.name + " added");
            continue;
        }
        tell_path(before.cluster.paths[i], path, told);
        if (before.ports[i] != now.ports[i])
            told.push_back("path " + path.name + " port " + std::to_string(before.ports[i]) +
                           " -> " + std::to_string(now.ports[i]));
        if (before.interfaces[i].name != now.interfaces[i].name)
            told.push_back("path " + path.name + " interface " + before.interfaces[i].name +
                           " -> " + now.interfaces[i].name);
        const std::string then = before.device(path_id(i)), later = now.device(path_id(i));
        if (then != later)
            told.push_back("path " + path.name + " device " + (then.empty() ? "none" : then) +
                           " -> " + (later.empty() ? "none" : later));
    }
}

void tell_votes(const HostConfig& before, const HostConfig& now, Phrases& told) {
    for (const MemberConfig& member : now.cluster.members) {
        const MemberConfig* then = member_of(before, member.id);
        if (then == nullptr) continue;
        if (then->joined != member.joined)
            told.push_back(member.name + (member.joined ? " joined" : " is only invited"));
        if (then->votes != member.votes)
            told.push_back(member.name + (member.votes ? " votes" : " votes no more"));
        if (then->role != member.role)
            told.push_back(member.name +
                           (member.role == Role::witness ? " is a witness" : " is no witness"));
    }
}

std::string text_of(const Endpoint* end) { return end == nullptr ? "none" : end->address.text; }

void tell_addresses(const HostConfig& before, const HostConfig& now, Phrases& told) {
    const std::size_t paths =
        std::min(before.cluster.paths.size(), now.cluster.paths.size());  // new ones are told whole
    for (const MemberConfig& member : now.cluster.members) {
        if (member_of(before, member.id) == nullptr) continue;
        for (std::size_t i = 0; i < paths; ++i) {
            const std::string then = text_of(before.endpoint(member.id, path_id(i)));
            const std::string later = text_of(now.endpoint(member.id, path_id(i)));
            if (then == later) continue;
            told.push_back(member.name + " on " + now.cluster.paths[i].name + " " + then + " -> " +
                           later);
        }
    }
}

void tell_timings(const Timing& before, const Timing& now, Phrases& told) {
    const auto tell = [&](const char* name, Duration then, Duration later) {
        if (then != later)
            told.push_back(std::string(name) + " " + text(then) + " -> " + text(later));
    };
    tell("beat_interval", before.beat_interval, now.beat_interval);
    tell("path_limit", before.path_limit, now.path_limit);
    tell("condemn_after", before.condemn_after, now.condemn_after);
    tell("boot_grace", before.boot_grace, now.boot_grace);
    tell("lease", before.lease, now.lease);
    tell("restart_grace", before.restart_grace, now.restart_grace);
    tell("watchdog", before.watchdog, now.watchdog);
    tell("margin", before.margin, now.margin);
}

}  // namespace

Complaints unfollowable(const HostConfig& before, const HostConfig& now) {
    Complaints complaints;
    check_identity(before, now, complaints);
    check_paths(before, now, complaints);
    if (complaints.empty()) check_pairs(before, now, complaints);
    return complaints;
}

std::vector<std::string> differences(const HostConfig& before, const HostConfig& now) {
    std::vector<std::string> told;
    tell_members(before, now, told);
    tell_paths(before, now, told);
    tell_votes(before, now, told);
    tell_addresses(before, now, told);
    tell_timings(before.cluster.timing, now.cluster.timing, told);
    return told;
}

}  // namespace inquest::config
