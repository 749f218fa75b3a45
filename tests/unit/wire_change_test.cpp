// What administrators ask for, as JSON within a request.
#include "heartbeat/wire/local.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::wire {
namespace {

using namespace std::chrono_literals;

Request asking(Change change) {
    Request request{.verb = Verb::ask};
    request.change = std::move(change);
    return request;
}

std::string ask_text(const std::string& change) {
    return R"({"change":)" + change + R"(,"verb":"ask"})";
}

TEST_CASE("a change is the same on both sides") {
    struct Row {
        const char* why;
        Change change;
        std::string text;
    };
    // clang-format off
    const Row rows[] = {
        {"a node with two addresses",
         InviteChange{"n4", Role::voter, Vote::yes,
                      {{"lan-a", "192.0.2.4"}, {"lan-b", "2001:db8::4"}}},
         R"({"addresses":{"lan-a":"192.0.2.4","lan-b":"2001:db8::4"},"kind":"invite",)"
         R"("name":"n4","role":"voter","vote":true})"},
        {"a witness that gives no vote",
         InviteChange{"w", Role::witness, Vote::no, {{"lan-a", "192.0.2.5"}}},
         R"({"addresses":{"lan-a":"192.0.2.5"},"kind":"invite","name":"w","role":"witness",)"
         R"("vote":false})"},
        {"remove", RemoveChange{"n4"}, R"({"kind":"remove","node":"n4"})"},
        {"arm", ArmChange{Armed::yes}, R"({"armed":true,"kind":"arm"})"},
        {"disarm", ArmChange{Armed::no}, R"({"armed":false,"kind":"arm"})"},
        {"maintenance", MaintenanceChange{"n2", Maintenance::on},
         R"({"kind":"maintenance","node":"n2","on":true})"},
        {"a key needs no words", RekeyChange{}, R"({"kind":"rekey"})"},
        {"timings in whole nanoseconds", TimingChange{Timing::fast()},
         R"({"beat_interval_ns":10000000,"boot_grace_ns":10000000000,)"
         R"("condemn_after_ns":400000000,"kind":"timing","lease_ns":2000000000,)"
         R"("margin_ns":500000000,"path_limit_ns":40000000,"restart_grace_ns":1000000000,)"
         R"("watchdog_ns":5000000000})"},
        {"a path", PathChange{PathId(2), {"lan-c", PathKind::udp, "sw-c", 7740, Switched::off}},
         R"({"fate":"sw-c","kind":"path","name":"lan-c","off":true,"path_kind":"udp",)"
         R"("place":2,"port":7740})"},
        {"a fence device",
         FenceDeviceChange{"pdu", "fence_apc", FenceProof::storage, {{"ip", "192.0.2.9"}},
                           {{"n3", "outlet 7"}}, "pdu", {"n1", "n2"}, 20s},
         R"({"agent":"fence_apc","kind":"fence-device","name":"pdu",)"
         R"("options":{"ip":"192.0.2.9"},"plugs":{"n3":"outlet 7"},"proves":"storage",)"
         R"("run_by":["n1","n2"],"secrets":"pdu","timeout_ns":20000000000})"},
        {"one with as little as there may be said",
         FenceDeviceChange{"b", "fence_b", FenceProof::power, {}, {}, "", {}, 1s},
         R"({"agent":"fence_b","kind":"fence-device","name":"b","options":{},"plugs":{},)"
         R"("proves":"power","run_by":[],"secrets":"","timeout_ns":1000000000})"},
        {"a device less", FenceDeviceDropChange{"pdu"},
         R"({"kind":"fence-device-drop","name":"pdu"})"},
        {"levels", FencePlanChange{"n3", {"bmc-n3", "pdu+self"}, 2s, 9, "rack 1"},
         R"({"delay_ns":2000000000,"fate":"rack 1","kind":"fence-plan",)"
         R"("levels":["bmc-n3","pdu+self"],"node":"n3","priority":9})"},
        {"the guard against storms", StormGuardChange{{2, 10min}},
         R"({"kind":"storm-guard","limit":2,"window_ns":600000000000})"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(to_text(asking(row.change)) == ask_text(row.text));
        const auto parsed = parse_request(ask_text(row.text));
        REQUIRE(parsed.has_value());
        CHECK(*parsed == asking(row.change));
    }
}

TEST_CASE("a change that is not understood is refused with its field") {
    const std::string long_name(name_bytes_max + 1, 'n');
    struct Row {
        const char* why;
        std::string text;
        std::string expect;
    };
    // clang-format off
    const Row rows[] = {
        {"no object", "[]", "it is not an object"},
        {"no kind", "{}", "`kind` is not"},
        {"a kind of another version", R"({"kind":"fence"})", "one of invite remove arm"},
        {"remove whom?", R"({"kind":"remove"})", "`node` is not"},
        {"a name with a space", R"({"kind":"remove","node":"n 4"})", "`node` is not"},
        {"a name too long", R"({"kind":"remove","node":")" + long_name + "\"}", "`node` is not"},
        {"more than is needed", R"({"kind":"rekey","node":"n4"})", "does not go with its `kind`"},
        {"a word for a boolean", R"({"kind":"arm","armed":"yes"})", "`armed` is not true or false"},
        {"no such role",
         R"({"kind":"invite","name":"n4","role":"king","vote":true,"addresses":{}})",
         "`role` is not one of voter witness"},
        {"a number for an address",
         R"({"kind":"invite","name":"n4","role":"voter","vote":true,"addresses":{"a":1}})",
         "`addresses` is not"},
        {"a list of addresses",
         R"({"kind":"invite","name":"n4","role":"voter","vote":true,"addresses":["a"]})",
         "`addresses` is not"},
        {"a negative length",
         R"({"kind":"timing","beat_interval_ns":-1,"path_limit_ns":1,"condemn_after_ns":1,)"
         R"("boot_grace_ns":1})",
         "`beat_interval_ns` is not"},
        {"a length of four centuries",
         R"({"kind":"timing","beat_interval_ns":1,"path_limit_ns":12000000000000000000,)"
         R"("condemn_after_ns":1,"boot_grace_ns":1})",
         "`path_limit_ns` is not"},
        {"port 0",
         R"({"kind":"path","place":0,"name":"a","path_kind":"udp","fate":"s","port":0,)"
         R"("off":false})",
         "`port` is not a whole number from 1 to 65535"},
        {"an option with a line break",
         R"({"agent":"fence_b","kind":"fence-device","name":"b","options":{"a":"x\ny"},)"
         R"("plugs":{},"proves":"power","run_by":[],"secrets":"","timeout_ns":1})",
         "`options` is not"},
        {"an option that is a number",
         R"({"agent":"fence_b","kind":"fence-device","name":"b","options":{"a":1},)"
         R"("plugs":{},"proves":"power","run_by":[],"secrets":"","timeout_ns":1})",
         "`options` is not"},
        {"what a device proves",
         R"({"agent":"fence_b","kind":"fence-device","name":"b","options":{},)"
         R"("plugs":{},"proves":"hope","run_by":[],"secrets":"","timeout_ns":1})",
         "`proves` is not one of power storage"},
        {"five levels",
         R"({"kind":"fence-plan","node":"n3","levels":["a","b","c","d","e"],"delay_ns":0,)"
         R"("priority":0,"fate":""})",
         "`levels` is not a list of texts"},
        {"a level that is no text",
         R"({"kind":"fence-plan","node":"n3","levels":[1],"delay_ns":0,"priority":0,"fate":""})",
         "`levels` is not a list of texts"},
        {"no node at all may be switched off",
         R"({"kind":"storm-guard","limit":0,"window_ns":1})",
         "`limit` is not a whole number from 1 to 255"},
        {"a seventeenth path",
         R"({"kind":"path","place":16,"name":"a","path_kind":"udp","fate":"s","port":1,)"
         R"("off":false})",
         "`place` is not a whole number from 0 to 15"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto parsed = parse_request(ask_text(row.text));
        REQUIRE_FALSE(parsed.has_value());
        CAPTURE(parsed.error().why);
        CHECK(parsed.error().why.find(row.expect) != std::string::npos);
    }
}

TEST_CASE("an invitation has at most an address for each path there can be") {
    const auto invite = [](std::size_t count) {
        InviteChange change{.name = "n4", .addresses = {}};
        for (std::size_t i = 0; i < count; ++i)
            change.addresses["lan-" + std::to_string(i)] = "192.0.2.4";
        return to_text(asking(change));
    };
    CHECK(parse_request(invite(paths_max)).has_value());
    CHECK_FALSE(parse_request(invite(paths_max + 1)).has_value());
}

}  // namespace
}  // namespace inquest::wire
