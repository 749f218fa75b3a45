// The lines in front of a timeline's first event, and the cluster.toml beside one.
#include "tests/sim/story/timeline_text.hpp"
#include "tests/unit/sim_timelines.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

const std::string cluster_toml = R"(cluster = "lab"
profile = "fast"
[[path]]
name = "lan-a"
kind = "udp"
fate = "sw-a"
[[node]]
name = "alpha"
id = 7
address.lan-a = "192.0.2.1"
[[node]]
name = "beta"
id = 8
address.lan-a = "192.0.2.2"
)";

std::string votes(const ClusterConfig& cluster) {
    std::string text;
    for (const MemberConfig& member : cluster.members) text += member.votes ? '1' : '0';
    return text;
}

TEST_SUITE("sim.timeline") {
    TEST_CASE("a topology in one line") {
        const auto scenario = read("topology 7 lan-a:udp:sw-a wire:l2:sw-a ib:rdma:ibsw\n");
        REQUIRE(complaints(scenario) == "");
        const ClusterConfig& cluster = scenario->cluster;
        CHECK(cluster.name == "sim");
        CHECK(cluster.hash == 0);
        CHECK(cluster.timing == Timing{});
        CHECK(scenario->seed == 1);
        REQUIRE(cluster.members.size() == 7);
        CHECK(cluster.members[6].name == "n7");
        CHECK(cluster.members[6].id == MemberId(7));
        CHECK(cluster.members[6].role == Role::voter);
        CHECK(cluster.members[6].paths == std::vector<PathId>{PathId(0), PathId(1), PathId(2)});
        CHECK(votes(cluster) == "1111100");
        REQUIRE(cluster.paths.size() == 3);
        CHECK(cluster.paths[1].kind == PathKind::l2);
        CHECK(cluster.paths[1].fate == "sw-a");
        CHECK(cluster.paths[2].kind == PathKind::rdma);
    }

    TEST_CASE("the other lines, in any order") {
        const auto scenario = read(
            "seed 18446744073709551615\nwithout n2 ib\nfence bmc+self operator\n"
            "timing condemn_after 1s beat_interval 20ms path_limit 80ms\nvms 12\nwitness n3\n"
            "voters n3 n1 n4\nprofile fast\ntopology 4 lan-a:udp:sw-a ib:rdma:ibsw\n"
            "without n3 ib\n");
        REQUIRE(complaints(scenario) == "");
        const ClusterConfig& cluster = scenario->cluster;
        CHECK(scenario->seed == 18446744073709551615U);
        CHECK(cluster.timing == Timing{20ms, 80ms, 1s, 10s, 2s, 1s, 5s, 500ms});
        CHECK(cluster.members[2].role == Role::witness);
        CHECK(votes(cluster) == "1011");
        CHECK(cluster.members[1].paths == std::vector<PathId>{PathId(0)});
        CHECK(cluster.members[2].paths == std::vector<PathId>{PathId(0)});
        CHECK(cluster.members[3].paths.size() == 2);
        CHECK(scenario->furniture.vms == 12);
        CHECK(scenario->furniture.fence == std::vector<std::string>{"bmc+self", "operator"});
    }

    TEST_CASE("witnesses vote before others do, as in cluster.toml") {
        const auto scenario = read("topology 7 lan-a:udp:sw-a\nwitness n7\n");
        REQUIRE(complaints(scenario) == "");
        CHECK(votes(scenario->cluster) == "1111001");
    }

    TEST_CASE("what is wrong with them") {
        struct Row {
            std::string lines;
            std::string expect;  ///< without `timeline:`
        };
        const std::string two = "topology 2 lan-a:udp:sw-a\n";
        const Row rows[] = {
            {"",
             " topology: is missing: begin with a line such as `topology 3 lan-a:udp:sw-a "
             "lan-b:udp:sw-b`"},
            {"topology 3",
             "1: topology: is not complete: write it as `topology N PATH:KIND:FATE...`"},
            {"topology 33 lan-a:udp:sw-a",
             "1: topology: \"33\" is not what may stand here: write a whole number from 1 to 32"},
            {"topology 0 lan-a:udp:sw-a",
             "1: topology: \"0\" is not what may stand here: write a whole number from 1 to 32"},
            {"topology 3 lan-a:udp",
             "1: topology: \"lan-a:udp\" is no path: write it as PATH:KIND:FATE, as in "
             "lan-a:udp:sw-a"},
            {"topology 3 lan-a:upd:sw-a", "1: topology: no kind upd: did you mean `udp`?"},
            {"topology 3 d:disk:san",
             "1: topology: all paths are disks, and what the members agree on travels over "
             "networks: add a path of kind \"udp\""},
            {"topology 3 all:udp:sw-a",
             "1: topology: no path can be called all, for that means every path: choose another "
             "name"},
            {"topology 3 A:udp:sw-a",
             "1: topology: \"A\" is no name: use 1 to 63 of a-z, 0-9 and -, beginning with a "
             "letter"},
            {"topology 3 a:udp:x a:udp:y",
             "1: topology: \"a\" is the name of path 1 too: give each path a name of its own"},
            {two + two, "2: topology: is in line 1 already: keep one of them"},
            {two + "profile fats", "2: profile: no profile fats: did you mean `fast`?"},
            {two + "timing path_limt 1s",
             "2: timing: no timing path_limt: did you mean "
             "`path_limit`?"},
            {two + "timing path_limit 1s boot_grace",
             "2: timing: boot_grace has no value: write a length of time after it"},
            {two + "timing path_limit 250ms",
             "2: timing: 250ms is below 3 beat intervals (300ms): set it to 300ms or more"},
            {two + "witness n3", "2: witness: no node n3: use one of: n1, n2"},
            {"topology 6 lan-a:udp:sw-a\nvoters all", "2: voters: names 6 nodes: name at most 5"},
            {two + "witness n2\nvoters n1",
             "3: voters: n2 is a witness without a vote, and does nothing else: add it here, or "
             "make it no witness"},
            {two + "without n2 lan-b", "2: without: no path lan-b: did you mean `lan-a`?"},
            {two + "without n2 all",
             "2: without: a node on no path could never be heard: name one path"},
            {two + "without n2 lan-a",
             "2: without: n2 is on no path, so nobody could ever hear it: give it an address on "
             "each path that it is wired to"},
            {two + "vms many",
             "2: vms: \"many\" is not what may stand here: write a whole number from 0 to 1000"},
            {two + "fence bmc+slef",
             "2: fence: no means \"slef\" to fence with: did you mean `self`?"},
            {two + "seed 1 2", "2: seed: takes one number: remove the others"},
            {two + "5s start n1\nseed 1",
             "3: seed: stands after the first event: move it above line 2"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.lines);
            CHECK(complaints(read(row.lines)) == "timeline:" + row.expect + "\n");
        }
    }

    TEST_CASE("a topology of too many paths") {
        std::string topology = "topology 2";
        for (int i = 1; i <= 17; ++i)
            topology += " p" + std::to_string(i) + ":udp:s" + std::to_string(i);
        CHECK(complaints(read(topology)) ==
              "timeline:1: topology: has 17 paths: name at most 16\n");
    }

    TEST_CASE("a folder's cluster.toml is read as the daemon reads it") {
        const auto scenario =
            read_scenario(cluster_toml, "seed 4\n5s cut alpha -> beta lan-a\n9s end\n");
        REQUIRE(complaints(scenario) == "");
        CHECK(scenario->cluster.name == "lab");
        CHECK(scenario->cluster.timing == Timing::fast());
        CHECK(scenario->cluster.members[1].id == MemberId(8));
        CHECK(scenario->seed == 4);
        CHECK(scenario->length == 9s);
        CHECK(scenario->events.front().to == Nodes{1});
    }

    TEST_CASE("machines that are no members yet: named, or numbered on by those that join") {
        const auto named = read("topology 4 lan-a:udp:sw-a\noutside n4\n5s join n4\n9s end\n");
        REQUIRE(complaints(named) == "");
        CHECK(named->outside == Nodes{3});
        CHECK(sim::text(*named).find("outside n4\n") != std::string::npos);
        const auto numbered = read("topology 3 lan-a:udp:sw-a\n5s join n4 n5\n9s end\n");
        REQUIRE(complaints(numbered) == "");
        CHECK(numbered->cluster.members.size() == 5);
        CHECK(numbered->outside == Nodes{3, 4});
        const auto beside = read_scenario(cluster_toml, "outside beta\n5s join beta\n9s end\n");
        REQUIRE(complaints(beside) == "");
        CHECK(beside->outside == Nodes{1});
        CHECK(
            complaints(read("topology 2 lan-a:udp:sw-a\noutside all\n")) ==
            "timeline:2: outside: leaves nobody in the cluster who votes: leave one of them out\n");
    }

    TEST_CASE("a folder's timeline says nothing that cluster.toml says") {
        CHECK(complaints(read_scenario(cluster_toml,
                                       "topology 2 lan-a:udp:sw-a\nseed 2\nseed 3\n"
                                       "profile fast\n5s start gamma\n")) ==
              "timeline:1: topology: cluster.toml says it: remove the line\n"
              "timeline:3: seed: is in line 2 already: keep one of them\n"
              "timeline:4: profile: cluster.toml says it: remove the line\n"
              "timeline:5: start: no node gamma: use one of: alpha, beta\n");
    }

    TEST_CASE("mistakes of both files come at once; where one hides the names, they are spared") {
        const auto scenario = read_scenario("cluster = \"lab\"\n", "5s start n1\n5s sart n1\n");
        CHECK(complaints(scenario) ==
              "cluster.toml: path: there is no [[path]]: add at least one, better two\n"
              "cluster.toml: node: there is no [[node]]: add the nodes of the cluster\n"
              "timeline:2: sart: is no verb: did you mean `start`?\n");
    }
}

}  // namespace
}  // namespace inquest::sim
