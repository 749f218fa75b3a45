// Requests and refusals as JSON text, in both directions.
#include "heartbeat/wire/local.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::wire {
namespace {

using namespace std::chrono_literals;

Request request(Verb verb) { return {.verb = verb, .node = {}, .since = {}, .follow = Follow::no}; }

Request handling(RequestId number) {
    Request made = request(Verb::handling);
    made.request = number;
    return made;
}

Request token(const char* node) {
    Request made = request(Verb::token);
    made.node = node;
    made.secret.emplace().fill(std::byte{0x42});
    return made;
}

Request guarding(Guests guests) {
    Request made = request(Verb::guard);
    made.guests = guests;
    return made;
}

Request recovering() {
    Request made = request(Verb::recover);
    made.recovery = RecoveryOrder{.cluster = "lab", .generation = 1, .entry = 17, .person = "root"};
    return made;
}

TEST_CASE("a request is the same on both sides") {
    struct Row {
        const char* why;
        Request request;
        std::string text;
    };
    // clang-format off
    const Row rows[] = {
        {"the plainest", request(Verb::status), R"({"verb":"status"})"},
        {"no fields of its own", request(Verb::paths), R"({"verb":"paths"})"},
        {"no fields of its own", request(Verb::doctor), R"({"verb":"doctor"})"},
        {"explain names its node",
         {.verb = Verb::explain, .node = "n3", .since = {}, .follow = Follow::no},
         R"({"node":"n3","verb":"explain"})"},
        {"all events", request(Verb::events), R"({"verb":"events"})"},
        {"the events of ten minutes and all that follow",
         {.verb = Verb::events, .node = {}, .since = 10min, .follow = Follow::yes},
         R"({"follow":true,"since_ms":600000,"verb":"events"})"},
        {"only what is new",
         {.verb = Verb::events, .node = {}, .since = 0ms, .follow = Follow::yes},
         R"({"follow":true,"since_ms":0,"verb":"events"})"},
        {"the agreed part", request(Verb::ledger), R"({"verb":"ledger"})"},
        {"the agreed configuration", request(Verb::state_text), R"({"verb":"state-text"})"},
        {"all that is agreed", request(Verb::backup), R"({"verb":"backup"})"},
        {"a lost majority is given up", recovering(),
         R"({"recovery":{"cluster":"lab","entry":17,"generation":1,"person":"root"},)"
         R"("verb":"recover"})"},
        {"what became of it", handling(RequestId(0x0123456789abcdef)),
         R"({"request":"0123456789abcdef","verb":"handling"})"},
        {"the token of n4", token("n4"),
         R"({"node":"n4","secret":"42424242424242424242424242424242","verb":"token"})"},
        {"guests run", guarding(Guests::some), R"({"guests":"some","verb":"guard"})"},
        {"none does", guarding(Guests::none), R"({"guests":"none","verb":"guard"})"},
        {"as far back as can be said",
         {.verb = Verb::events, .node = {}, .since = since_max, .follow = Follow::no},
         R"({"since_ms":3155760000000,"verb":"events"})"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(to_text(row.request) == row.text);
        const auto parsed = parse_request(row.text);
        REQUIRE(parsed.has_value());
        CHECK(*parsed == row.request);
    }
}

TEST_CASE("other ways to write a request") {
    struct Row {
        const char* why;
        std::string text;
        Request expect;
    };
    // clang-format off
    const Row rows[] = {
        {"white space", " { \"verb\" :\n\"doctor\" } ", request(Verb::doctor)},
        {"follow said to be off", R"({"verb":"events","follow":false})", request(Verb::events)},
        {"a name with letters of another language",
         R"({"verb":"explain","node":"k\u00f6ln"})",
         {.verb = Verb::explain, .node = "k\xc3\xb6ln", .since = {}, .follow = Follow::no}},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto parsed = parse_request(row.text);
        REQUIRE(parsed.has_value());
        CHECK(*parsed == row.expect);
    }
}

TEST_CASE("a request that is not understood is refused with a reason and a remedy") {
    const std::string longest_name(request_name_bytes_max, 'n');
    REQUIRE(parse_request(R"({"verb":"explain","node":")" + longest_name + "\"}").has_value());
    struct Row {
        const char* why;
        std::string text;
        std::string expect;
    };
    // clang-format off
    const Row rows[] = {
        {"nothing", "", "not a JSON object"},
        {"no JSON", "status", "not a JSON object"},
        {"half of it", R"({"verb":"status")", "not a JSON object"},
        {"something behind it", R"({"verb":"status"}{})", "not a JSON object"},
        {"no object", R"(["status"])", "not a JSON object"},
        {"no UTF-8", "{\"verb\":\"\xff\"}", "not a JSON object"},
        {"no verb", "{}", "`verb` is missing"},
        {"a verb of another version", R"({"verb":"fence"})", "unknown verb `fence`"},
        {"a number for a verb", R"({"verb":1})", "`verb` is not a string"},
        {"a misspelt field", R"({"verb":"events","folow":true})", "unknown field `folow`"},
        {"a very long field", "{\"" + std::string(5000, 'x') + "\":1}", "xxxx...`"},
        {"explain whom?", R"({"verb":"explain"})", "`node` is missing"},
        {"no name", R"({"verb":"explain","node":""})", "not the name of a node"},
        {"a number for a name", R"({"verb":"explain","node":3})", "not the name of a node"},
        {"a name too long", R"({"verb":"explain","node":"n)" + longest_name + "\"}",
         "not the name of a node"},
        {"a name that a terminal obeys", R"({"verb":"explain","node":"n\u001b[2J"})",
         "not the name of a node"},
        {"a node where none is meant",
         R"({"verb":"status","node":"n3"})", "explain and token only"},
        {"since where there are no events", R"({"verb":"status","since_ms":1})", "events only"},
        {"follow where there are no events", R"({"verb":"paths","follow":false})", "events only"},
        {"a recovery of nothing", R"({"verb":"recover"})", "`recovery` is missing"},
        {"a recovery without who",
         R"({"verb":"recover","recovery":{"cluster":"lab","entry":1,"generation":1}})",
         "`recovery` is not"},
        {"a recovery with more than that",
         R"({"verb":"recover","recovery":{"cluster":"lab","entry":1,"generation":1,)"
         R"("person":"root","x":1}})",
         "`recovery` is not"},
        {"a generation that is none",
         R"({"verb":"recover","recovery":{"cluster":"lab","entry":1,"generation":4294967296,)"
         R"("person":"root"}})",
         "`recovery` is not"},
        {"a recovery where none is meant",
         R"({"verb":"backup","recovery":{"cluster":"lab","entry":1,"generation":1,)"
         R"("person":"root"}})",
         "recover only"},
        {"a word for a boolean", R"({"verb":"events","follow":"yes"})", "`follow` is not"},
        {"a negative age", R"({"verb":"events","since_ms":-1})", "`since_ms` is not"},
        {"an age with a fraction", R"({"verb":"events","since_ms":1.5})", "`since_ms` is not"},
        {"an age beyond the bound", R"({"verb":"events","since_ms":3155760000001})",
         "`since_ms` is not"},
        {"an age beyond all bounds", R"({"verb":"events","since_ms":18446744073709551615})",
         "`since_ms` is not"},
        {"ask for what?", R"({"verb":"ask"})", "`change` is missing"},
        {"a change with another verb",
         R"({"verb":"status","change":{"kind":"rekey"}})", "ask only"},
        {"which request?", R"({"verb":"handling"})", "`request` is missing"},
        {"no request has the number 0", R"({"verb":"handling","request":"0000000000000000"})",
         "`request` is not"},
        {"a request as a number", R"({"verb":"handling","request":17})", "`request` is not"},
        {"half a request", R"({"verb":"handling","request":"01234567"})", "`request` is not"},
        {"a token without its secret", R"({"verb":"token","node":"n4"})", "`secret` is missing"},
        {"a secret too short", R"({"verb":"token","node":"n4","secret":"42"})", "`secret` is not"},
        {"an age as text", R"({"verb":"events","since_ms":"1"})", "`since_ms` is not"},
        {"a guard that does not say what runs", R"({"verb":"guard"})", "`guests` is missing"},
        {"a guard that does not know", R"({"verb":"guard","guests":"unknown"})",
         "`guests` is neither"},
        {"a word for guests of another version", R"({"verb":"guard","guests":"paused"})",
         "`guests` is neither"},
        {"half a word", R"({"verb":"guard","guests":"som"})", "`guests` is neither"},
        {"no word", R"({"verb":"guard","guests":""})", "`guests` is neither"},
        {"how many guests", R"({"verb":"guard","guests":3})", "`guests` is neither"},
        {"whether there are guests", R"({"verb":"guard","guests":false})", "`guests` is neither"},
        {"nothing for guests", R"({"verb":"guard","guests":null})", "`guests` is neither"},
        {"guests where none are meant", R"({"verb":"status","guests":"none"})", "guard only"},
        {"guests whom nobody guards", R"({"verb":"ask","change":{"kind":"rekey"},"guests":"some"})",
         "guard only"},
        {"a guard of another node", R"({"verb":"guard","guests":"some","node":"n2"})",
         "explain and token only"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto parsed = parse_request(row.text);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().what == "request refused");
        CAPTURE(parsed.error().why);
        CHECK(parsed.error().why.find(row.expect) != std::string::npos);
        CHECK_FALSE(parsed.error().remedy.empty());
    }
}

TEST_CASE("the longest request, and one byte more") {
    std::string text = R"({"verb":"status"})";
    text.resize(request_bytes_max, ' ');
    CHECK(parse_request(text).has_value());
    text += ' ';
    const auto parsed = parse_request(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().why.find("longer than 65536 bytes") != std::string::npos);
}

TEST_CASE("deep nesting is refused like anything else") {
    CHECK_FALSE(parse_request(std::string(request_bytes_max, '[')).has_value());
    const std::string half(request_bytes_max / 2 - 32, '[');
    const std::string other_half(half.size(), ']');
    CHECK_FALSE(parse_request("{\"verb\":" + half + other_half + "}").has_value());
}

TEST_CASE("a refusal is the same on both sides") {
    const Complaint complaint{"explain n9", "no such node", "inquest status lists the nodes"};
    const ErrorReply reply{complaint, Exit::failed};
    const std::string text = to_text(reply);
    CHECK(text == R"({"error":{"remedy":"inquest status lists the nodes","what":"explain n9",)"
                  R"("why":"no such node"},"exit":1})");
    const auto parsed = parse_error_reply(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == reply);
}

TEST_CASE("a refusal is written whatever is in it") {
    const Complaint complaint{"what\n\"", "\xff", ""};
    const ErrorReply reply{complaint, Exit::not_permitted};
    const auto parsed = parse_error_reply(to_text(reply));
    REQUIRE(parsed.has_value());
    CHECK(parsed->error.what == reply.error.what);
    CHECK(parsed->error.why == "\xef\xbf\xbd");
    CHECK(parsed->exit == Exit::not_permitted);
}

TEST_CASE("other replies are no refusals") {
    for (const char* text : {"", "{}", "[]", R"({"cluster":"lab"})", R"({"error":{},"exit":1})",
                             R"({"error":{"what":"a","why":"b","remedy":"c"}})",
                             R"({"error":{"what":"a","why":"b","remedy":"c"},"exit":6})",
                             R"({"error":{"what":"a","why":"b","remedy":"c"},"exit":-1})",
                             R"({"error":{"what":"a","why":"b","remedy":"c"},"exit":"1"})",
                             R"({"error":{"what":"a","why":2,"remedy":"c"},"exit":1})"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_error_reply(text).has_value());
    }
}

}  // namespace
}  // namespace inquest::wire
