// Fence devices and levels in cluster.toml: what they become, each complaint of them, how they are
// written back, and what a push would change.
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/reader.hpp"
#include "heartbeat/core/fence_text.hpp"
#include "tests/unit/agreed_cluster.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::config {
namespace {

using namespace std::chrono_literals;

/// [fence] begins in line 2; `plans` are the [node.fence] of n1 and n2.
std::string cluster_toml(const std::string& fence, const std::string& plan1 = "",
                         const std::string& plan2 = "") {
    return "cluster = \"lab\"\n" + fence +
           "\n[[path]]\nname = \"lan-a\"\nkind = \"udp\"\nfate = \"sw-a\"\n"
           "[[path]]\nname = \"lan-b\"\nkind = \"udp\"\nfate = \"sw-b\"\n"
           "[[node]]\nname = \"n1\"\nid = 1\n"
           "address = {lan-a = \"192.0.2.1\", lan-b = \"198.51.100.1\"}\n" +
           plan1 +
           "[[node]]\nname = \"n2\"\nid = 2\n"
           "address = {lan-a = \"192.0.2.2\", lan-b = \"198.51.100.2\"}\n" +
           plan2 +
           "[[node]]\nname = \"n3\"\nid = 3\n"
           "address = {lan-a = \"192.0.2.3\", lan-b = \"198.51.100.3\"}\n";
}

/// One a line, so that a failed check shows them.
std::string complaints(const std::string& text) {
    const auto read = read_cluster_alone(text);
    std::string joined;
    for (const Complaint& complaint : read ? read->warnings : read.error())
        joined += to_string(complaint) + "\n";
    return joined;
}

const std::string bmc =
    "[[fence.device]]\nname = \"bmc-n1\"\nagent = \"fence_ipmilan\"\n"
    "options = {ip = \"192.0.2.101\", lanplus = true, ipport = 623}\n";
const std::string level1 = "fence = {levels = [\"bmc-n1\", \"self\"]}\n";

}  // namespace

TEST_SUITE("config fence") {
    TEST_CASE("devices and levels become what is agreed on") {
        const auto read = read_cluster_alone(cluster_toml(
            "[fence]\nlimit = 2\nwindow = \"10m\"\n" + bmc +
                "secrets = \"bmc-n1\"\nrun_by = [\"n3\", \"n2\"]\ntimeout = \"20s\"\n"
                "proves = \"storage\"\nplugs = {n1 = \"4\"}\n",
            "fence = {levels = [\"bmc-n1+self\", \"operator\"], delay = \"2s\", priority = 9, "
            "fate = \"rack-1\"}\n"));
        REQUIRE(read.has_value());
        CHECK((read->cluster.storm == StormGuard{.limit = 2, .window = 10min}));
        REQUIRE(read->cluster.devices.size() == 1);
        const FenceDevice& device = read->cluster.devices.front();
        CHECK(device.agent == "fence_ipmilan");
        CHECK(device.proves == FenceProof::storage);
        CHECK((device.options == std::vector<FenceOption>{
                                     {"ip", "192.0.2.101"}, {"ipport", "623"}, {"lanplus", "1"}}));
        CHECK((device.plugs == std::vector<FencePlug>{{MemberId(1), "4"}}));
        CHECK(device.secrets == "bmc-n1");
        CHECK((device.run_by == std::vector<MemberId>{MemberId(2), MemberId(3)}));
        CHECK(device.timeout == 20s);
        const FencePlan& plan = read->cluster.members[0].fence;
        CHECK(describe(plan) == "bmc-n1+self, then operator");
        CHECK(plan.delay == 2s);
        CHECK(plan.priority == 9);
        CHECK(plan.fate == "rack-1");
    }

    TEST_CASE("each mistake has a complaint that says where, what and what to do") {
        struct Row {
            std::string why;
            std::string fence;
            std::string plan1;
            std::string plan2;
            std::string expect;
        };
        const Row rows[] = {
            {"an unknown key", bmc + "pasword = \"x\"\n", level1, "",
             "cluster.toml:6: fence.device.1.pasword: is not known: remove it, or use one of: "
             "name, "
             "agent, proves, options, plugs, secrets, run_by, timeout\n"},
            {"no agent", "[[fence.device]]\nname = \"bmc-n1\"\n", level1, "",
             "cluster.toml:2: fence.device.1.agent: is missing: add agent = \"fence_ipmilan\"\n"},
            {"no fence agent", "[[fence.device]]\nname = \"bmc-n1\"\nagent = \"/bin/sh\"\n", level1,
             "",
             "cluster.toml:4: fence.device.1.agent: \"/bin/sh\" is no fence agent: name a program "
             "of /usr/sbin such as \"fence_ipmilan\"\n"},
            {"a device that is not there", bmc, "fence = {levels = [\"bmc-n2\"]}\n", "",
             "cluster.toml:19: node.1.fence.levels: there is no fence device \"bmc-n2\": add it "
             "under [[fence.device]], or correct the name\n"},
            {"a node that is not there", bmc + "run_by = [\"n4\"]\n", level1, "",
             "cluster.toml:6: fence.device.1.run_by: \"n4\" is no node of this file: did you "
             "mean `n1`?\n"},
            {"a level that nobody can run", bmc + "run_by = [\"n1\"]\n", level1, "",
             "cluster.toml:20: node.1.fence.levels: only n1 itself may run bmc-n1, and no node "
             "switches itself off: name another node in its `run_by`, or remove that\n"},
            {"one device for two nodes", bmc, level1, "fence = {levels = [\"bmc-n1\"]}\n",
             "cluster.toml:24: node.2.fence.levels: bmc-n1 would switch off n1 and n2 alike: it "
             "has no plug that tells them apart: write the plug of each into its `plugs`\n"},
            {"two devices of one address",
             bmc + "[[fence.device]]\nname = \"bmc-n2\"\nagent = \"fence_ipmilan\"\n"
                   "options = {ipaddr = \"192.0.2.101\", ipport = 623}\n",
             level1, "fence = {levels = [\"bmc-n2\"]}\n",
             "cluster.toml:28: node.2.fence.levels: bmc-n2 of n2 and bmc-n1 of n1 have the same "
             "address: one of the two would switch off the wrong machine: correct the address\n"},
            {"a person and a device", bmc, "fence = {levels = [\"bmc-n1+operator\"]}\n", "",
             "cluster.toml:19: node.1.fence.levels: \"bmc-n1+operator\" asks for more than a "
             "person's word: put `operator` into a level of its own: it is a proof by itself\n"},
            {"what Inquest says itself", bmc + "[fence.device.plugs]\nn1 = \"\"\n", level1, "",
             "cluster.toml:6: fence.device.1.plugs: a plug is empty, too long or not one line: "
             "write it with 1 to 127 characters\n"},
            {"an action",
             "[[fence.device]]\nname = \"bmc-n1\"\nagent = \"fence_ipmilan\"\n"
             "options = {action = \"on\"}\n",
             level1, "",
             "cluster.toml:5: fence.device.1.options.action: is said by Inquest itself: remove "
             "it\n"},
            {"a secret elsewhere", bmc + "secrets = \"../shadow\"\n", level1, "",
             "cluster.toml:6: fence.device.1.secrets: \"../shadow\" is no name of a file in "
             "/etc/inquest/fence: write the file's name alone, without a folder\n"},
            {"no limit", "[fence]\nlimit = 0\n" + bmc, level1, "",
             "cluster.toml:3: fence.limit: 0 is out of bounds: set it to a number from 1 to 32\n"},
            {"a level of nothing", bmc, "fence = {levels = [\"bmc-n1+\"]}\n", "",
             "cluster.toml:19: node.1.fence.levels: \"bmc-n1+\" is no level: write devices, "
             "`self` or `operator`, with + between those that must all succeed\n"},
            {"levels that are no list", bmc, "fence = {levels = \"bmc-n1\"}\n", "",
             "cluster.toml:19: node.1.fence.levels: is no list of strings: write it as levels = "
             "[\"...\", \"...\"]\n"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const std::string told = complaints(cluster_toml(row.fence, row.plan1, row.plan2));
            CAPTURE(told);
            CHECK(told.find(row.expect) != std::string::npos);
            CHECK_FALSE(read_cluster_alone(cluster_toml(row.fence, row.plan1, row.plan2)));
        }
    }

    TEST_CASE("what is agreed reads back from the file that is written of it") {
        ClusterState state = agreed_cluster();
        FenceDevice device{.name = "pdu", .agent = "fence_apc"};
        device.options = {{"ip", "192.0.2.9"}, {"odd name", "a \"quoted\" value"}};
        device.plugs = {{state.members[0].id, "1"}, {state.members[1].id, "2"}};
        device.secrets = "pdu";
        device.run_by = {state.members[1].id, state.members[2].id};
        device.timeout = 7s;
        state.devices = {device};
        state.storm = {.limit = 3, .window = 90s};
        state.members[0].fence.levels = {*parse_level("pdu+self"), *parse_level("operator")};
        state.members[0].fence.delay = 3s;
        state.members[0].fence.priority = 4;
        state.members[0].fence.fate = "rack-1";
        const auto read = read_cluster_alone(render(state));
        REQUIRE(read.has_value());
        CHECK((read->cluster.devices == state.devices));
        CHECK((read->cluster.storm == state.storm));
        CHECK((read->cluster.members[0].fence == state.members[0].fence));
        CHECK(changes_between(state, *read).changes.empty());
    }

    TEST_CASE("a push adds devices before the plans that name them, and drops them behind") {
        ClusterState state = agreed_cluster();
        FenceDevice old{.name = "old", .agent = "fence_apc"};
        state.devices = {old};
        state.members[0].fence.levels = {*parse_level("old")};
        HostConfig wanted = *read_cluster_alone(render(state));
        wanted.cluster.devices.front().name = "new";
        wanted.cluster.members[0].fence.levels = {*parse_level("new")};
        const Wanted found = changes_between(state, wanted);
        REQUIRE(found.changes.size() == 3);
        CHECK(std::holds_alternative<FenceDeviceSet>(found.changes[0]));
        CHECK(std::holds_alternative<FencePlanSet>(found.changes[1]));
        CHECK(std::holds_alternative<FenceDeviceDropped>(found.changes[2]));
        CHECK(effects(state, found.changes[0]) ==
              std::vector<std::string>{"fence device new (fence_apc) is new"});
        CHECK(effects(state, found.changes[1]) ==
              std::vector<std::string>{"n1 is switched off by new instead of old"});
        CHECK(effects(state, found.changes[2]) ==
              std::vector<std::string>{"fence device old is there no more"});
    }
}

}  // namespace inquest::config
