// The agreed configuration as a file, as what a daemon runs with, and against a file that differs.
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/duration.hpp"
#include "heartbeat/config/reader.hpp"
#include "tests/unit/agreed_cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::config {
namespace {

using namespace std::chrono_literals;

HostConfig read_back(const ClusterState& state) {
    const auto read = read_cluster_alone(render(state));
    if (!read) {
        for (const Complaint& complaint : read.error()) MESSAGE(to_string(complaint));
    }
    REQUIRE(read.has_value());
    return *read;
}

void same_configuration(const ClusterState& state) {
    const HostConfig file = read_back(state);
    const ClusterConfig agreed = configuration(state);
    CHECK(file.cluster.name == agreed.name);
    CHECK(file.cluster.timing == agreed.timing);
    REQUIRE(file.cluster.paths.size() == agreed.paths.size());
    for (std::size_t i = 0; i < agreed.paths.size(); ++i) {
        CHECK(file.cluster.paths[i].name == agreed.paths[i].name);
        CHECK(file.cluster.paths[i].fate == agreed.paths[i].fate);
        CHECK(file.cluster.paths[i].admin == agreed.paths[i].admin);
        CHECK(file.ports[i] == state.paths[i].port);
    }
    REQUIRE(file.cluster.members.size() == agreed.members.size());
    for (std::size_t i = 0; i < agreed.members.size(); ++i) {
        CHECK(file.cluster.members[i].id == agreed.members[i].id);
        CHECK(file.cluster.members[i].name == agreed.members[i].name);
        CHECK(file.cluster.members[i].role == agreed.members[i].role);
        CHECK(file.cluster.members[i].votes);  // also the one who has not joined yet
        CHECK(file.cluster.members[i].paths == agreed.members[i].paths);
        for (const PathAddress& address : state.members[i].addresses) {
            const Endpoint* end = file.endpoint(agreed.members[i].id, address.path);
            REQUIRE(end != nullptr);
            CHECK(end->address.text == address.address);
        }
    }
}

TEST_CASE("the rendered cluster.toml reads back as the same configuration") {
    same_configuration(agreed_cluster());
}

TEST_CASE("also with odd timings, a path that is off, and a member that is on one path only") {
    ClusterState state = agreed_cluster();
    state.timing = {2500us, 10ms + 1ns, 90s, 5min, 31s, 1500ms, 7s + 1ms, 1ms + 1ns};
    state.paths.push_back({.name = "ib", .fate = "ibsw", .port = 7740, .admin = Switched::off});
    state.members[1].addresses.pop_back();
    same_configuration(state);
}

TEST_CASE("the rendered file says who wrote it and how to change it") {
    const std::string text = render(agreed_cluster());
    CHECK(text.starts_with("# Written by inquestd"));
    CHECK(text.find("inquest config push") != std::string::npos);
    CHECK(text.find("\n[[node]]\nname = \"n3\"\nid = 4\nrole = \"witness\"\nvote = true\n"
                    "  [node.address]\n  lan-a = \"192.0.2.3\"\n  lan-b = \"2001:db8::3\"\n") !=
          std::string::npos);
}

TEST_CASE("a name from elsewhere cannot break out of its quotes") {
    ClusterState state = agreed_cluster();
    state.name = "a\"\nprofile = \"fast";
    const auto read = read_cluster_alone(render(state));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().front().key == "cluster");
}

TEST_CASE("a length of time is written as it is read") {
    struct Row {
        Duration length;
        const char* text;
    };
    const Row rows[] = {{0ns, "0ms"},     {1ns, "0.000001ms"}, {250us, "0.25ms"},
                        {400ms, "400ms"}, {1500ms, "1500ms"},  {90s, "90s"},
                        {2min, "2m"},     {3h, "3h"},          {1s + 1ns, "1000.000001ms"},
                        {2500us, "2.5ms"}};
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(duration_text(row.length) == row.text);
        CHECK(parse_duration(row.text) == row.length);
    }
}

TEST_CASE(
    "a daemon runs with the agreed cluster, and with its own host's interfaces and watchdog") {
    const ClusterState state = agreed_cluster();
    HostConfig here = read_back(state);
    here.self = MemberId(2);
    here.self_line = 3;
    here.interfaces = {{"", 0}, {"eth1", 7}};
    here.watchdog = WatchdogConfig{.path = "/dev/watchdog", .reset_time = 2s};
    ClusterState later = state;
    later.paths.push_back({.name = "ib", .fate = "ibsw", .port = 7741});
    const HostConfig followed = host_config(later, here);
    CHECK(followed.self == MemberId(2));
    CHECK(followed.self_line == 3);
    CHECK(followed.cluster.hash == configuration(later).hash);
    CHECK(followed.cluster.members.size() == 3);
    CHECK(followed.ports == std::vector<std::uint16_t>{7740, 7750, 7741});
    REQUIRE(followed.interfaces.size() == 3);
    CHECK(followed.interfaces[1].name == "eth1");
    CHECK(followed.interfaces[2].name.empty());
    CHECK((followed.watchdog == here.watchdog));
    REQUIRE(followed.endpoint(MemberId(4), PathId(1)) != nullptr);
    CHECK(followed.endpoint(MemberId(4), PathId(1))->address.text == "2001:db8::3");
    CHECK(followed.warnings.empty());
}

TEST_CASE("an agreed address that is none is left out, with a warning") {
    ClusterState state = agreed_cluster();
    const HostConfig here = read_back(state);
    state.members[1].addresses[0].address = "n2.example.org";
    const HostConfig followed = host_config(state, here);
    CHECK(followed.endpoint(MemberId(2), PathId(0)) == nullptr);
    REQUIRE(followed.warnings.size() == 1);
    CHECK(followed.warnings[0].key == "node.2.address.lan-a");
}

// ---- Against a file -----------------------------------------------------------------------------

Wanted wanting(const ClusterState& state, const std::string& was, const std::string& is) {
    std::string text = render(state);
    if (!was.empty()) {
        const std::size_t place = text.find(was);
        REQUIRE(place != std::string::npos);
        text.replace(place, was.size(), is);
    }
    const auto read = read_cluster_alone(text);
    REQUIRE(read.has_value());
    return changes_between(state, *read);
}

TEST_CASE("the rendered file wants nothing") {
    const Wanted wanted = wanting(agreed_cluster(), "", "");
    CHECK(wanted.changes.empty());
    CHECK(wanted.complaints.empty());
}

TEST_CASE("what a push can change") {
    struct Row {
        const char* why;
        const char* was;
        const char* is;
        std::vector<std::string> effects;
    };
    // clang-format off
    const Row rows[] = {
        {"a timing", "path_limit = \"400ms\"", "path_limit = \"1s\"",
         {"a silent path is noticed after 1s instead of 400ms"}},
        {"two timings", "beat_interval = \"100ms\"\npath_limit = \"400ms\"",
         "beat_interval = \"50ms\"\npath_limit = \"200ms\"",
         {"each path beats every 50ms instead of 100ms",
          "a silent path is noticed after 200ms instead of 400ms"}},
        {"a path goes off", "port = 7750\n", "port = 7750\noff = true\n",
         {"path lan-b is switched off: nothing is sent on it, and nothing is concluded from it"}},
        {"a fate", "fate = \"sw-b\"", "fate = \"sw-c\"",
         {"path lan-b depends on sw-c instead of sw-b"}},
        {"a port", "port = 7750", "port = 7751",
         {"path lan-b beats on port 7751 instead of 7750, and is silent between nodes of which one "
          "has not followed yet"}},
        {"a new path", "\n[[node]]",
         "\n[[path]]\nname = \"ib\"\nkind = \"udp\"\nfate = \"ibsw\"\n\n[[node]]",
         {"path ib (udp, depends on ibsw, port 7740) is new, and no member has an address on it "
          "yet: only nodes that are invited from now on can use it"}},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const ClusterState state = agreed_cluster();
        const Wanted wanted = wanting(state, row.was, row.is);
        CHECK(wanted.complaints.empty());
        REQUIRE(wanted.changes.size() == 1);
        CHECK(effects(state, wanted.changes[0]) == row.effects);
    }
}

TEST_CASE("what a push cannot change is a complaint that says how it is done") {
    struct Row {
        const char* why;
        const char* was;
        const char* is;
        const char* key;
        const char* remedy;
    };
    // clang-format off
    const Row rows[] = {
        {"another cluster", "cluster = \"lab\"", "cluster = \"lob\"", "cluster",
         "another cluster?"},
        {"a path renamed", "name = \"lan-b\"\nkind", "name = \"lan-c\"\nkind", "path.2.name",
         "order"},
        {"a node renamed", "name = \"n2\"", "name = \"n9\"", "node.2.name", "inquest invite n9"},
        {"and so one is missing", "name = \"n2\"", "name = \"n9\"", "node", "inquest remove n2"},
        {"another id", "id = 2\n", "id = 7\n", "node.2.id", "put it back"},
        {"another role", "id = 2\nrole = \"voter\"", "id = 2\nrole = \"witness\"", "node.2.role",
         "inquest remove n2"},
        {"another address", "192.0.2.2", "192.0.2.9", "node.2.address", "invite n2 with its new"},
        {"one address less", "  lan-b = \"2001:db8::2\"\n", "", "node.2.address", "invite n2"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        std::string is = row.is;
        std::string was = row.was;
        // Where a path gets another name, its addresses do too, or the file would not be read.
        ClusterState state = agreed_cluster();
        if (std::string(row.key) == "path.2.name") {
            for (AgreedMember& member : state.members) member.addresses.pop_back();
        }
        const Wanted wanted = wanting(state, was, is);
        const auto found =
            std::find_if(wanted.complaints.begin(), wanted.complaints.end(),
                         [&](const Complaint& complaint) { return complaint.key == row.key; });
        REQUIRE(found != wanted.complaints.end());
        CHECK(found->severity == Severity::error);
        CHECK(found->remedy.find(row.remedy) != std::string::npos);
    }
}

TEST_CASE("a vote that the file would move is only told") {
    const Wanted wanted = wanting(agreed_cluster(), "vote = true", "vote = false");
    CHECK(wanted.changes.empty());
    REQUIRE(wanted.complaints.size() == 1);
    CHECK(wanted.complaints[0].severity == Severity::warning);
    CHECK(wanted.complaints[0].key == "node.1.vote");
}

}  // namespace
}  // namespace inquest::config
