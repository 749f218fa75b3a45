// How an agent is called, and what its answer is worth.
#include "fence/agent_call.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <string>

namespace inquest::fence {
namespace {

using How = ProcessEnd::How;

ProcessEnd ended(How how, int number, std::string output = "", std::string error = "") {
    return {.how = how,
            .number = number,
            .took = std::chrono::milliseconds(10),
            .output = std::move(output),
            .error = std::move(error)};
}

TEST_CASE("what may be the name of an agent") {
    struct Row {
        const char* why;
        std::string name;
        bool expect;
    };
    const Row rows[] = {
        {"the commonest", "fence_ipmilan", true},
        {"letters, digits, _ and -", "fence_ilo5_ssh-2", true},
        {"no agent", "sh", false},
        {"nothing behind the prefix", "fence_", false},
        {"a path", "fence_../../bin/sh", false},
        {"another folder", "/usr/sbin/fence_ipmilan", false},
        {"hidden", ".fence_x", false},
        {"large letters", "fence_IPMI", false},
        {"blanks", "fence_x y", false},
        {"a line break", "fence_x\n", false},
        {"a zero byte", std::string("fence_x\0y", 9), false},
        {"far too long", "fence_" + std::string(200, 'x'), false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(is_agent_name(row.name) == row.expect);
    }
}

TEST_CASE("what decides over a machine's power stands last, and is ours") {
    wire::AgentCall call{
        .device = {"pdu", "fence_apc", {{"ip", "192.0.2.8"}}, "pdu"}, .node = "n3", .plug = "4"};
    CHECK(agent_input(AgentAction::off, call, {{"password", "a b=c"}}) ==
          "ip=192.0.2.8\npassword=a b=c\nnodename=n3\nport=4\nplug=4\naction=off\n");
    CHECK(agent_input(AgentAction::metadata, call, {{"password", "x"}}) == "action=metadata\n");

    SUBCASE("who says it in a file is passed over") {
        call.device.options = {{"action", "on"}, {"nodename", "n1"}, {"option", "on"}};
        CHECK(agent_input(AgentAction::status, call, {{"action", "on"}}) ==
              "nodename=n3\nport=4\nplug=4\naction=status\n");
    }
    SUBCASE("a plug of the device's own counts where the node has none") {
        call.device.options = {{"plug", "7"}};
        CHECK(agent_input(AgentAction::status, call, {{"port", "8"}}) ==
              "nodename=n3\nport=4\nplug=4\naction=status\n");
        call.plug.clear();
        CHECK(agent_input(AgentAction::status, call, {}) == "plug=7\nnodename=n3\naction=status\n");
    }
}

TEST_CASE("what a status says") {
    struct Row {
        const char* why;
        ProcessEnd end;
        StatusWord expect;
    };
    const Row rows[] = {
        {"on", ended(How::exited, 0, "Status: ON\n"), StatusWord::on},
        {"the exit code counts, not the text", ended(How::exited, 0, "off"), StatusWord::on},
        {"off", ended(How::exited, 2, "Status: OFF\n"), StatusWord::off},
        {"in small letters", ended(How::exited, 2, "power is off"), StatusWord::off},
        {"an agent that says nothing", ended(How::exited, 2), StatusWord::off_by_code_alone},
        {"another word", ended(How::exited, 2, "offline office"), StatusWord::off_by_code_alone},
        {"a shell that cannot read its script",
         ended(How::exited, 2, "", "sh: 0: cannot open: off"), StatusWord::off_by_code_alone},
        {"unreachable", ended(How::exited, 1, "Status: OFF"), StatusWord::unclear},
        {"an odd code", ended(How::exited, 3, "off"), StatusWord::unclear},
        {"killed by signal 2", ended(How::signalled, 2, "off"), StatusWord::unclear},
        {"too late", ended(How::out_of_time, 0, "off"), StatusWord::unclear},
        {"too late, whatever it said", ended(How::out_of_time, 2, "off"), StatusWord::unclear},
        {"never run", ended(How::not_started, 2, "off"), StatusWord::unclear},
        {"nobody waits", ended(How::given_up, 2, "off"), StatusWord::unclear},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(status_word(row.end) == row.expect);
    }
}

TEST_CASE("only an exit code of 0 is good") {
    CHECK(ended(How::exited, 0).was_good());
    CHECK_FALSE(ended(How::exited, 1).was_good());
    CHECK_FALSE(ended(How::out_of_time, 0).was_good());
    CHECK_FALSE(ended(How::not_started, 0).was_good());
    CHECK_FALSE(ended(How::signalled, 0).was_good());
}

TEST_CASE("a person is told how it ended, and what it said last") {
    struct Row {
        const char* why;
        ProcessEnd end;
        std::string expect;
    };
    const Row rows[] = {
        {"nothing said", ended(How::exited, 1), "off: exit code 1"},
        {"the last line that says anything",
         ended(How::exited, 1, "out", "WARNING: a\nERROR: no route\n\n \n"),
         "off: exit code 1: ERROR: no route"},
        {"only on standard output", ended(How::exited, 1, "  no route  "),
         "off: exit code 1: no route"},
        {"a signal", ended(How::signalled, SIGSEGV), "off: died of signal 11 (Segmentation fault)"},
        {"no program", ended(How::not_started, 2),
         "off: cannot be started: No such file or directory"},
        {"no page", ended(How::exited, 1, std::string(5000, 'x')),
         "off: exit code 1: " + std::string(200, 'x')},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(described("off", row.end) == row.expect);
    }
}

}  // namespace
}  // namespace inquest::fence
