#include "tests/sim/picture/trouble.hpp"

#include <fmt/format.h>

namespace inquest::sim::picture {
namespace {

std::string listed(const std::vector<std::string>& names) {
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) result += i + 1 == names.size() ? " and " : ", ";
        result += names[i];
    }
    return result;
}

std::string listed(const Nodes& nodes, const ClusterConfig& cluster) {
    std::vector<std::string> names;
    for (const std::size_t node : nodes) names.push_back(cluster.members[node].name);
    return listed(names);
}

/// ` on lan-a`; nothing where all paths are meant.
std::string on_paths(const Event& event, const ClusterConfig& cluster) {
    if (event.paths.empty()) return "";
    std::vector<std::string> names;
    for (const PathId path : event.paths) names.push_back(cluster.paths[path.value].name);
    return " on " + listed(names);
}

std::string paths_of(const std::string& fate, const ClusterConfig& cluster) {
    std::vector<std::string> names;
    for (const PathConfig& path : cluster.paths) {
        if (path.fate == fate) names.push_back(path.name);
    }
    return listed(names);
}

std::string percent(std::int64_t millionths) {
    std::string result = fmt::format("{}.{:04}", millionths / 10'000, millionths % 10'000);
    while (result.back() == '0') result.pop_back();
    if (result.back() == '.') result.pop_back();
    return result + "%";
}

std::string span(Duration length) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
    if (milliseconds % 1000 == 0) return fmt::format("{} s", milliseconds / 1000);
    return fmt::format("{} ms", milliseconds);
}

std::string cut_means(const std::string& from, const std::string& to, Ways ways) {
    if (ways == Ways::both) return fmt::format("{} and {} do not hear each other", from, to);
    return fmt::format("{}'s beats no longer reach {}", from, to);
}

}  // namespace

std::string meaning(const Event& event, const ClusterConfig& cluster) {
    const std::string who = listed(event.nodes, cluster);
    const std::string whom = listed(event.to, cluster);
    const std::string where = on_paths(event, cluster);
    const std::string way = who + (event.ways == Ways::both ? " and " : " to ") + whom + where;
    const std::string paths = paths_of(event.fate, cluster);
    switch (event.verb) {
        case Verb::start: return who + " boots, or starts its daemon";
        case Verb::power_off: return who + " has no power";
        case Verb::hang: return who + "'s software stands still until it is booted";
        case Verb::pause: return who + "'s software stands still for " + span(event.length);
        case Verb::crash: return who + "'s daemon dies and is started again";
        case Verb::guard_crash: return who + "'s guard dies and is started again";
        case Verb::stop: return who + "'s daemon says goodbye and ends";
        case Verb::fence_fails: return who + "'s fence device does not answer";
        case Verb::fence_lies: return who + "'s fence device lies";
        case Verb::fence_slow:
            return who + "'s fence devices take " + span(event.length) + " longer";
        case Verb::lose_disk: return who + " loses all that it has stored";
        case Verb::invite: return who + " may join";
        case Verb::join: return who + " becomes a member";
        case Verb::leave: return who + " asks to be removed";
        case Verb::remove: return who + " is removed";
        case Verb::reset: return who + " knows of no cluster any more";
        case Verb::rekey: return "a new key for all";
        case Verb::maintenance: return "maintenance of " + who + " " + event.word;
        case Verb::arm: return "the cluster may act";
        case Verb::disarm: return "the cluster only watches";
        case Verb::confirm_off: return "a person says that " + who + " is off";
        case Verb::release: return "the condemnation of " + who + " is held no more";
        case Verb::damage_disk: return who + "'s ledger is damaged: its next daemon will not start";
        case Verb::disk_stall: return who + "'s disk writes nothing for " + span(event.length);
        case Verb::lag: return who + "'s daemon wakes up to " + span(event.length) + " late";
        case Verb::cut:
            return cut_means(who, whom, event.ways) +
                   (event.paths.empty() ? " on any path" : where);
        case Verb::heal: return event.nodes.empty() ? "all wires and switches are well" : way;
        case Verb::switch_off: return "nothing passes on " + paths + ", its links lose carrier";
        case Verb::switch_on: return paths + " works again";
        case Verb::switch_hang: return "nothing passes on " + paths + ", its links keep carrier";
        case Verb::unplug: return who + "'s own link has no carrier" + where;
        case Verb::plug: return who + "'s own link has carrier" + where;
        case Verb::loss: return percent(event.millionths) + " of the datagrams are lost, " + way;
        case Verb::delay: return "datagrams take " + span(event.length) + " longer, " + way;
        case Verb::duplicate:
            return percent(event.millionths) + " of the datagrams come twice, " + way;
        case Verb::reorder:
            return percent(event.millionths) + " of the datagrams are overtaken, " + way;
        case Verb::corrupt:
            return percent(event.millionths) + " of the datagrams are damaged, " + way;
        case Verb::mtu:
            return fmt::format("packets of more than {} bytes are lost, {}", event.bytes, way);
        case Verb::drift:
            return fmt::format("{}'s clock runs {} ppm {}", who,
                               event.millionths < 0 ? -event.millionths : event.millionths,
                               event.millionths < 0 ? "slow" : "fast");
        case Verb::clock_step: return who + "'s clock of day is set by " + span(event.length);
        case Verb::expect:
        case Verb::never:
        case Verb::end: break;
    }
    return "";
}

}  // namespace inquest::sim::picture
