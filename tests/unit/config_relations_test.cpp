// The relations of heartbeat/core/config.hpp, on both sides of each boundary.
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/duration_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace inquest {
namespace {

PathId path_id(std::size_t index) { return PathId(static_cast<std::uint8_t>(index)); }

/// `members` members that all are on all of `paths` paths, the first five voting: sound for 3, 5.
ClusterConfig cluster_of(std::size_t members, std::size_t paths) {
    ClusterConfig cluster;
    cluster.name = "lab";
    for (std::size_t i = 0; i < paths; ++i) {
        const std::string letter(1, static_cast<char>('a' + i));
        cluster.paths.push_back({"lan-" + letter, PathKind::udp, "sw-" + letter, Switched::on});
    }
    for (std::size_t i = 0; i < members; ++i) {
        MemberConfig member;
        member.id = MemberId(static_cast<std::uint16_t>(i + 1));
        member.name = "n" + std::to_string(i + 1);
        member.votes = i < voters_max;
        for (std::size_t path = 0; path < paths; ++path) member.paths.push_back(path_id(path));
        cluster.members.push_back(member);
    }
    return cluster;
}

/// "error timing.path_limit", in the order of finding.
std::vector<std::string> found(const ClusterConfig& cluster) {
    std::vector<std::string> list;
    for (const Problem& problem : problems(cluster)) {
        CHECK_FALSE(problem.what.empty());
        CHECK_FALSE(problem.remedy.empty());
        const bool error = problem.severity == Problem::Severity::error;
        list.push_back((error ? "error " : "warning ") + problem.where);
    }
    return list;
}

using List = std::vector<std::string>;

TEST_SUITE("config relations") {
    TEST_CASE("a sound cluster has no problem") {
        CHECK(found(cluster_of(3, 2)) == List{});
        CHECK(found(cluster_of(5, 3)) == List{});
        CHECK(found(cluster_of(members_max, paths_max)) == List{});
        ClusterConfig fast = cluster_of(3, 2);
        fast.timing = Timing::fast();
        CHECK(found(fast) == List{});
    }

    TEST_CASE("timings hold their bounds and relations") {
        struct Row {
            std::string why;
            Timing timing;
            List expect;
        };
        const Row rows[] = {
            {"the shortest interval", {2ms, 6ms, 1s, 10s}, {}},
            {"one nanosecond less", {2ms - 1ns, 6ms, 1s, 10s}, {"error timing.beat_interval"}},
            {"the longest interval", {10s, 30s, 50s, 60s, 60s}, {}},
            {"longer", {10s + 1ns, 31s, 60s, 60s, 62s}, {"error timing.beat_interval"}},
            {"zero", {0ms, 400ms, 3s, 30s}, {"error timing.beat_interval"}},
            {"three intervals are enough", {100ms, 300ms, 3s, 30s}, {}},
            {"a little less is not", {100ms, 299ms, 3s, 30s}, {"error timing.path_limit"}},
            {"no limit at all", {100ms, 0ms, 3s, 30s}, {"error timing.path_limit"}},
            {"the longest limit", {10s, 60s, 80s, 90s, 120s}, {}},
            {"longer than a beat can tell", {10s, 61s, 90s, 90s}, {"error timing.path_limit"}},
            {"limit and two intervals", {100ms, 400ms, 600ms, 30s}, {}},
            {"acts before all have spoken",
             {100ms, 400ms, 599ms, 30s},
             {"error timing.condemn_after"}},
            {"grace as long as the wait", {100ms, 400ms, 3s, 3s}, {}},
            {"a shorter grace", {100ms, 400ms, 3s, 2999ms}, {"error timing.boot_grace"}},
            {"a lease of two limits", {100ms, 400ms, 3s, 30s, 800ms, 500ms}, {}},
            {"a shorter one would end while paths are late",
             {100ms, 400ms, 3s, 30s, 799ms, 500ms},
             {"error timing.lease"}},
            {"a lease of an hour", {100ms, 400ms, 3s, 30s, 1h}, {}},
            {"a longer one", {100ms, 400ms, 3s, 30s, 1h + 1ns}, {"error timing.lease"}},
            {"a keeper that speaks for less than a lease",
             {100ms, 400ms, 3s, 30s, 30s, 30s - 1ns, 61s},
             {}},
            {"one that speaks beyond it",
             {100ms, 400ms, 3s, 30s, 30s, 30s, 63s},
             {"error timing.restart_grace"}},
            {"one that never speaks",
             {100ms, 400ms, 3s, 30s, 30s, 0ms},
             {"error timing.restart_grace"}},
            {"its device counts to 4 s, a moment longer than the excuse",
             {100ms, 400ms, 3s, 30s, 30s, 4s - 1ns, 10s},
             {}},
            {"reset while its daemon is excused",
             {100ms, 400ms, 3s, 30s, 30s, 4s, 10s},
             {"error timing.watchdog"}},
            {"a part of a second more is nothing to a device",
             {100ms, 400ms, 3s, 30s, 30s, 4s, 11s - 1ns},
             {"error timing.watchdog"}},
            {"a whole one is", {100ms, 400ms, 3s, 30s, 30s, 4s, 11s}, {}},
            {"an excuse beyond both",
             {100ms, 400ms, 3s, 30s, 4s, 4s, 10s},
             {"error timing.restart_grace", "error timing.watchdog"}},
            {"the shortest watchdog", {100ms, 400ms, 3s, 30s, 30s, 1s, 5s}, {}},
            {"no device counts so short a time",
             {100ms, 400ms, 3s, 30s, 30s, 1s, 5s - 1ns},
             {"error timing.watchdog"}},
            {"out of its range it is related to nothing",
             {100ms, 400ms, 3s, 30s, 30s, 20s, 0s},
             {"error timing.watchdog"}},
            {"a watchdog of an hour", {100ms, 400ms, 3s, 30s, 30s, 3s, 1h}, {}},
            {"a longer one", {100ms, 400ms, 3s, 30s, 30s, 3s, 1h + 1ns}, {"error timing.watchdog"}},
            {"the smallest margin", {100ms, 400ms, 3s, 30s, 30s, 3s, 10s, 1ms}, {}},
            {"less is none",
             {100ms, 400ms, 3s, 30s, 30s, 3s, 10s, 1ms - 1ns},
             {"error timing.margin"}},
            {"a margin of an hour", {100ms, 400ms, 3s, 30s, 30s, 3s, 10s, 1h}, {}},
            {"a larger one",
             {100ms, 400ms, 3s, 30s, 30s, 3s, 10s, 1h + 1ns},
             {"error timing.margin"}},
            {"an hour is the end", {100ms, 400ms, 1h, 1h}, {}},
            {"beyond", {100ms, 400ms, 3s, 1h + 1ns}, {"error timing.boot_grace"}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            ClusterConfig cluster = cluster_of(3, 2);
            cluster.timing = row.timing;
            CHECK(found(cluster) == row.expect);
        }
    }

    TEST_CASE("the watchdog that is asked for is the shortest that will do") {
        struct Row {
            Duration restart_grace;
            Duration least;
        };
        const Row rows[] = {{2s - 1ns, 5s}, {2s, 7s}, {4s - 1ns, 9s}, {4s, 11s}, {5500ms, 13s}};
        for (const Row& row : rows) {
            CAPTURE(text(row.restart_grace));
            ClusterConfig cluster = cluster_of(3, 2);
            cluster.timing.restart_grace = row.restart_grace;
            cluster.timing.watchdog = row.least;
            CHECK(found(cluster) == List{});
            if (row.least == watchdog_min) continue;
            cluster.timing.watchdog = row.least - 1ns;
            const std::vector<Problem> list = problems(cluster);
            REQUIRE(list.size() == 1);
            CHECK(list[0].where == "timing.watchdog");
            CHECK(list[0].remedy == "set it to " + text(row.least) + " or more");
        }
    }

    TEST_CASE("names are 1 to 63 of a-z, 0-9 and -, beginning with a letter") {
        struct Row {
            std::string why;
            std::string name;
            bool sound;
        };
        const Row rows[] = {
            {"one letter", "a", true},
            {"63 letters", std::string(63, 'a'), true},
            {"64 letters", std::string(64, 'a'), false},
            {"nothing", "", false},
            {"a digit first", "1a", false},
            {"a dash first", "-a", false},
            {"a capital", "Node", false},
            {"a space", "n 1", false},
            {"a dot", "n1.example", false},
            {"a letter beyond ASCII", "n\xc3\xa4", false},
            {"digits and dashes inside", "a-1-2", true},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            ClusterConfig cluster = cluster_of(3, 2);
            cluster.name = row.name;
            CHECK(found(cluster) == (row.sound ? List{} : List{"error cluster"}));
            cluster = cluster_of(3, 2);
            cluster.members[1].name = row.name;
            CHECK(found(cluster) == (row.sound ? List{} : List{"error node.2.name"}));
            cluster = cluster_of(3, 2);
            cluster.paths[1].name = row.name;
            CHECK(found(cluster) == (row.sound ? List{} : List{"error path.2.name"}));
            cluster = cluster_of(3, 2);
            cluster.paths[1].fate = row.name;
            CHECK(found(cluster) == (row.sound ? List{} : List{"error path.2.fate"}));
        }
    }

    TEST_CASE("every other relation") {
        struct Row {
            std::string why;
            std::function<void(ClusterConfig&)> change;
            List expect;
        };
        const Row rows[] = {
            {"`self` means this node",
             [](auto& c) { c.members[0].name = "self"; },
             {"error node.1.name"}},
            {"`all` means every node",
             [](auto& c) { c.members[0].name = "all"; },
             {"error node.1.name"}},
            {"two nodes of one name",
             [](auto& c) { c.members[2].name = "n1"; },
             {"error node.3.name"}},
            {"two nodes of one id",
             [](auto& c) { c.members[2].id = MemberId(1); },
             {"error node.3.id"}},
            {"nobody's id", [](auto& c) { c.members[2].id = nobody; }, {"error node.3.id"}},
            {"two paths of one name",
             [](auto& c) { c.paths[1].name = "lan-a"; },
             {"error path.2.name"}},
            {"two paths of one fate",
             [](auto& c) { c.paths[1].fate = "sw-a"; },
             {"warning path.2.fate"}},
            {"an l2 path", [](auto& c) { c.paths[1].kind = PathKind::l2; }, {"error path.2.kind"}},
            {"an rdma path",
             [](auto& c) { c.paths[1].kind = PathKind::rdma; },
             {"error path.2.kind"}},
            {"a disk path", [](auto& c) { c.paths[1].kind = PathKind::disk; }, {}},
            {"nothing but disks",
             [](auto& c) { c.paths[0].kind = c.paths[1].kind = PathKind::disk; },
             {"error path.1.kind"}},
            {"one path on", [](auto& c) { c.paths[1].admin = Switched::off; }, {"warning path"}},
            {"all paths off",
             [](auto& c) { c.paths[0].admin = c.paths[1].admin = Switched::off; },
             {"error path.1.off"}},
            {"no votes",
             [](auto& c) {
                 for (auto& m : c.members) m.votes = false;
             },
             {"error node"}},
            {"one vote",
             [](auto& c) { c.members[1].votes = c.members[2].votes = false; },
             {"warning node"}},
            {"two votes", [](auto& c) { c.members[2].votes = false; }, {"warning node"}},
            {"a witness votes", [](auto& c) { c.members[2].role = Role::witness; }, {}},
            {"a witness that does not vote",
             [](auto& c) {
                 c.members[2].role = Role::witness;
                 c.members[2].votes = false;
             },
             {"error node.3.vote", "warning node"}},
            {"a node on no path",
             [](auto& c) { c.members[2].paths.clear(); },
             {"error node.3.address"}},
            {"one path only between two pairs",
             [](auto& c) { c.members[2].paths.pop_back(); },
             {"warning node.3.address", "warning node.3.address"}},
            {"nothing shared",
             [](auto& c) {
                 c.members[0].paths = {path_id(0)};
                 c.members[1].paths = {path_id(0), path_id(1)};
                 c.members[2].paths = {path_id(1)};
             },
             {"warning node.2.address", "error node.3.address", "warning node.3.address"}},
            {"a path with one node",
             [](auto& c) {
                 c.paths.push_back({"lan-c", PathKind::udp, "sw-c", Switched::on});
                 c.members[0].paths.push_back(path_id(2));
             },
             {"warning path.3.name"}},
            {"a path number beyond the list",
             [](auto& c) { c.members[0].paths.push_back(path_id(9)); },
             {"error node.1.address"}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            ClusterConfig cluster = cluster_of(3, 2);
            row.change(cluster);
            CHECK(found(cluster) == row.expect);
        }
    }

    TEST_CASE("counts hold their bounds") {
        CHECK(found(cluster_of(members_max + 1, 2)) == List{"error node.33.name"});
        CHECK(found(cluster_of(3, paths_max + 1)) == List{"error path.17.name"});
        CHECK(found(cluster_of(1, 2)) == List{"warning node"});
        CHECK(found(cluster_of(2, 2)) == List{"warning node"});
        CHECK(found(cluster_of(4, 2)) == List{"warning node"});
        CHECK(found(cluster_of(0, 2)) == List{"error node"});
        CHECK(found(cluster_of(3, 0)).front() == "error path");
        ClusterConfig six = cluster_of(6, 2);
        six.members[5].votes = true;
        CHECK(found(six) == List{"error node"});
        CHECK(voters(six) == 6);
        CHECK(voters(cluster_of(6, 2)) == 5);
    }

    TEST_CASE("two nodes are told that they need a third vote") {
        const auto list = problems(cluster_of(2, 2));
        REQUIRE(list.size() == 1);
        CHECK(list[0].what.find("two nodes need a third vote") != std::string::npos);
        CHECK(list[0].remedy.find("witness") != std::string::npos);
    }

    TEST_CASE("lengths of time are written as people write them") {
        struct Row {
            Duration length;
            const char* expect;
        };
        const Row rows[] = {
            {0ms, "0s"},  {500us, "500us"}, {2ms, "2ms"},           {999ms, "999ms"},
            {1s, "1s"},   {2500ms, "2.5s"}, {1250ms, "1.25s"},      {90s, "1m30s"},
            {3min, "3m"}, {1h, "1h"},       {1h + 1ms, "1h0.001s"}, {-5ms, "-5ms"},
        };
        for (const Row& row : rows) CHECK(text(row.length) == row.expect);
    }
}

}  // namespace
}  // namespace inquest
