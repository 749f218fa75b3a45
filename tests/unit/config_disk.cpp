// A path over a shared disk, in both files of a host, as agreed, and where it is followed.
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/following.hpp"
#include "heartbeat/config/here.hpp"
#include "heartbeat/config/reader.hpp"
#include "tests/unit/agreed_cluster.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::config {
namespace {

std::string cluster_toml(const std::string& slot_of_second = "slot-2",
                         const std::string& more = "") {
    return "cluster = \"lab\"\n"
           "[[path]]\nname = \"lan-a\"\nkind = \"udp\"\nfate = \"sw-a\"\n"
           "[[path]]\nname = \"san\"\nkind = \"disk\"\nfate = \"array\"\n" +
           more +
           "[[node]]\nname = \"n1\"\nid = 1\n"
           "[node.address]\nlan-a = \"192.0.2.1\"\nsan = \"slot-1\"\n"
           "[[node]]\nname = \"n2\"\nid = 2\n"
           "[node.address]\nlan-a = \"192.0.2.2\"\nsan = \"" +
           slot_of_second +
           "\"\n"
           "[[node]]\nname = \"n3\"\nid = 3\n"
           "[node.address]\nlan-a = \"192.0.2.3\"\n";
}

const std::string node_toml = "node = \"n1\"\n[device]\nsan = \"/dev/disk/by-id/x\"\n";

std::vector<std::string> lines(const Complaints& complaints) {
    std::vector<std::string> said;
    for (const Complaint& complaint : complaints) said.push_back(to_string(complaint));
    return said;
}

std::vector<std::string> complaints(const std::string& node, const std::string& cluster) {
    const auto config = read({node, cluster});
    return lines(config ? config->warnings : config.error());
}

}  // namespace

TEST_SUITE("config.disk") {
    TEST_CASE("a disk path has slots, and a device on each host") {
        const auto config = read({node_toml, cluster_toml()});
        REQUIRE(config);
        CHECK(config->cluster.paths[1].kind == PathKind::disk);
        CHECK(config->device(PathId(1)) == "/dev/disk/by-id/x");
        CHECK(config->device(PathId(0)).empty());
        REQUIRE(config->endpoint(MemberId(2), PathId(1)) != nullptr);
        CHECK(slot_of(config->endpoint(MemberId(2), PathId(1))->address) == 2);
        CHECK(config->endpoint(MemberId(3), PathId(1)) == nullptr);
        CHECK(misplaced(*config, {{"eth0", "192.0.2.1"}}).empty());
    }

    TEST_CASE("each mistake about disks is named with its place and its remedy") {
        struct Row {
            const char* why;
            std::string node;
            std::string cluster;
            const char* expect;
        };
        const Row rows[] = {
            {"an address", node_toml, cluster_toml("192.0.2.7"),
             "node.2.address.san: \"192.0.2.7\" is no place on a disk: write the node's slot"},
            {"a slot that is not there", node_toml, cluster_toml("slot-65"),
             "node.2.address.san: \"slot-65\" is no slot of a disk: write \"slot-1\""},
            {"one slot twice", node_toml, cluster_toml("slot-1"),
             "node.2.address.san: slot-1 is the slot of n1 on san too (line 15): give each node a "
             "slot of its own"},
            {"a port", node_toml, cluster_toml("slot-2", "port = 7740\n"),
             "path.2.port: is of networks alone: remove it"},
            {"no device", "node = \"n1\"\n", cluster_toml(),
             "device.san: is missing, so san is blind on this node: add it under [device]"},
            {"a device of a network",
             "node = \"n1\"\n[device]\nlan-a = \"/dev/x\"\nsan = \"/dev/y\"\n", cluster_toml(),
             "device.lan-a: is no path of kind \"disk\""},
            {"a device of nothing", "node = \"n1\"\n[device]\nsam = \"/dev/x\"\nsan = \"/dev/y\"\n",
             cluster_toml(), "device.sam: is no path of cluster.toml: did you mean `san`?"},
            {"a name that is no path", "node = \"n1\"\n[device]\nsan = \"sdb\"\n", cluster_toml(),
             "device.san: is no path of a device: write it from the root"},
            {"an interface of a disk",
             "node = \"n1\"\n[interface]\nsan = \"eth0\"\n[device]\nsan = \"/dev/y\"\n",
             cluster_toml(), "interface.san: is a disk, and has no interface"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const auto said = complaints(row.node, row.cluster);
            REQUIRE_FALSE(said.empty());
            CAPTURE(said.front());
            CHECK(said.front().find(row.expect) != std::string::npos);
        }
    }

    TEST_CASE("who is not on the disk needs no device") {
        for (const std::string& said : complaints("node = \"n3\"\n", cluster_toml()))
            CHECK(said.find("device") == std::string::npos);
    }

    TEST_CASE("an agreed disk path comes back from its file, and keeps this host's device") {
        ClusterState state = agreed_cluster();
        state.paths.push_back(
            {.name = "san", .kind = PathKind::disk, .fate = "array", .port = 7740});
        for (std::size_t i = 0; i < state.members.size(); ++i)
            state.members[i].addresses.push_back({PathId(2), "slot-" + std::to_string(i + 1)});
        const auto read = read_cluster_alone(render(state));
        REQUIRE(read);
        REQUIRE(read->cluster.paths.size() == 3);
        CHECK(read->cluster.paths[2] == configuration(state).paths[2]);
        CHECK(read->ports[2] == state.paths[2].port);
        CHECK(changes_between(state, *read).changes.empty());
        HostConfig here = *read;
        here.self = MemberId(2);
        here.devices[2] = {"/dev/x", 3};
        const HostConfig followed = host_config(state, here);
        CHECK(followed.device(PathId(2)) == "/dev/x");
        REQUIRE(followed.endpoint(MemberId(2), PathId(2)) != nullptr);
        state.members[1].addresses[2].address = "192.0.2.1";
        const HostConfig odd = host_config(state, here);
        CHECK(odd.endpoint(state.members[1].id, PathId(2)) == nullptr);
        CHECK(odd.warnings.size() == 1);
    }

    TEST_CASE("another device is told, and can be followed") {
        const HostConfig before = *read({node_toml, cluster_toml()});
        const HostConfig now =
            *read({"node = \"n1\"\n[device]\nsan = \"/dev/y\"\n", cluster_toml()});
        CHECK(unfollowable(before, now).empty());
        CHECK(differences(before, now) ==
              std::vector<std::string>{"path san device /dev/disk/by-id/x -> /dev/y"});
    }
}

}  // namespace inquest::config
