#include "tests/sim/story/role_reader.hpp"

#include "tests/sim/story/name_reader.hpp"

#include <fmt/format.h>

namespace inquest::sim {
namespace {

class RoleReader {
 public:
    RoleReader(HeaderLines& lines, ClusterConfig& cluster)
        : lines_(lines), cluster_(cluster), names_(&cluster) {}

    void read() {
        if (const Line* witness = lines_.find("witness")) {
            for (const std::size_t node : nodes_of(*witness))
                cluster_.members[node].role = Role::witness;
        }
        give_votes(cluster_);
        if (const Line* voters = lines_.find("voters")) read_voters(*voters, nodes_of(*voters));
        for (const Line* without : lines_.all("without")) read_without(*without);
    }

 private:
    Nodes nodes_of(const Line& line) {
        Nodes nodes;
        NameReader reader(names_, line.number, line.words.front(), lines_.margin());
        reader.nodes(Words(line.words).subspan(1), nodes);
        if (!reader.sound()) lines_.unsound();
        return nodes;
    }

    void read_voters(const Line& line, const Nodes& nodes) {
        if (nodes.size() > voters_max)
            return lines_.note(line, fmt::format("names {} nodes", nodes.size()),
                               fmt::format("name at most {}", voters_max));
        for (MemberConfig& member : cluster_.members) member.votes = false;
        for (const std::size_t node : nodes) cluster_.members[node].votes = true;
        for (const MemberConfig& member : cluster_.members) {
            if (member.role != Role::witness || member.votes || nodes.empty()) continue;
            lines_.note(line, member.name + " is a witness without a vote, and does nothing else",
                        "add it here, or make it no witness");
        }
    }

    void read_without(const Line& line) {
        if (line.words.size() > 3)
            lines_.note(line, "takes one node and one path", "write a line for each");
        NameReader reader(names_, line.number, line.words.front(), lines_.margin());
        Nodes nodes;
        std::vector<PathId> paths;
        reader.nodes(Words(line.words).subspan(1, 1), nodes);
        if (line.words[2] == everything)
            reader.note("a node on no path could never be heard", "name one path");
        else
            reader.paths(Words(line.words).subspan(2, 1), paths, PathWords::needed);
        if (!reader.sound()) return lines_.unsound();
        for (const std::size_t node : nodes) {
            for (const PathId path : paths) std::erase(cluster_.members[node].paths, path);
        }
    }

    HeaderLines& lines_;
    ClusterConfig& cluster_;
    Names names_;
};

}  // namespace

void read_roles(HeaderLines& lines, ClusterConfig& cluster) { RoleReader(lines, cluster).read(); }

void give_votes(ClusterConfig& cluster) {
    std::size_t votes = 0;
    for (MemberConfig& member : cluster.members) member.votes = false;
    for (const Role role : {Role::witness, Role::voter}) {
        for (MemberConfig& member : cluster.members) {
            if (member.role != role || votes == voters_max) continue;
            member.votes = true;
            ++votes;
        }
    }
}

}  // namespace inquest::sim
