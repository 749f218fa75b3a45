// Timelines written as text: reading them back gives the same.
#include "heartbeat/base/random.hpp"
#include "tests/sim/story/quantity.hpp"
#include "tests/sim/story/timeline_text.hpp"
#include "tests/sim/story/verbs.hpp"
#include "tests/unit/sim_timelines.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

Scenario read_back(const Scenario& scenario) {
    const std::string written = text(scenario);
    const auto back = read(written);
    INFO(written);
    REQUIRE(complaints(back) == "");
    return *back;
}

Events without_lines(Events events) {
    for (Event& event : events) event.line = 0;
    return events;
}

bool same(const MemberConfig& a, const MemberConfig& b) {
    return a.id == b.id && a.name == b.name && a.role == b.role && a.votes == b.votes &&
           a.paths == b.paths;
}

bool same(const PathConfig& a, const PathConfig& b) {
    return a.name == b.name && a.kind == b.kind && a.fate == b.fate && a.admin == b.admin;
}

template <typename Value>
bool same(const std::vector<Value>& a, const std::vector<Value>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Value& x, const Value& y) { return same(x, y); });
}

void check_round_trip(const Scenario& scenario) {
    const Scenario back = read_back(scenario);
    CHECK(without_lines(back.events) == without_lines(scenario.events));
    CHECK(back.length == scenario.length);
    CHECK(back.seed == scenario.seed);
    CHECK(back.furniture.vms == scenario.furniture.vms);
    CHECK(back.furniture.fence == scenario.furniture.fence);
    CHECK(back.cluster.name == scenario.cluster.name);
    CHECK(back.cluster.timing == scenario.cluster.timing);
    CHECK(same(back.cluster.paths, scenario.cluster.paths));
    CHECK(same(back.cluster.members, scenario.cluster.members));
    CHECK(text(back) == text(scenario));
}

/// Events drawn so that every form of every verb comes up.
class Drawing {
 public:
    Drawing(const ClusterConfig& cluster, std::uint64_t seed) : cluster_(cluster), random_(seed) {}

    Event event() {
        const auto known = static_cast<std::uint64_t>(Verb::end);
        Event event{.when = length(), .verb = static_cast<Verb>(random_.next() % known)};
        switch (entry_of(event.verb).shape) {
            case Shape::nodes: event.nodes = nodes(); break;
            case Shape::nodes_length:
                event.nodes = nodes();
                event.length = length();
                break;
            case Shape::nodes_step:
                event.nodes = nodes();
                event.length = chance(2) ? length() : -length();
                break;
            case Shape::nodes_rate:
                event.nodes = nodes();
                event.millionths = static_cast<std::int64_t>(random_.next() % 200'001) - 100'000;
                break;
            case Shape::nodes_paths:
                event.nodes = nodes();
                event.paths = paths();
                break;
            case Shape::link: link(event); break;
            case Shape::link_or_all:
                if (!chance(4)) link(event);
                break;
            case Shape::link_share:
                link(event);
                event.millionths = static_cast<std::int64_t>(random_.next() % 1'000'001);
                break;
            case Shape::link_length:
                link(event);
                event.length = length();
                break;
            case Shape::nodes_switch:
                event.nodes = nodes();
                event.word = chance(2) ? "on" : "off";
                break;
            case Shape::link_bytes:
                link(event);
                event.bytes = 68 + random_.next() % 65'000;
                break;
            case Shape::node_device:
                event.nodes = {random_.next() % cluster_.members.size()};
                if (chance(2)) event.word = "bmc-n1";
                break;
            case Shape::fate:
                event.fate = cluster_.paths[random_.next() % cluster_.paths.size()].fate;
                break;
            case Shape::expect:
                if (chance(2)) event.observer = random_.next() % cluster_.members.size();
                [[fallthrough]];
            case Shape::never:
                event.nodes = nodes();
                event.word = chance(2) ? "lost" : "would-have-failed-over";
                break;
            case Shape::nothing: break;
        }
        return event;
    }

 private:
    bool chance(std::uint64_t in) { return random_.next() % in == 0; }

    Duration length() {
        constexpr Duration units[] = {1ns, 1us, 1ms, 10ms, 1s, 1min};
        return units[random_.next() % 6] * static_cast<int>(random_.next() % 1000);
    }

    /// Some of 0..count-1 in any order, at least one.
    std::vector<std::size_t> some(std::size_t count) {
        std::vector<std::size_t> all(count);
        for (std::size_t i = 0; i < count; ++i) all[i] = i;
        for (std::size_t i = 0; i < count && !chance(4); ++i)
            std::swap(all[i], all[random_.next() % count]);
        all.resize(chance(4) ? count : 1 + random_.next() % count);
        return all;
    }

    Nodes nodes() { return some(cluster_.members.size()); }

    std::vector<PathId> paths() {
        std::vector<PathId> paths;
        if (chance(3)) return paths;
        for (const std::size_t path : some(cluster_.paths.size()))
            paths.emplace_back(static_cast<std::uint8_t>(path));
        return paths;
    }

    void link(Event& event) {
        do {
            event.nodes = nodes();
            event.to = nodes();
        } while (event.nodes.size() == 1 && event.nodes == event.to);
        event.ways = chance(2) ? Ways::one : Ways::both;
        event.paths = paths();
    }

    const ClusterConfig& cluster_;
    Random random_;
};

TEST_SUITE("sim.timeline") {
    TEST_CASE("an event is written as a person would") {
        struct Row {
            std::string read;
            std::string written;
        };
        const Row rows[] = {
            {"start n1 n2 n3", "start all"},
            {"start n2 n1", "start n2 n1"},
            {"pause n1 60s", "pause n1 1m"},
            {"pause n1 1500ms", "pause n1 1.5s"},
            {"pause n1 0.25ms", "pause n1 0.25ms"},
            {"pause n1 0ms", "pause n1 0s"},
            {"lag n1 90m", "lag n1 90m"},
            {"lag n1 120m", "lag n1 2h"},
            {"cut n1 -> n2 all", "cut n1 -> n2"},
            {"cut n1 n3 <-> n2 lan-a", "cut n1 n3 <-> n2 lan-a"},
            {"heal all", "heal all"},
            {"heal all -> all", "heal all -> all"},
            {"switch-hang ibsw", "switch-hang ibsw"},
            {"unplug n1 all", "unplug n1 all"},
            {"loss all -> all all 20.0", "loss all -> all all 20"},
            {"corrupt n1 -> n2 ib 0.0100", "corrupt n1 -> n2 ib 0.01"},
            {"mtu all -> all ib 068", "mtu all -> all ib 68"},
            {"delay n1 -> n2 ib 1000ms", "delay n1 -> n2 ib 1s"},
            {"drift n1 -200", "drift n1 -200"},
            {"clock-step n1 -0.5s", "clock-step n1 -500ms"},
            {"expect n1:n2 n3 lost", "expect n1:n2 n3 lost"},
            {"expect n1:n1 n2 n3 alive", "expect n1:all alive"},
            {"never n2 fenced", "never n2 fenced"},
        };
        const auto cluster = read(three_nodes)->cluster;
        for (const Row& row : rows) {
            CAPTURE(row.read);
            CHECK(text(event("5s " + row.read), cluster) == row.written);
        }
    }

    TEST_CASE("a scenario is written as a bare timeline") {
        const std::string written =
            "topology 4 lan-a:udp:sw-a ib:rdma:ibsw\n"
            "timing path_limit 500ms condemn_after 5s\n"
            "witness n4\n"
            "voters n1 n2 n4\n"
            "without n4 ib\n"
            "vms 2\n"
            "fence bmc+self operator\n"
            "seed 17\n"
            "\n"
            "0.25s     cut n1 -> n2 ib\n"
            "5s        expect n1 degraded\n"
            "90s       heal all\n"
            "120.5s    end\n";
        const auto scenario = read(written);
        REQUIRE(complaints(scenario) == "");
        CHECK(text(*scenario) == written);
        check_round_trip(*scenario);
    }

    TEST_CASE("a profile is named, and what differs from every profile is written out") {
        CHECK(text(*read(three_nodes + "profile fast\n")).find("profile fast\n") !=
              std::string::npos);
        check_round_trip(*read(three_nodes + "profile fast\n"));
        check_round_trip(*read(three_nodes + "profile fast\ntiming boot_grace 11.5s\n"));
        check_round_trip(*read(three_nodes + "timing beat_interval 33.3ms\n"));
    }

    TEST_CASE("what was drawn is read back the same") {
        const std::string topologies[] = {
            three_nodes,
            "topology 7 lan-a:udp:sw-a lan-b:l2:sw-a\nwitness n6\nwithout n2 lan-a\n",
            "topology 3 n1:udp:sw-a n2:udp:sw-b lan-a:udp:sw-a\n",
        };
        for (const std::string& topology : topologies) {
            CAPTURE(topology);
            Scenario scenario = *read(topology);
            Drawing drawing(scenario.cluster, 5);
            for (int i = 0; i < 400; ++i) scenario.events.push_back(drawing.event());
            std::stable_sort(scenario.events.begin(), scenario.events.end(),
                             [](const Event& a, const Event& b) { return a.when < b.when; });
            scenario.length = scenario.events.back().when;
            check_round_trip(scenario);
            scenario.length += 7ms;
            scenario.events.push_back({.when = scenario.length, .verb = Verb::end});
            check_round_trip(scenario);
        }
    }

    TEST_CASE("a length without an end is written as one") {
        Scenario scenario = *read(three_nodes + "5s start n1\n");
        scenario.length = 6s;
        const Scenario back = read_back(scenario);
        CHECK(back.length == 6s);
        CHECK(back.events.back().verb == Verb::end);
    }

    TEST_CASE("numbers are written without loss") {
        struct Row {
            Duration length;
            std::string expect;
        };
        const Row rows[] = {
            {0s, "0s"},
            {1ns, "0.000001ms"},
            {999'999ns, "0.999999ms"},
            {1ms, "1ms"},
            {999ms, "999ms"},
            {1s, "1s"},
            {1s + 1ns, "1.000000001s"},
            {59s, "59s"},
            {60s, "1m"},
            {90s, "90s"},
            {3600s, "1h"},
            {90min, "90m"},
            {24h, "24h"},
            {-2500ms, "-2.5s"},
        };
        for (const Row& row : rows) {
            CHECK(length_text(row.length) == row.expect);
            CHECK(parse_step(row.expect) == row.length);
        }
        CHECK(time_text(2min) == "120s");
        CHECK(time_text(1ms) == "0.001s");
        CHECK(percent_text(0) == "0");
        CHECK(percent_text(1) == "0.0001");
        CHECK(percent_text(1'000'000) == "100");
    }
}

}  // namespace
}  // namespace inquest::sim
