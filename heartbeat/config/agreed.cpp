#include "heartbeat/config/agreed.hpp"

#include "heartbeat/config/duration.hpp"
#include "heartbeat/config/fence_changes.hpp"
#include "heartbeat/core/expected_votes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace inquest::config {
namespace {

constexpr const char* cluster_file = "cluster.toml";

std::string node_key(std::size_t place, std::string_view rest) {
    return fmt::format("node.{}.{}", place + 1, rest);
}

// ---- What the daemon runs with ------------------------------------------------------------------

/// What node.toml says of the path of this name, in a list that it has for each path.
Interface said_of(std::string_view path, const HostConfig& here,
                  const std::vector<Interface>& said) {
    for (std::size_t i = 0; i < here.cluster.paths.size() && i < said.size(); ++i) {
        if (here.cluster.paths[i].name == path) return said[i];
    }
    return {};
}

void add_endpoints(const ClusterState& state, std::size_t place, HostConfig& config) {
    const AgreedMember& member = state.members[place];
    for (const PathAddress& at : member.addresses) {
        const std::string key = node_key(place, "address." + state.paths[at.path.value].name);
        auto address = parse_address(at.address);
        std::optional<AddressProblem> problem;
        if (!address)
            problem = address.error();
        else
            problem = misfit(*address, state.paths[at.path.value].kind);
        if (!problem) {
            config.endpoints.push_back({member.id, at.path, std::move(*address), 0, key});
            continue;
        }
        config.warnings.push_back({Severity::warning, cluster_file, 0, key,
                                   problem->what + ", as the cluster has agreed", problem->remedy});
    }
}

// ---- What a file would like instead -------------------------------------------------------------

class Comparison {
 public:
    Comparison(const ClusterState& state, const HostConfig& wanted)
        : state_(state), wanted_(wanted), voting_(expected_votes(state, Counting::invited_too)) {}

    Wanted compared() {
        if (wanted_.cluster.name != state_.name) {
            complain("cluster", fmt::format("the cluster's name is {} for ever", state_.name),
                     "is this the file of another cluster?");
        }
        compare_paths();
        if (wanted_.cluster.timing != state_.timing)
            result_.changes.emplace_back(TimingSet{wanted_.cluster.timing});
        compare_members();
        for (Wanted::Change& change : fence_changes(state_, wanted_.cluster))
            result_.changes.push_back(std::move(change));
        return std::move(result_);
    }

 private:
    void compare_paths() {
        const auto& paths = wanted_.cluster.paths;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            const AgreedPath terms{.name = paths[i].name,
                                   .kind = paths[i].kind,
                                   .fate = paths[i].fate,
                                   .port = wanted_.ports[i],
                                   .admin = paths[i].admin};
            if (i < state_.paths.size() && !same_path(i, terms)) continue;
            if (i >= state_.paths.size() || state_.paths[i] != terms)
                result_.changes.emplace_back(PathSet{PathId(static_cast<std::uint8_t>(i)), terms});
        }
        for (std::size_t i = paths.size(); i < state_.paths.size(); ++i) {
            complain(
                "path",
                fmt::format("{} is missing, and paths are never removed", state_.paths[i].name),
                "keep it, with off = true where it is not to be used");
        }
    }

    bool same_path(std::size_t place, const AgreedPath& terms) {
        const AgreedPath& agreed = state_.paths[place];
        if (agreed.name == terms.name && agreed.kind == terms.kind) return true;
        complain(fmt::format("path.{}.name", place + 1),
                 fmt::format("path {} is {} ({}), and a path keeps its place, name and kind",
                             place + 1, agreed.name, word(agreed.kind)),
                 "put the paths back in their order, and new ones at the end");
        return false;
    }

    void compare_members() {
        for (std::size_t i = 0; i < wanted_.cluster.members.size(); ++i) {
            const MemberConfig& member = wanted_.cluster.members[i];
            const AgreedMember* agreed = state_.member(member.name);
            if (agreed != nullptr)
                compare_member(i, member, *agreed);
            else
                complain(
                    node_key(i, "name"), member.name + " is no member",
                    fmt::format("run `inquest invite {}`, and leave it out here", member.name));
        }
        for (const AgreedMember& agreed : state_.members) {
            const auto& members = wanted_.cluster.members;
            const bool there =
                std::any_of(members.begin(), members.end(),
                            [&](const MemberConfig& member) { return member.name == agreed.name; });
            if (!there)
                complain(
                    "node", agreed.name + " is a member and is missing",
                    fmt::format("run `inquest remove {0}`, or keep [[node]] {0}", agreed.name));
        }
    }

    void compare_member(std::size_t place, const MemberConfig& member, const AgreedMember& agreed) {
        if (member.id != agreed.id)
            complain(node_key(place, "id"),
                     fmt::format("{} has the id {}, and keeps it", member.name, agreed.id.value),
                     "put it back");
        if (member.role != agreed.role)
            complain(node_key(place, "role"), member.name + " was invited with another role",
                     fmt::format("run `inquest remove {0}`, then invite {0} with the role that it "
                                 "is to have",
                                 member.name));
        const bool votes = std::count(voting_.begin(), voting_.end(), agreed.id) > 0;
        if (member.votes != votes)
            warn(node_key(place, "vote"),
                 fmt::format("{} {}; the cluster gives votes by itself", member.name,
                             votes ? "votes" : "does not vote"),
                 "invite a node with --no-vote to keep it from voting");
        compare_addresses(place, member, agreed);
    }

    void compare_addresses(std::size_t place, const MemberConfig& member,
                           const AgreedMember& agreed) {
        std::vector<PathAddress> addresses;
        for (std::size_t i = 0; i < wanted_.cluster.paths.size(); ++i) {
            const PathId path(static_cast<std::uint8_t>(i));
            if (const Endpoint* end = wanted_.endpoint(member.id, path))
                addresses.push_back({path, end->address.text});
        }
        if (addresses == agreed.addresses) return;
        complain(node_key(place, "address"),
                 member.name + " has other addresses, and a member's addresses stay as they are",
                 fmt::format("run `inquest remove {0}`, reset it, and invite {0} with its new "
                             "addresses",
                             member.name));
    }

    void complain(std::string where, std::string what, std::string remedy) {
        result_.complaints.push_back({Severity::error, cluster_file, 0, std::move(where),
                                      std::move(what), std::move(remedy)});
    }
    void warn(std::string where, std::string what, std::string remedy) {
        result_.complaints.push_back({Severity::warning, cluster_file, 0, std::move(where),
                                      std::move(what), std::move(remedy)});
    }

    const ClusterState& state_;
    const HostConfig& wanted_;
    std::vector<MemberId> voting_;  ///< when everybody invited has joined
    Wanted result_;
};

// ---- In words -----------------------------------------------------------------------------------

/// "X 400ms instead of 1s", where the two differ.
void tell(std::vector<std::string>& sentences, std::string_view what, Duration before,
          Duration after) {
    if (before == after) return;
    sentences.push_back(
        fmt::format("{} {} instead of {}", what, duration_text(after), duration_text(before)));
}

std::vector<std::string> told(const Timing& before, const Timing& after) {
    std::vector<std::string> sentences;
    tell(sentences, "each path beats every", before.beat_interval, after.beat_interval);
    tell(sentences, "a silent path is noticed after", before.path_limit, after.path_limit);
    tell(sentences, "something may be done about a silent node after", before.condemn_after,
         after.condemn_after);
    tell(sentences, "a node that starts may stay unheard for", before.boot_grace, after.boot_grace);
    tell(sentences, "a loss of all networks stops nobody for", before.lease, after.lease);
    tell(sentences, "a node whose daemon has died is excused for", before.restart_grace,
         after.restart_grace);
    tell(sentences, "a node without a lease is reset within", before.watchdog, after.watchdog);
    tell(sentences, "the wait for a node that resets itself has a margin of", before.margin,
         after.margin);
    return sentences;
}

std::vector<std::string> told(const AgreedPath& before, const AgreedPath& after) {
    std::vector<std::string> sentences;
    if (before.fate != after.fate)
        sentences.push_back(fmt::format("path {} depends on {} instead of {}", after.name,
                                        after.fate, before.fate));
    if (before.port != after.port)
        sentences.push_back(
            fmt::format("path {} beats on port {} instead of {}, and is silent "
                        "between nodes of which one has not followed yet",
                        after.name, after.port, before.port));
    if (before.admin != after.admin)
        sentences.push_back(
            after.admin == Switched::off
                ? fmt::format("path {} is switched off: nothing is sent on it, and nothing is "
                              "concluded from it",
                              after.name)
                : fmt::format("path {} is switched on", after.name));
    return sentences;
}

}  // namespace

HostConfig host_config(const ClusterState& state, const HostConfig& here) {
    HostConfig result{
        .cluster = configuration(state), .self = here.self, .self_line = here.self_line};
    result.watchdog = here.watchdog;
    for (const AgreedPath& path : state.paths) {
        result.ports.push_back(path.port);
        result.interfaces.push_back(said_of(path.name, here, here.interfaces));
        result.devices.push_back(said_of(path.name, here, here.devices));
    }
    for (std::size_t place = 0; place < state.members.size(); ++place)
        add_endpoints(state, place, result);
    return result;
}

Wanted changes_between(const ClusterState& state, const HostConfig& wanted) {
    return Comparison(state, wanted).compared();
}

std::vector<std::string> effects(const ClusterState& state, const Wanted::Change& change) {
    if (const auto* set = std::get_if<TimingSet>(&change)) return told(state.timing, set->timing);
    if (!std::holds_alternative<PathSet>(change)) return fence_effects(state, change);
    const PathSet& set = std::get<PathSet>(change);
    if (set.path.value < state.paths.size()) return told(state.paths[set.path.value], set.terms);
    return {fmt::format(
        "path {} ({}, depends on {}{}) is new, and no member has an address "
        "on it yet: only nodes that are invited from now on can use it",
        set.terms.name, word(set.terms.kind), set.terms.fate,
        set.terms.kind == PathKind::disk ? "" : fmt::format(", port {}", set.terms.port))};
}

}  // namespace inquest::config
