#include "tests/sim/story/timeline_text.hpp"

#include "tests/sim/story/names.hpp"
#include "tests/sim/story/quantity.hpp"
#include "tests/sim/story/role_reader.hpp"
#include "tests/sim/story/timing_words.hpp"
#include "tests/sim/story/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

// Every part begins with a space, so that those that are empty leave no trace.

bool is_everything(const Nodes& nodes, const ClusterConfig& cluster) {
    for (std::size_t place = 0; place < nodes.size(); ++place) {
        if (nodes[place] != place) return false;
    }
    return nodes.size() == cluster.members.size();
}

std::string_view node_text(std::size_t node, const ClusterConfig& cluster) {
    return node == whoever_leads ? the_coordinator : cluster.members[node].name;
}

std::string nodes_text(const Nodes& nodes, const ClusterConfig& cluster) {
    if (is_everything(nodes, cluster)) return fmt::format(" {}", everything);
    std::string text;
    for (const std::size_t node : nodes) text += fmt::format(" {}", node_text(node, cluster));
    return text;
}

/// A path that shares its name with a node would be read as that node, but for the colon.
std::string paths_text(const Event& event, const ClusterConfig& cluster) {
    const Names names(&cluster);
    std::string text;
    bool mistakable = false;
    for (const PathId path : event.paths) {
        const std::string& name = cluster.paths[path.value].name;
        text += " " + name;
        mistakable = mistakable || names.node(name);
    }
    return (mistakable ? " :" : "") + text;
}

std::string needed_paths_text(const Event& event, const ClusterConfig& cluster) {
    return event.paths.empty() ? fmt::format(" {}", everything) : paths_text(event, cluster);
}

std::string sides_text(const Event& event, const ClusterConfig& cluster) {
    return nodes_text(event.nodes, cluster) + (event.ways == Ways::both ? " <->" : " ->") +
           nodes_text(event.to, cluster);
}

std::string question_text(const Event& event, const ClusterConfig& cluster) {
    std::string nodes = nodes_text(event.nodes, cluster);
    if (event.observer) nodes.insert(1, fmt::format("{}:", node_text(*event.observer, cluster)));
    return nodes + " " + event.word;
}

std::string arguments_text(const Event& event, const ClusterConfig& cluster) {
    const auto nodes = [&] { return nodes_text(event.nodes, cluster); };
    const auto sides = [&] { return sides_text(event, cluster); };
    switch (entry_of(event.verb).shape) {
        case Shape::nodes: return nodes();
        case Shape::nodes_length:
        case Shape::nodes_step: return nodes() + " " + length_text(event.length);
        case Shape::nodes_rate: return fmt::format("{} {}", nodes(), event.millionths);
        case Shape::nodes_switch: return nodes() + " " + event.word;
        case Shape::nodes_paths: return nodes() + needed_paths_text(event, cluster);
        case Shape::link_or_all:
            if (event.nodes.empty()) return fmt::format(" {}", everything);
            [[fallthrough]];
        case Shape::link: return sides() + paths_text(event, cluster);
        case Shape::link_share:
            return sides() + needed_paths_text(event, cluster) + " " +
                   percent_text(event.millionths);
        case Shape::link_length:
            return sides() + needed_paths_text(event, cluster) + " " + length_text(event.length);
        case Shape::link_bytes:
            return fmt::format("{}{} {}", sides(), needed_paths_text(event, cluster), event.bytes);
        case Shape::node_device: return nodes() + (event.word.empty() ? "" : " " + event.word);
        case Shape::fate: return " " + event.fate;
        case Shape::expect:
        case Shape::never: return question_text(event, cluster);
        case Shape::nothing: return "";
    }
    return "";
}

// ---- The lines in front of the first event ------------------------------------------------------

std::string topology_text(const ClusterConfig& cluster) {
    std::string text = fmt::format("topology {}", cluster.members.size());
    for (const PathConfig& path : cluster.paths)
        text += fmt::format(" {}:{}:{}", path.name, word(path.kind), path.fate);
    return text + "\n";
}

std::string timing_text(const Timing& timing) {
    if (timing == Timing::fast()) return "profile fast\n";
    std::string text;
    const Timing usual;
    for (const TimingWord& each : all_timings) {
        const Duration value = timing.*each.value;
        if (value != usual.*each.value)
            text += fmt::format(" {} {}", each.word, length_text(value));
    }
    return text.empty() ? "" : "timing" + text + "\n";
}

template <typename Is>
std::string members_text(std::string_view word, const ClusterConfig& cluster, Is&& is) {
    std::string text;
    for (const MemberConfig& member : cluster.members) {
        if (is(member)) text += " " + member.name;
    }
    return text.empty() ? "" : fmt::format("{}{}\n", word, text);
}

std::string votes_text(const ClusterConfig& cluster) {
    ClusterConfig usual = cluster;
    give_votes(usual);
    const bool same =
        std::equal(cluster.members.begin(), cluster.members.end(), usual.members.begin(),
                   [](const auto& a, const auto& b) { return a.votes == b.votes; });
    if (same) return "";
    return members_text("voters", cluster, [](const auto& member) { return member.votes; });
}

std::string outside_text(const Scenario& scenario) {
    if (scenario.outside.empty()) return "";
    return fmt::format("outside{}\n", nodes_text(scenario.outside, scenario.cluster));
}

std::string places_text(const ClusterConfig& cluster) {
    std::string text;
    for (const MemberConfig& member : cluster.members) {
        for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
            const PathId path(static_cast<std::uint8_t>(i));
            const auto& on = member.paths;
            if (std::find(on.begin(), on.end(), path) == on.end())
                text += fmt::format("without {} {}\n", member.name, cluster.paths[i].name);
        }
    }
    return text;
}

std::string furniture_lines(const Furniture& furniture) {
    std::string text;
    if (furniture.vms > 0) text += fmt::format("vms {}\n", furniture.vms);
    if (furniture.fence.empty()) return text;
    text += "fence";
    for (const std::string& level : furniture.fence) text += " " + level;
    return text + "\n";
}

std::string line_of(Duration time, std::string_view what) {
    return fmt::format("{:<9} {}\n", time_text(time), what);
}

}  // namespace

std::string text(const Event& event, const ClusterConfig& cluster) {
    return std::string(entry_of(event.verb).word) + arguments_text(event, cluster);
}

std::string text(const Scenario& scenario) {
    const ClusterConfig& cluster = scenario.cluster;
    std::string text = topology_text(cluster) + timing_text(cluster.timing);
    text += members_text("witness", cluster,
                         [](const auto& member) { return member.role == Role::witness; });
    text += votes_text(cluster) + outside_text(scenario) + places_text(cluster) +
            furniture_lines(scenario.furniture);
    text += fmt::format("seed {}\n\n", scenario.seed);
    Duration last{};
    for (const Event& event : scenario.events) {
        text += line_of(event.when, sim::text(event, cluster));
        last = event.when;
    }
    // A run that ends where the last event is needs no end of its own.
    if (scenario.length > last) text += line_of(scenario.length, entry_of(Verb::end).word);
    return text;
}

}  // namespace inquest::sim
