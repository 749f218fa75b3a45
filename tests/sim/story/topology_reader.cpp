#include "tests/sim/story/topology_reader.hpp"

#include "heartbeat/config/suggestion.hpp"
#include "tests/sim/story/fence_levels.hpp"
#include "tests/sim/story/header_lines.hpp"
#include "tests/sim/story/name_reader.hpp"
#include "tests/sim/story/names.hpp"
#include "tests/sim/story/quantity.hpp"
#include "tests/sim/story/role_reader.hpp"
#include "tests/sim/story/timing_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace inquest::sim {
namespace {

constexpr std::size_t vms_max = 1000;

/// The parts of a text between the separators: `a:b` is two, `a:` too.
Names::List parts(std::string_view text, char separator) {
    Names::List list;
    for (;;) {
        const std::size_t end = std::min(text.find(separator), text.size());
        list.push_back(text.substr(0, end));
        if (end == text.size()) return list;
        text.remove_prefix(end + 1);
    }
}

class TopologyReader {
 public:
    TopologyReader(HeaderLines lines, Words joining, Scenario& scenario)
        : lines_(std::move(lines)), joining_(joining), scenario_(scenario) {}

    Understood read() {
        cluster().name = bare_cluster_name;
        if (!lines_.mentions("topology"))
            lines_.note(0, "topology", "is missing",
                        "begin with a line such as `topology 3 lan-a:udp:sw-a lan-b:udp:sw-b`");
        if (const Line* found = lines_.find("topology")) read_topology(*found);
        if (const Line* found = lines_.find("profile")) read_profile(*found);
        if (const Line* found = lines_.find("timing")) read_timing(*found);
        if (understood_) read_roles(lines_, cluster());
        if (understood_) read_outside();
        read_furniture();
        read_seed();
        if (!understood_) return Understood::no;
        check_relations();
        return Understood::yes;
    }

    /// Machines that are no members at the start; at least one that votes stays inside.
    void read_outside() {
        const Line* found = lines_.find("outside");
        if (!found) return;
        const Names names(&cluster());
        NameReader reader(names, found->number, found->words.front(), lines_.margin());
        Nodes named;
        reader.nodes(Words(found->words).subspan(1), named);
        if (!reader.sound()) return lines_.unsound();
        for (const std::size_t node : scenario_.outside) {
            if (std::find(named.begin(), named.end(), node) == named.end()) named.push_back(node);
        }
        std::sort(named.begin(), named.end());
        scenario_.outside = std::move(named);
        const auto& members = cluster().members;
        const auto is_inside = [&](std::size_t place) {
            const Nodes& outside = scenario_.outside;
            return std::find(outside.begin(), outside.end(), place) == outside.end();
        };
        for (std::size_t place = 0; place < members.size(); ++place)
            if (members[place].votes && is_inside(place)) return;
        lines_.note(*found, "leaves nobody in the cluster who votes", "leave one of them out");
    }

    void read_seed() {
        const Line* found = lines_.find("seed");
        if (!found) return;
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
        if (const auto seed = count(*found, 0, most)) scenario_.seed = *seed;
    }

    // ---- Guests and fence devices ---------------------------------------------------------------

    void read_furniture() {
        if (const Line* vms = lines_.find("vms"))
            scenario_.furniture.vms = static_cast<int>(count(*vms, 0, vms_max).value_or(0));
        const Line* fence = lines_.find("fence");
        if (!fence) return;
        for (const std::string_view level : Words(fence->words).subspan(1)) {
            if (lines_.margin().full()) return;
            for (const std::string_view means : parts(level, '+')) check_means(*fence, means);
            scenario_.furniture.fence.emplace_back(level);
        }
        if (lines_.sound()) give_fences(cluster(), scenario_.furniture.fence);
    }

 private:
    ClusterConfig& cluster() { return scenario_.cluster; }

    /// A line of one number.
    std::optional<std::uint64_t> count(const Line& line, std::uint64_t least, std::uint64_t most) {
        if (line.words.size() > 2) lines_.note(line, "takes one number", "remove the others");
        const auto parsed = parse_count(line.words[1], least, most);
        if (parsed) return *parsed;
        lines_.note(line, parsed.error().what, parsed.error().remedy);
        return std::nullopt;
    }

    // ---- Nodes and paths ------------------------------------------------------------------------

    void read_topology(const Line& line) {
        const auto nodes = parse_count(line.words[1], 1, members_max);
        if (!nodes) lines_.note(line, nodes.error().what, nodes.error().remedy);
        const Words paths = Words(line.words).subspan(2);
        if (paths.size() > paths_max)
            return lines_.note(line, fmt::format("has {} paths", paths.size()),
                               fmt::format("name at most {}", paths_max));
        for (const std::string_view path : paths) read_path(line, path);
        for (std::size_t i = 1; nodes && i <= *nodes; ++i) add_machine();
        while (nodes && cluster().members.size() < members_max && joins(next_name())) {
            scenario_.outside.push_back(cluster().members.size());
            add_machine();
        }
        understood_ = nodes && cluster().paths.size() == paths.size();
    }

    std::string next_name() { return fmt::format("n{}", cluster().members.size() + 1); }

    bool joins(std::string_view name) const {
        return std::find(joining_.begin(), joining_.end(), name) != joining_.end();
    }

    void add_machine() {
        MemberConfig member{MemberId(static_cast<std::uint16_t>(cluster().members.size() + 1)),
                            next_name()};
        for (std::size_t path = 0; path < cluster().paths.size(); ++path)
            member.paths.emplace_back(static_cast<std::uint8_t>(path));
        cluster().members.push_back(std::move(member));
    }

    void read_path(const Line& line, std::string_view written) {
        const Names::List part = parts(written, ':');
        if (part.size() != 3)
            return lines_.note(line, "\"" + shown(written) + "\" is no path",
                               "write it as PATH:KIND:FATE, as in lan-a:udp:sw-a");
        if (part[0] == everything)
            lines_.note(line, "no path can be called all, for that means every path",
                        "choose another name");
        for (const PathKind kind : {PathKind::udp, PathKind::l2, PathKind::rdma, PathKind::disk}) {
            if (part[1] != word(kind)) continue;
            cluster().paths.push_back({std::string(part[0]), kind, std::string(part[2])});
            return;
        }
        lines_.note(line, "no kind " + shown(part[1]),
                    config::suggestion(part[1], {"udp", "l2", "rdma", "disk"}));
    }

    // ---- Timings --------------------------------------------------------------------------------

    void read_profile(const Line& line) {
        const std::string_view profile = line.words[1];
        if (line.words.size() > 2) lines_.note(line, "takes one word", "remove the others");
        if (profile == "fast")
            cluster().timing = Timing::fast();
        else if (profile != "default")
            lines_.note(line, "no profile " + shown(profile),
                        config::suggestion(profile, {"default", "fast"}));
    }

    void read_timing(const Line& line) {
        Names::List read;
        for (std::size_t i = 1; i < line.words.size() && !lines_.margin().full(); i += 2) {
            const std::string_view key = line.words[i];
            Duration* value = timing_of(cluster().timing, key);
            if (!value) {
                lines_.note(line, "no timing " + shown(key),
                            config::suggestion(key, timing_words()));
                continue;
            }
            if (std::find(read.begin(), read.end(), key) != read.end())
                lines_.note(line, shown(key) + " is named twice", "name it once");
            read.push_back(key);
            if (i + 1 == line.words.size())
                return lines_.note(line, shown(key) + " has no value",
                                   "write a length of time after it");
            const auto length = parse_length(line.words[i + 1]);
            if (length)
                *value = *length;
            else
                lines_.note(line, length.error().what, length.error().remedy);
        }
    }

    void check_means(const Line& line, std::string_view means) {
        const Names::List known{"bmc", "self", "operator"};
        if (std::find(known.begin(), known.end(), means) == known.end())
            lines_.note(line, "no means \"" + shown(means) + "\" to fence with",
                        config::suggestion(means, known));
    }

    // ---- The cluster as a whole -----------------------------------------------------------------

    /// What the core asks of a cluster. In here every kind of path is carried by datagrams.
    void check_relations() {
        if (!lines_.sound()) return;
        ClusterConfig carried = cluster();
        for (PathConfig& path : carried.paths) {
            if (path.kind != PathKind::disk) path.kind = PathKind::udp;
        }
        for (const Problem& problem : problems(carried)) {
            if (problem.severity == Problem::Severity::warning) continue;
            const Line& at = place_of(problem.where);
            lines_.note(at.number, at.words.front(), problem.what, problem.remedy);
        }
    }

    /// The line that says what the core's key names: of timings the line that changes them.
    const Line& place_of(std::string_view where) const {
        const Line* found = nullptr;
        if (where.starts_with("timing")) found = lines_.find("timing");
        if (where.starts_with("timing") && !found) found = lines_.find("profile");
        if (where.ends_with(".address")) found = lines_.find("without");
        return found ? *found : *lines_.find("topology");
    }

    HeaderLines lines_;
    Words joining_;
    Scenario& scenario_;
    bool understood_ = false;  ///< nodes and paths are known
};

}  // namespace

Understood read_topology(const std::vector<Line>& header, Words joining, Scenario& scenario,
                         Margin& margin) {
    return TopologyReader(HeaderLines(header, margin), joining, scenario).read();
}

void read_beginning(const std::vector<Line>& header, Understood cluster, Scenario& scenario,
                    Margin& margin) {
    std::vector<Line> said;
    for (const Line& line : header) {
        const std::string_view word = line.words.front();
        if (word == "seed" || word == "outside" || word == "vms")
            said.push_back(line);
        else
            margin.note(line.number, line.words.front(), "cluster.toml says it", "remove the line");
    }
    TopologyReader reader(HeaderLines(std::move(said), margin), {}, scenario);
    reader.read_seed();
    reader.read_furniture();
    if (cluster == Understood::yes) reader.read_outside();
}

}  // namespace inquest::sim
