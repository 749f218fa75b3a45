// What a running daemon can follow, and how it says what changes.
#include "heartbeat/config/following.hpp"
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <string>

namespace inquest::config {
namespace {

/// `n1`.. on `lan-a`.., each with an address of its own on each path.
HostConfig host_config(int nodes, int paths) {
    HostConfig config;
    config.cluster = test::cluster_config(nodes, paths);
    config.self = MemberId(1);
    for (int path = 0; path < paths; ++path) {
        config.ports.push_back(beat_port);
        config.interfaces.push_back({fmt::format("eth{}", path), 1});
        for (const MemberConfig& member : config.cluster.members) {
            config.endpoints.push_back(
                {member.id,
                 PathId(static_cast<std::uint8_t>(path)),
                 {fmt::format("192.0.2.{}", 64 * path + member.id.value), Family::ipv4},
                 1,
                 "node.1.address"});
        }
    }
    return config;
}

struct Row {
    const char* why;
    std::function<void(HostConfig&)> change;
    std::string expect;  ///< the differences, or the key of the complaint
};

TEST_SUITE("config.following") {
    TEST_CASE("what changes is told in phrases") {
        const Row rows[] = {
            {"nothing", [](HostConfig&) {}, ""},
            {"a member more", [](HostConfig& c) { c = host_config(4, 2); }, "n4 added"},
            {"a member less", [](HostConfig& c) { c = host_config(2, 2); }, "n3 removed"},
            {"a path more", [](HostConfig& c) { c = host_config(3, 3); }, "path lan-c added"},
            {"another name", [](HostConfig& c) { c.cluster.members[2].name = "n9"; },
             "n3 is called n9"},
            {"a path off", [](HostConfig& c) { c.cluster.paths[1].admin = Switched::off; },
             "path lan-b off"},
            {"another fate", [](HostConfig& c) { c.cluster.paths[1].fate = "sw-x"; },
             "path lan-b fate sw-b -> sw-x"},
            {"another port", [](HostConfig& c) { c.ports[1] = 7750; },
             "path lan-b port 7740 -> 7750"},
            {"another interface", [](HostConfig& c) { c.interfaces[0].name = "eth7"; },
             "path lan-a interface eth0 -> eth7"},
            {"a vote less", [](HostConfig& c) { c.cluster.members[1].votes = false; },
             "n2 votes no more"},
            {"a witness", [](HostConfig& c) { c.cluster.members[1].role = Role::witness; },
             "n2 is a witness"},
            {"another address", [](HostConfig& c) { c.endpoints[1].address.text = "192.0.2.77"; },
             "n2 on lan-a 192.0.2.2 -> 192.0.2.77"},
            {"no address any more",
             [](HostConfig& c) { c.endpoints.erase(c.endpoints.begin() + 1); },
             "n2 on lan-a 192.0.2.2 -> none"},
            {"timings",
             [](HostConfig& c) {
                 c.cluster.timing = {50ms, 300ms, 4s, 40s};
             },
             "beat_interval 100ms -> 50ms, path_limit 400ms -> 300ms, condemn_after 3s -> 4s, "
             "boot_grace 30s -> 40s"},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const HostConfig before = host_config(3, 2);
            HostConfig now = before;
            row.change(now);
            CHECK(fmt::format("{}", fmt::join(differences(before, now), ", ")) == row.expect);
            CHECK(unfollowable(before, now).empty());
        }
    }

    TEST_CASE("what cannot be followed is refused with its key") {
        const Row rows[] = {
            {"another cluster", [](HostConfig& c) { c.cluster.name = "other"; }, "cluster"},
            {"another node", [](HostConfig& c) { c.self = MemberId(2); }, "node"},
            {"a path in front", [](HostConfig& c) { c.cluster.paths[0].name = "lan-x"; },
             "path.1.name"},
            {"a path gone", [](HostConfig& c) { c = host_config(3, 1); }, "path.2.name"},
            {"another kind", [](HostConfig& c) { c.cluster.paths[1].kind = PathKind::disk; },
             "path.2.name"},
            {"all addresses of a node at once",
             [](HostConfig& c) {
                 for (Endpoint& end : c.endpoints) {
                     if (end.member == MemberId(2)) end.address.text += "0";
                 }
             },
             "path"},
            {"all ports at once",
             [](HostConfig& c) {
                 for (std::uint16_t& port : c.ports) port = 7750;
             },
             "path"},
            {"one path off and the other one moved",
             [](HostConfig& c) {
                 c.cluster.paths[0].admin = Switched::off;
                 c.ports[1] = 7750;
             },
             "path"},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const HostConfig before = host_config(3, 2);
            HostConfig now = before;
            row.change(now);
            const Complaints complaints = unfollowable(before, now);
            REQUIRE(complaints.size() == 1);
            CHECK(complaints[0].key == row.expect);
            CHECK(complaints[0].severity == Severity::error);
            CHECK_FALSE(complaints[0].what.empty());
            CHECK_FALSE(complaints[0].remedy.empty());
        }
    }

    TEST_CASE("two members that both are new may come on whatever path") {
        HostConfig now = host_config(4, 3);
        HostConfig before = host_config(1, 2);
        CHECK(unfollowable(before, now).empty());
    }
}

}  // namespace
}  // namespace inquest::config
