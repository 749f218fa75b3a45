// Which fence devices are ready, as people read it.
#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/fence_status_text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::cli {
namespace {

Json status(const char* fence) { return Json{{"fence", Json::parse(fence)}}; }

constexpr const char* three =
    R"([{"node":"n2","device":"bmc-n2","from":"n1","ready":true,"why":"on","age_ms":1500},
        {"node":"n3","device":"bmc-n3","from":"n1","ready":false,"why":"no route","age_ms":61000},
        {"node":"n3","device":"pdu","from":"n1","ready":null,"why":"","age_ms":null}])";

}  // namespace

TEST_SUITE("cli fence text") {
    TEST_CASE("a table of devices, each with what was seen and when") {
        Screen screen;
        screen.width = 120;
        CHECK(fence_status_text(screen, status(three)) ==
              "node  device  from  state          seen       what was seen\n"
              "n2    bmc-n2  n1    ready          1.5s ago   on\n"
              "n3    bmc-n3  n1    NOT READY      1m01s ago  no route\n"
              "n3    pdu     n1    not asked yet  -\n");
        CHECK(fence_status_text(screen, status("[]")) ==
              "This node may ask no fence device. docs/fencing.md says how to describe them.\n");
    }

    TEST_CASE("one that is not ready is no good health; one that was not asked yet is no news") {
        CHECK(fence_status_exit(status(three)) == wire::Exit::degraded);
        CHECK(fence_status_exit(status("[]")) == wire::Exit::healthy);
        CHECK(fence_status_exit(status(R"([{"ready":null},{"ready":true}])")) ==
              wire::Exit::healthy);
        CHECK(fence_status_exit(status(R"([{"ready":"no"}])")) == wire::Exit::healthy);
    }

    TEST_CASE("how it is typed") {
        const auto typed = parse_command({"fence", "status", "--json"});
        REQUIRE(typed.has_value());
        CHECK(typed->verb == Verb::fence_status);
        CHECK(typed->json);
        CHECK_FALSE(parse_command({"fence"}).has_value());
        const auto armed = parse_command({"arm", "--anyway"});
        REQUIRE(armed.has_value());
        CHECK(armed->life.anyway);
    }
}

}  // namespace inquest::cli
