// The line between inquestd and inquest-fenced: what is meant comes through, all else is refused.
#include "heartbeat/wire/fence_line.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace inquest::wire {
namespace {

using namespace std::chrono_literals;

AgentCall bmc_call() {
    return {.device = {.name = "bmc-n3",
                       .agent = "fence_ipmilan",
                       .options = {{"ip", "192.0.2.9"}, {"username", "inquest"}},
                       .secrets = "bmc-n3"},
            .node = "n3",
            .plug = "4",
            .timeout = 20s};
}

const std::string device_text =
    R"({"agent":"fence_ipmilan","name":"bmc-n3",)"
    R"("options":{"ip":"192.0.2.9","username":"inquest"},"secrets":"bmc-n3"})";

std::string off_text() {
    return R"({"device":)" + device_text +
           R"(,"id":7,"look_first":true,"node":"n3","order":"off","plug":"4","timeout_ms":20000})";
}

/// `text` with the first `old` in it replaced.
std::string with(std::string text, const std::string& old, const std::string& fresh) {
    const std::size_t at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), fresh);
}

TEST_CASE("an order to inquest-fenced is the same on both sides") {
    struct Row {
        const char* why;
        FenceOrder order;
        std::string text;
    };
    const Row rows[] = {
        {"somebody else may have begun", FenceOff{FenceOrderId(7), bmc_call(), LookFirst::yes},
         off_text()},
        {"nobody has", FenceOff{FenceOrderId(7), bmc_call(), LookFirst::no},
         with(off_text(), "true", "false")},
        {"could it?", FenceProbe{FenceOrderId(8), bmc_call()},
         R"({"device":)" + device_text +
             R"(,"id":8,"node":"n3","order":"probe","plug":"4","timeout_ms":20000})"},
        {"all but the last step", FenceRehearse{FenceOrderId(fence_order_id_max), bmc_call()},
         R"({"device":)" + device_text +
             R"(,"id":9007199254740992,"node":"n3","order":"rehearse","plug":"4",)"
             R"("timeout_ms":20000})"},
        {"never mind", FenceGiveUp{FenceOrderId(1)}, R"({"id":1,"order":"give-up"})"},
        {"tell people",
         FenceNotify{FenceOrderId(10), "/usr/local/bin/page", {{"INQUEST_EVENT", "a=b c"}}, 10s},
         R"({"environment":{"INQUEST_EVENT":"a=b c"},"id":10,"order":"notify",)"
         R"("program":"/usr/local/bin/page","timeout_ms":10000})"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(to_text(row.order) == row.text);
        const auto read = parse_fence_order(row.text);
        REQUIRE_MESSAGE(read.has_value(), read.error());
        CHECK(*read == row.order);
    }
}

TEST_CASE("an order that is none is refused") {
    struct Row {
        const char* why;
        std::string text;
        std::string named;
    };
    const std::string off = off_text();
    const Row rows[] = {
        {"nothing", "", "no object"},
        {"no JSON", "off n3!", "no object"},
        {"no object", "[]", "no object"},
        {"longer than a message", off + std::string(fence_message_bytes_max, ' '), "no object"},
        {"no order", with(off, R"("order":"off",)", ""), "`order`"},
        {"an unknown order", with(off, R"("off")", R"("on")"), "`order`"},
        {"an order that is no text", with(off, R"("order":"off")", R"("order":0)"), "`order`"},
        {"no number", with(off, R"("id":7,)", ""), "`id`"},
        {"number zero", with(off, R"("id":7)", R"("id":0)"), "`id`"},
        {"a number that JSON cannot hold", with(off, R"("id":7)", R"("id":9007199254740993)"),
         "`id`"},
        {"a negative number", with(off, R"("id":7)", R"("id":-7)"), "`id`"},
        {"an unknown field", with(off, R"("id":7)", R"("id":7,"force":true)"), "belong"},
        {"a field of another order", with(off, R"("id":7)", R"("id":7,"program":"/bin/sh")"),
         "belong"},
        {"no device", with(off, R"("device":)" + device_text + ",", ""), "`device`"},
        {"a device without an agent", with(off, R"("agent":"fence_ipmilan",)", ""), "`agent`"},
        {"a device with more", with(off, R"("agent")", R"("path":"/tmp","agent")"), "`device`"},
        {"a line break would be an option of its own",
         with(off, "192.0.2.9", R"(192.0.2.9\naction=on)"), "`options`"},
        {"a name with = in it", with(off, R"("ip")", R"("ip=1")"), "`options`"},
        {"an option without a name", with(off, R"("ip")", R"("")"), "`options`"},
        {"an option that is no text", with(off, R"("192.0.2.9")", "7"), "`options`"},
        {"an option that is too long", with(off, "192.0.2.9", std::string(128, '9')), "`options`"},
        {"a node without a name", with(off, R"("n3")", R"("")"), "`node`"},
        {"a node with a line break", with(off, R"("n3")", R"("n3\nport=5")"), "`node`"},
        {"no time at all", with(off, "20000", "999"), "`timeout_ms`"},
        {"for ever", with(off, "20000", "600001"), "`timeout_ms`"},
        {"whole milliseconds", with(off, "20000", "2000.5"), "`timeout_ms`"},
        {"look first is a question", with(off, "true", R"("yes")"), "`look_first`"},
        {"no UTF-8", with(off, "n3", "n\xff"), "no object"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto read = parse_fence_order(row.text);
        REQUIRE_FALSE(read.has_value());
        CHECK_MESSAGE(read.error().find(row.named) != std::string::npos, read.error());
    }
}

TEST_CASE("as many options as a device may have, and not one more") {
    const auto call_with = [](std::size_t options) {
        AgentCall call = bmc_call();
        call.device.options.clear();
        for (std::size_t i = 0; i < options; ++i)
            call.device.options.push_back({std::string(1, static_cast<char>('a' + i)), "v"});
        return to_text(FenceOrder(FenceProbe{FenceOrderId(1), call}));
    };
    CHECK(parse_fence_order(call_with(fence_options_max)).has_value());
    CHECK_FALSE(parse_fence_order(call_with(fence_options_max + 1)).has_value());
}

TEST_CASE("an answer is the same on both sides") {
    struct Row {
        const char* why;
        FenceAnswer answer;
        std::string text;
    };
    const Row rows[] = {
        {"its agent runs",
         {FenceOrderId(7), FenceWord::begun, "", 1ms, {}},
         R"({"answer":"begun","id":7,"steps":[],"took_ms":1,"why":""})"},
        {"the proof",
         {FenceOrderId(7), FenceWord::off, "status said off", 3120ms, {}},
         R"({"answer":"off","id":7,"steps":[],"took_ms":3120,"why":"status said off"})"},
        {"a rehearsal",
         {FenceOrderId(9),
          FenceWord::failed,
          "status",
          3s,
          {{"agent", FenceStep::Outcome::good, 0ms, "there"},
           {"status", FenceStep::Outcome::bad, 3s, "exit code 1"}}},
         R"({"answer":"failed","id":9,"steps":[)"
         R"({"outcome":"good","step":"agent","took_ms":0,"why":"there"},)"
         R"({"outcome":"bad","step":"status","took_ms":3000,"why":"exit code 1"}],)"
         R"("took_ms":3000,"why":"status"})"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(to_text(row.answer) == row.text);
        const auto read = parse_fence_answer(row.text);
        REQUIRE_MESSAGE(read.has_value(), read.error());
        CHECK(*read == row.answer);
    }
}

TEST_CASE("whatever stands in an answer, it can be read") {
    struct Row {
        const char* why;
        std::string said;
        std::string heard;
    };
    const Row rows[] = {
        {"several lines", "a\nb\tc\x7f", "a b c "},
        {"no UTF-8", "a\xff", "a\xef\xbf\xbd"},
        {"UTF-8 stays as it is", "\xc3\xa9teint", "\xc3\xa9teint"},
        {"too long", std::string(5000, 'x'), std::string(fence_why_bytes_max, 'x')},
        {"a letter does not fit whole", std::string(fence_why_bytes_max - 1, 'x') + "\xc3\xa9",
         std::string(fence_why_bytes_max - 1, 'x')},
        {"far more than a message", std::string(200'000, '\xff'), ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto read =
            parse_fence_answer(to_text(FenceAnswer{.id = FenceOrderId(1), .why = row.said}));
        REQUIRE_MESSAGE(read.has_value(), read.error());
        CHECK(read->why.size() <= fence_why_bytes_max);
        if (!row.heard.empty()) CHECK(read->why == row.heard);
    }
}

TEST_CASE("an answer that is none is refused") {
    const std::string sound = R"({"answer":"off","id":7,"steps":[],"took_ms":3,"why":"w"})";
    REQUIRE(parse_fence_answer(sound).has_value());
    struct Row {
        const char* why;
        std::string text;
    };
    const Row rows[] = {
        {"an unknown word", with(sound, R"("off")", R"("OFF")")},
        {"no word", with(sound, R"("answer":"off",)", "")},
        {"one field more", with(sound, R"("id":7)", R"("id":7,"node":"n3")")},
        {"no steps", with(sound, R"("steps":[],)", "")},
        {"a step that is none", with(sound, "[]", "[1]")},
        {"a time that is negative", with(sound, R"("took_ms":3)", R"("took_ms":-3)")},
        {"two lines", with(sound, R"("w")", R"("w\nv")")},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK_FALSE(parse_fence_answer(row.text).has_value());
    }
}

TEST_CASE("a device is asked about the plug of the member that is meant") {
    FenceDevice pdu{.name = "pdu", .agent = "fence_apc", .secrets = "pdu", .timeout = 30s};
    pdu.options = {{"ip", "192.0.2.8"}};
    pdu.plugs = {{MemberId(2), "7"}, {MemberId(3), "8"}};
    const AgentCall call = call_of(pdu, MemberId(3), "n3");
    CHECK(call == AgentCall{{"pdu", "fence_apc", {{"ip", "192.0.2.8"}}, "pdu"}, "n3", "8", 30s});
    CHECK(call_of(pdu, MemberId(1), "n1").plug.empty());
}

}  // namespace
}  // namespace inquest::wire
