// From TOML to a configuration, and every complaint on the way: file, line, key, reason, remedy.
#include "heartbeat/config/digest.hpp"
#include "heartbeat/config/reader.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::config {
namespace {

const std::string node_toml = "node = \"n1\"\n\n[interface]\nlan-a = \"eth0\"\n";

const std::string cluster_toml = R"(cluster = "lab"
profile = "default"

[timing]
path_limit = "500ms"

[[path]]
name = "lan-a"
kind = "udp"
fate = "sw-a"

[[path]]
name = "lan-b"
kind = "udp"
fate = "sw-b"
port = 7750

[[node]]
name = "n1"
id = 1
  [node.address]
  lan-a = "192.0.2.1"
  lan-b = "2001:db8:0::1"

[[node]]
name = "n2"
id = 2
  [node.address]
  lan-a = "192.0.2.2"
  lan-b = "2001:db8::2"

[[node]]
name = "n3"
id = 3
role = "witness"
  [node.address]
  lan-a = "192.0.2.3"
  lan-b = "2001:db8::3"
)";

std::string replaced(std::string text, const std::string& old, const std::string& with) {
    const std::size_t place = text.find(old);
    REQUIRE(place != std::string::npos);
    return text.replace(place, old.size(), with);
}

std::vector<std::string> complaints(const std::string& node, const std::string& cluster) {
    const auto config = read({node, cluster});
    std::vector<std::string> lines;
    for (const Complaint& complaint : config ? config->warnings : config.error()) {
        lines.push_back(to_string(complaint));
    }
    return lines;
}

using List = std::vector<std::string>;

/// One a line, so that a failed check shows them.
std::string text(const List& lines) {
    std::string joined;
    for (const std::string& line : lines) joined += line + "\n";
    return joined;
}

TEST_SUITE("config reader") {
    TEST_CASE("a sound pair of files becomes a configuration") {
        const auto config = read({node_toml, cluster_toml});
        REQUIRE(config);
        CHECK(config->warnings.empty());
        CHECK(config->cluster.name == "lab");
        CHECK(config->cluster.timing.beat_interval == 100ms);
        CHECK(config->cluster.timing.path_limit == 500ms);
        REQUIRE(config->cluster.paths.size() == 2);
        CHECK(config->cluster.paths[1].fate == "sw-b");
        CHECK(config->ports == std::vector<std::uint16_t>{beat_port, 7750});
        CHECK(config->interfaces[0].name == "eth0");
        CHECK(config->interfaces[1].name.empty());
        CHECK(config->self == MemberId(1));
        REQUIRE(config->cluster.members.size() == 3);
        CHECK(config->cluster.members[2].role == Role::witness);
        CHECK(config->cluster.members[2].votes);
        const Endpoint* end = config->endpoint(MemberId(1), PathId(1));
        REQUIRE(end != nullptr);
        CHECK(end->address == Address{"2001:db8::1", Family::ipv6});
        CHECK(config->endpoint(MemberId(9), PathId(1)) == nullptr);
    }

    TEST_CASE("each mistake is named with its place and its remedy") {
        struct Row {
            std::string why;
            std::string old;
            std::string with;
            List expect;
        };
        const Row rows[] = {
            {"a relation of the core",
             "\"500ms\"",
             "\"250ms\"",
             {"cluster.toml:5: timing.path_limit: 250ms is below 3 beat intervals (300ms): set it "
              "to "
              "300ms or more"}},
            {"a misspelt key",
             "path_limit",
             "path_limt",
             {"cluster.toml:5: timing.path_limt: is not known: did you mean `path_limit`?"}},
            {"a key of a later version",
             "path_limit = \"500ms\"",
             "pulse_limit = \"10s\"",
             {"cluster.toml:5: timing.pulse_limit: is not used by this version yet: remove it"}},
            {"a watchdog that no device can keep",
             "path_limit = \"500ms\"",
             "watchdog = \"2s\"",
             {"cluster.toml:5: timing.watchdog: 2s is below 5s: set it to between 5s and 1h"}},
            {"no margin",
             "path_limit = \"500ms\"",
             "margin = \"0s\"",
             {"cluster.toml:5: timing.margin: 0s is below 1ms: set it to between 1ms and 1h"}},
            {"a number without a unit",
             "\"500ms\"",
             "\"100\"",
             {"cluster.toml:5: timing.path_limit: \"100\" has no unit: write a number with its "
              "unit "
              "(ms, s, m, h), such as \"100ms\" or \"2.5s\""}},
            {"a wrong type",
             "\"500ms\"",
             "500",
             {"cluster.toml:5: timing.path_limit: is a whole number and must be a string: write a "
              "number with its unit in quotes, such as \"100ms\""}},
            {"an unknown profile",
             "\"default\"",
             "\"fats\"",
             {"cluster.toml:2: profile: \"fats\" is not known: did you mean `fast`?"}},
            {"a bad address",
             "192.0.2.2",
             "192.0.2.256",
             {"cluster.toml:29: node.2.address.lan-a: \"192.0.2.256\" is no address: write an IPv4 "
              "or "
              "IPv6 address, for example \"192.0.2.1\" or \"2001:db8::1\""}},
            {"an address twice, spelt differently",
             "2001:db8::2",
             "2001:db8::0:1",
             {"cluster.toml:30: node.2.address.lan-b: 2001:db8::1 is the address of n1 on lan-b "
              "too "
              "(line 23): give each node an address of its own on each path"}},
            {"two families on one path",
             "\"192.0.2.2\"",
             "\"2001:db8:1::2\"",
             {"cluster.toml:29: node.2.address.lan-a: n1 has an address of the other family on "
              "lan-a "
              "(line 22), so the two cannot reach each other: use IPv4 or IPv6 for all nodes of "
              "one "
              "path"}},
            {"an unknown path",
             "  lan-a = \"192.0.2.2\"",
             "  lan-x = \"192.0.2.2\"",
             {"cluster.toml:29: node.2.address.lan-x: is no path of this file: did you mean "
              "`lan-a`?"}},
            {"a duplicate node",
             "\"n2\"",
             "\"n3\"",
             {"cluster.toml:33: node.3.name: \"n3\" is the name of node 2 too: give each node a "
              "name of "
              "its own"}},
            {"a duplicate id",
             "id = 2",
             "id = 1",
             {"cluster.toml:27: node.2.id: 1 is the id of \"n1\" too: give each node an id of its "
              "own"}},
            {"an id out of bounds",
             "id = 2",
             "id = 65536",
             {"cluster.toml:27: node.2.id: 65536 is out of bounds: set it to a number from 1 to "
              "65535"}},
            {"a missing id",
             "id = 2\n",
             "\n",
             {"cluster.toml:25: node.2.id: is missing: add a number from 1 to 65535 that no other "
              "node "
              "has"}},
            {"a shared fate",
             "\"sw-b\"",
             "\"sw-a\"",
             {"cluster.toml:15: path.2.fate: lan-b shares \"sw-a\" with lan-a: they fail together "
              "and "
              "are one piece of evidence: lead one of them over something else, or correct its "
              "fate"}},
            {"a port out of bounds",
             "7750",
             "0",
             {"cluster.toml:16: path.2.port: 0 is out of bounds: set it to a number from 1 to "
              "65535"}},
            {"a kind that is not there yet",
             "kind = \"udp\"",
             "kind = \"rdma\"",
             {"cluster.toml:9: path.1.kind: \"rdma\" is not there yet: this version beats on udp "
              "and disk paths only: set it to \"udp\" or \"disk\", or remove the path"}},
            {"a slot on a network",
             "192.0.2.2",
             "slot-2",
             {"cluster.toml:29: node.2.address.lan-a: \"slot-2\" is a place on a disk, and the "
              "path "
              "is none: write an IPv4 or IPv6 address, for example \"192.0.2.1\""}},
            {"a syntax error",
             "name = \"lan-b\"",
             "name = ",
             {"cluster.toml:13: is no TOML at column 8: Error while parsing key-value pair: "
              "expected "
              "value, saw '\\n': correct the line"}},
            {"a table where a list belongs",
             "[[path]]\nname = \"lan-a\"",
             "[path]\nname = \"lan-a\"",
             {}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const List lines = complaints(node_toml, replaced(cluster_toml, row.old, row.with));
            if (row.expect.empty()) {
                CHECK_FALSE(lines.empty());
            } else {
                CHECK(text(lines) == text(row.expect));
            }
        }
    }

    TEST_CASE("cluster.toml alone, for whoever is no node of the cluster") {
        const auto config = read_cluster_alone(cluster_toml);
        REQUIRE(config);
        CHECK(config->warnings.empty());
        CHECK(config->cluster.hash == read({node_toml, cluster_toml})->cluster.hash);
        CHECK(config->self == nobody);
        CHECK(config->endpoints.size() == 6);
        REQUIRE(config->interfaces.size() == 2);
        CHECK(config->interfaces[0].name.empty());

        const auto warned = read_cluster_alone(replaced(cluster_toml, "\"sw-b\"", "\"sw-a\""));
        REQUIRE(warned);
        REQUIRE(warned->warnings.size() == 1);
        CHECK(warned->warnings[0].key == "path.2.fate");

        const auto wrong = read_cluster_alone(replaced(cluster_toml, "id = 2", "id = 1"));
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error()[0].key == "node.2.id");

        const Complaint missing{Severity::error, "cluster.toml", 0, "", "is not there", "make it"};
        const auto unread = read_cluster_alone(tl::unexpected(missing));
        REQUIRE_FALSE(unread);
        CHECK(unread.error() == Complaints{missing});
    }

    TEST_CASE("a table where a list belongs is no reason to complain of all that follows") {
        CHECK(text(complaints("node = \"n1\"\n", "cluster = \"lab\"\npath = 3\n")) ==
              "node.toml:1: node: \"n1\" is no [[node]] of cluster.toml: add it there\n"
              "cluster.toml: node: there is no [[node]]: add the nodes of the cluster\n"
              "cluster.toml:2: path: is a whole number and must be a list: write each as "
              "[[path]]\n");
    }

    TEST_CASE("node.toml is read with the same care") {
        struct Row {
            std::string why;
            std::string node;
            List expect;
        };
        const Row rows[] = {
            {"not in cluster.toml",
             "node = \"n4\"\n",
             {"node.toml:1: node: \"n4\" is no [[node]] of cluster.toml: did you mean `n1`?"}},
            {"empty",
             "",
             {"node.toml: node: is missing: add node = \"NAME\", the name of this host in "
              "cluster.toml"}},
            {"an unknown path",
             "node = \"n1\"\n[interface]\nlan-c = \"eth0\"\n",
             {"node.toml:3: interface.lan-c: is no path of cluster.toml: did you mean `lan-a`?"}},
            {"no name of an interface",
             "node = \"n1\"\n[interface]\nlan-a = \"eth0/1\"\n",
             {"node.toml:3: interface.lan-a: is no name of an interface: write it as `ip link` "
              "shows it, "
              "such as \"eth0\""}},
            {"16 letters",
             "node = \"n1\"\n[interface]\nlan-a = \"abcdefghijklmnop\"\n",
             {"node.toml:3: interface.lan-a: is no name of an interface: write it as `ip link` "
              "shows it, "
              "such as \"eth0\""}},
            {"15 letters", "node = \"n1\"\n[interface]\nlan-a = \"abcdefghijklmno\"\n", {}},
            {"a key that is unknown",
             "node = \"n1\"\nnoed = 1\n",
             {"node.toml:2: noed: is not known: did you mean `node`?"}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(text(complaints(row.node, cluster_toml)) == text(row.expect));
        }
    }

    TEST_CASE("all complaints of both files come at once, in the order of reading") {
        std::string cluster = replaced(cluster_toml, "id = 2", "id = 0");
        cluster = replaced(cluster, "\"500ms\"", "\"1x\"");
        cluster = replaced(cluster, "port", "prot");
        const auto config = read({std::string("nod = \"n1\"\n"), cluster});
        REQUIRE_FALSE(config);
        List keys;
        for (const Complaint& complaint : config.error()) {
            keys.push_back(complaint.file + " " + complaint.key);
        }
        CHECK(keys == List{"node.toml node", "node.toml nod", "cluster.toml timing.path_limit",
                           "cluster.toml path.2.prot", "cluster.toml node.2.id"});
    }

    TEST_CASE("a file that could not be read is complained of beside the other's mistakes") {
        const Complaint missing{Severity::error,         "node.toml", 0, "",
                                "there is no node.toml", "make it"};
        const auto config =
            read({tl::unexpected(missing), replaced(cluster_toml, "id = 2", "id = 1")});
        REQUIRE_FALSE(config);
        REQUIRE(config.error().size() == 2);
        CHECK(config.error()[0] == missing);
        CHECK(config.error()[1].key == "node.2.id");
    }

    TEST_CASE("of more than five nodes, five vote: who is told to, witnesses, then the first") {
        std::string cluster =
            "cluster = \"lab\"\n[[path]]\nname = \"lan-a\"\nkind = \"udp\"\nfate = \"sw-a\"\n";
        for (int i = 1; i <= 7; ++i) {
            const std::string n = std::to_string(i);
            cluster += "[[node]]\nname = \"n" + n + "\"\nid = " + n + "\n";
            if (i == 6) cluster += "vote = true\n";
            if (i == 7) cluster += "role = \"witness\"\n";
            cluster += "address.lan-a = \"192.0.2." + n + "\"\n";
        }
        const auto config = read({std::string("node = \"n1\"\n"), cluster});
        REQUIRE(config);
        std::string votes;
        for (const MemberConfig& member : config->cluster.members)
            votes += member.votes ? '1' : '0';
        CHECK(votes == "1110011");
    }

    TEST_CASE("the digest is of what is said, not of how") {
        const auto hash = [](const std::string& cluster) {
            const auto config = read({node_toml, cluster});
            REQUIRE(config);
            return config->cluster.hash;
        };
        const std::uint32_t plain = hash(cluster_toml);
        CHECK(hash("# a comment\n" + cluster_toml) == plain);
        CHECK(hash(replaced(cluster_toml, "2001:db8:0::1", "2001:DB8::1")) == plain);
        CHECK(hash(replaced(cluster_toml, "500ms", "0.5s")) == plain);
        CHECK(hash(replaced(cluster_toml, "500ms", "501ms")) != plain);
        CHECK(hash(replaced(cluster_toml, "192.0.2.3", "192.0.2.4")) != plain);
        CHECK(hash(replaced(cluster_toml, "\"n2\"", "\"n4\"")) != plain);
        CHECK(hash(replaced(cluster_toml, "7750", "7751")) != plain);
        CHECK(hash(replaced(cluster_toml, "port = 7750", "off = true")) != plain);
    }

    TEST_CASE("text that is no TOML never does worse than a complaint") {
        for (std::size_t end = 0; end < cluster_toml.size(); end += 3) {
            const auto config = read({node_toml, cluster_toml.substr(0, end)});
            if (!config) CHECK(has_error(config.error()));
        }
        std::string bytes = cluster_toml;
        for (std::size_t i = 0; i < bytes.size(); i += 5) {
            std::string broken = bytes;
            broken[i] = static_cast<char>(broken[i] ^ 0x95);
            const auto config = read({node_toml, broken});
            if (!config) CHECK(has_error(config.error()));
        }
        CHECK_FALSE(read({node_toml, std::string(5000, '[')}));
    }
}

}  // namespace
}  // namespace inquest::config
