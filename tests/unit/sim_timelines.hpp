// A bare timeline and its cluster, for the tests of what reads and writes them.
#pragma once

#include "tests/sim/story/scenario_reader.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::sim {

inline const std::string three_nodes = "topology 3 lan-a:udp:sw-a lan-b:udp:sw-b ib:rdma:ibsw\n";

inline tl::expected<Scenario, Complaints> read(const std::string& text) {
    return read_bare_timeline(text, "timeline");
}

/// All complaints, a line each; empty where there is none.
inline std::string complaints(const tl::expected<Scenario, Complaints>& scenario) {
    std::string text;
    if (scenario) return text;
    for (const config::Complaint& complaint : scenario.error()) text += to_string(complaint) + "\n";
    return text;
}

/// The one event of a line in a cluster of three nodes.
inline Event event(const std::string& line) {
    const auto scenario = read(three_nodes + line);
    INFO(complaints(scenario));
    REQUIRE(scenario);
    REQUIRE(scenario->events.size() == 1);
    return scenario->events.front();
}

/// The complaints about one line in such a cluster; that is line 2.
inline std::string wrong(const std::string& line) { return complaints(read(three_nodes + line)); }

}  // namespace inquest::sim
