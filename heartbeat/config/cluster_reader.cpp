#include "heartbeat/config/cluster_reader.hpp"

#include "heartbeat/config/digest.hpp"
#include "heartbeat/config/fence_reader.hpp"
#include "heartbeat/config/section.hpp"
#include "heartbeat/config/suggestion.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

namespace inquest::config {
namespace {

constexpr std::string_view cluster_file = "cluster.toml";

/// Lists longer than this are cut after a complaint; it keeps every index within its type.
constexpr std::size_t list_length_max = 200;

struct Place {
    std::string list;
    std::size_t index;

    std::string key() const { return list + "." + std::to_string(index + 1); }
};

class ClusterReader {
 public:
    ClusterReader(const Value& root, HostConfig& config, Complaints& complaints)
        : root_(cluster_file, "", root, complaints), config_(config), complaints_(complaints) {}

    void read() {
        root_.complain_of_unknown({"cluster", "profile", "timing", "path", "node", "fence"});
        config_.cluster.name = root_.text("cluster").value_or("");
        read_timing();
        const auto paths = cut(root_.tables("path"), "path");
        for (std::size_t i = 0; i < paths.size(); ++i) read_path({"path", i}, *paths[i]);
        const auto nodes = cut(root_.tables("node"), "node");
        for (std::size_t i = 0; i < nodes.size(); ++i) read_node({"node", i}, *nodes[i]);
        read_fence(root_.value(), config_.cluster, complaints_);
        give_votes();
        check_endpoints();
        check_relations();
        config_.cluster.hash = digest(config_);
    }

 private:
    Section section(const Place& place, const Value& table) {
        return {cluster_file, place.key(), table, complaints_};
    }

    std::vector<const Value*> cut(std::vector<const Value*> tables, std::string_view name) {
        if (tables.size() > list_length_max) {
            root_.complain(*tables[list_length_max], name,
                           "has more than " + std::to_string(list_length_max) + " entries",
                           "remove what is too much");
            tables.resize(list_length_max);
        }
        return tables;
    }

    void read_timing() {
        Timing& timing = config_.cluster.timing;
        if (root_.choice("profile", {"default", "fast"}) == 1) timing = Timing::fast();
        const Value* table = root_.table("timing");
        if (!table) return;
        const Section section(cluster_file, "timing", *table, complaints_);
        section.complain_of_unknown({"beat_interval", "path_limit", "condemn_after", "boot_grace",
                                     "lease", "restart_grace", "watchdog", "margin"},
                                    {"election_timeout", "pulse_limit"});
        timing.beat_interval = section.duration("beat_interval").value_or(timing.beat_interval);
        timing.path_limit = section.duration("path_limit").value_or(timing.path_limit);
        timing.condemn_after = section.duration("condemn_after").value_or(timing.condemn_after);
        timing.boot_grace = section.duration("boot_grace").value_or(timing.boot_grace);
        timing.lease = section.duration("lease").value_or(timing.lease);
        timing.restart_grace = section.duration("restart_grace").value_or(timing.restart_grace);
        timing.watchdog = section.duration("watchdog").value_or(timing.watchdog);
        timing.margin = section.duration("margin").value_or(timing.margin);
    }

    void read_path(const Place& place, const Value& table) {
        const Section path = section(place, table);
        path.complain_of_unknown({"name", "kind", "fate", "port", "off"});
        PathConfig read;
        read.name = path.text("name").value_or("");
        read.fate = path.text("fate").value_or("");
        const auto kind = path.choice("kind", {"udp", "l2", "rdma", "disk"});
        if (!table.find("kind")) path.complain(table, "kind", "is missing", "add kind = \"udp\"");
        read.kind = static_cast<PathKind>(kind.value_or(0));
        if (const Value* port = table.find("port"); port && read.kind == PathKind::disk)
            path.complain(*port, "port", "is of networks alone", "remove it");
        read.admin = path.flag("off").value_or(false) ? Switched::off : Switched::on;
        config_.cluster.paths.push_back(std::move(read));
        config_.ports.push_back(
            static_cast<std::uint16_t>(path.number("port", 1, 65535).value_or(beat_port)));
    }

    void read_node(const Place& place, const Value& table) {
        const Section node = section(place, table);
        node.complain_of_unknown({"name", "id", "role", "vote", "address", "fence"});
        MemberConfig read;
        read.name = node.text("name").value_or("");
        read.id = MemberId(static_cast<std::uint16_t>(node.number("id", 1, 65535).value_or(0)));
        if (!table.find("id")) {
            node.complain(table, "id", "is missing",
                          "add a number from 1 to 65535 that no other node has");
        }
        read.role = node.choice("role", {"voter", "witness"}) == 1 ? Role::witness : Role::voter;
        votes_.push_back(node.flag("vote"));
        if (const Value* addresses = node.table("address")) {
            read_addresses(place.key() + ".address", *addresses, read);
        }
        config_.cluster.members.push_back(std::move(read));
    }

    void read_addresses(const std::string& key, const Value& table, MemberConfig& member) {
        const Section section(cluster_file, key, table, complaints_);
        for (const Field& field : section.value().fields) {
            const auto path = path_named(field.name);
            if (!path) {
                section.complain(field.value, field.name, "is no path of this file",
                                 suggestion(field.name, path_names()));
                continue;
            }
            // The member is on the path, however badly its address is written.
            member.paths.push_back(*path);
            const auto written = section.text(field.name);
            if (!written) continue;
            auto address = parse_address(*written);
            if (!address) {
                section.complain(field.value, field.name, address.error().what,
                                 address.error().remedy);
                continue;
            }
            const auto& terms = config_.cluster.paths[path->value];
            if (const auto problem = misfit(*address, terms.kind)) {
                section.complain(field.value, field.name, problem->what, problem->remedy);
                continue;
            }
            if (is_loopback(*address)) {
                section.warn(field.value, field.name,
                             address->text +
                                 " never leaves the host, so only daemons of this "
                                 "host hear each other",
                             "write the node's own address on the path");
            }
            config_.endpoints.push_back(
                {member.id, *path, std::move(*address), field.value.line, key + "." + field.name});
            owners_.push_back(member.name);
        }
    }

    /// At most voters_max vote. Who is told to comes first, then witnesses, which do nothing else,
    /// then the others in the order of the file.
    void give_votes() {
        auto& members = config_.cluster.members;
        std::size_t votes =
            static_cast<std::size_t>(std::count(votes_.begin(), votes_.end(), std::optional(true)));
        for (std::size_t i = 0; i < members.size(); ++i)
            members[i].votes = votes_[i].value_or(false);
        for (const Role role : {Role::witness, Role::voter}) {
            for (std::size_t i = 0; i < members.size() && votes < voters_max; ++i) {
                if (votes_[i] || members[i].role != role) continue;
                members[i].votes = true;
                ++votes;
            }
        }
    }

    void check_endpoints() {
        const auto& ends = config_.endpoints;
        for (std::size_t b = 0; b < ends.size(); ++b) {
            for (std::size_t a = 0; a < b; ++a) check_endpoints(a, b);
        }
    }

    void check_endpoints(std::size_t a, std::size_t b) {
        const Endpoint& earlier = config_.endpoints[a];
        const Endpoint& later = config_.endpoints[b];
        const std::string& earlier_path = config_.cluster.paths[earlier.path.value].name;
        const std::string& later_path = config_.cluster.paths[later.path.value].name;
        // A slot is a place on one path's disk; an IP address is the same place on every path.
        const bool is_slot = later.address.family == Family::slot;
        const bool one_place =
            is_slot ? earlier.path == later.path
                    : config_.ports[earlier.path.value] == config_.ports[later.path.value];
        if (earlier.address == later.address && one_place) {
            complain_of_endpoint(b,
                                 later.address.text + " is the " + (is_slot ? "slot" : "address") +
                                     " of " + owners_[a] + " on " + earlier_path + " too (line " +
                                     std::to_string(earlier.line) + ")",
                                 std::string("give each node ") +
                                     (is_slot ? "a slot" : "an address") +
                                     " of its own on each path");
        }
        // Once a path: against its first endpoint.
        if (earlier.path == later.path && first_on(later.path) == a &&
            earlier.address.family != later.address.family) {
            complain_of_endpoint(b,
                                 owners_[a] + " has an address of the other family on " +
                                     later_path + " (line " + std::to_string(earlier.line) +
                                     "), so the two cannot reach each other",
                                 "use IPv4 or IPv6 for all nodes of one path");
        }
    }

    std::size_t first_on(PathId path) const {
        const auto found = std::find_if(config_.endpoints.begin(), config_.endpoints.end(),
                                        [&](const Endpoint& end) { return end.path == path; });
        return static_cast<std::size_t>(found - config_.endpoints.begin());
    }

    void complain_of_endpoint(std::size_t index, std::string what, std::string remedy) {
        const Endpoint& end = config_.endpoints[index];
        complaints_.push_back({Severity::error, std::string(cluster_file), end.line, end.key,
                               std::move(what), std::move(remedy)});
    }

    // The core's findings get their lines. What only follows from an earlier complaint is left out:
    // the same key again, and warnings about a file that was read in part.
    void check_relations() {
        const Complaints read = complaints_;
        for (const Problem& problem : problems(config_.cluster)) {
            if (problem.severity == Severity::warning && has_error(read)) continue;
            if (follows(problem, read)) continue;
            complaints_.push_back({problem.severity, std::string(cluster_file),
                                   line_of(problem.where), problem.where, problem.what,
                                   problem.remedy});
        }
    }

    static bool follows(const Problem& problem, const Complaints& read) {
        const bool about_addresses = problem.where.ends_with(".address");
        return std::any_of(read.begin(), read.end(), [&](const Complaint& complaint) {
            if (complaint.severity != Severity::error || complaint.file != cluster_file)
                return false;
            return complaint.key == problem.where ||
                   (about_addresses && (complaint.key.find(".address") != std::string::npos ||
                                        complaint.key.starts_with("path")));
        });
    }

    /// The line of a key, or of the nearest thing above it that is written.
    int line_of(std::string_view where) const {
        const Value* value = &root_.value();
        int line = 0;
        while (!where.empty()) {
            const std::size_t dot = std::min(where.find('.'), where.size());
            value = step(*value, where.substr(0, dot));
            if (!value) break;
            line = value->line;
            where.remove_prefix(std::min(dot + 1, where.size()));
        }
        const Value* profile = root_.value().find("profile");
        return line == 0 && where.starts_with("timing") && profile ? profile->line : line;
    }

    static const Value* step(const Value& value, std::string_view name) {
        if (value.type != Value::Type::list) return value.find(name);
        std::size_t number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        return number >= 1 && number <= value.items.size() ? &value.items[number - 1] : nullptr;
    }

    std::optional<PathId> path_named(std::string_view name) const {
        const auto& paths = config_.cluster.paths;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            if (paths[i].name == name) return PathId(static_cast<std::uint8_t>(i));
        }
        return std::nullopt;
    }

    std::vector<std::string_view> path_names() const {
        std::vector<std::string_view> names;
        for (const PathConfig& path : config_.cluster.paths) names.push_back(path.name);
        return names;
    }

    Section root_;
    HostConfig& config_;
    Complaints& complaints_;
    std::vector<std::optional<bool>> votes_;  ///< [member], as written
    std::vector<std::string> owners_;         ///< [endpoint], the member's name
};

}  // namespace

void read_cluster(const Value& root, HostConfig& config, Complaints& complaints) {
    ClusterReader(root, config, complaints).read();
}

}  // namespace inquest::config
