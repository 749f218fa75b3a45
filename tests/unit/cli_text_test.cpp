// What the CLI draws from a reply: small pictures as they stand, and replies that nobody should
// send.
#include "heartbeat/cli/doctor_text.hpp"
#include "heartbeat/cli/event_text.hpp"
#include "heartbeat/cli/explain_text.hpp"
#include "heartbeat/cli/matrix_text.hpp"
#include "heartbeat/cli/paths_text.hpp"
#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/cli/status_text.hpp"
#include "heartbeat/cli/why_rebooted_text.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace inquest::cli {
namespace {

const Screen pipe{.width = 120};
const Screen terminal{.width = 80, .signs = Screen::Signs::symbols};

Json json(const std::string& text) {
    const auto parsed = parse_reply(text);
    REQUIRE(parsed);
    return *parsed;
}

/// Three nodes, two paths; n1 does not hear n3 on lan-b, and n3's view is out of date.
Json status() {
    return json(R"({
 "time":"2026-11-22T10:00:00.000Z","cluster":"lab","node":"n1","quorate":true,"armed":false,
 "isolated":false,"cannot_testify":null,
 "peers":[
  {"name":"n2","role":"voter","votes":true,"verdict":"alive","since":"2026-11-22T09:58:55.000Z",
   "reason":"","paths":[{"name":"lan-a","state":"fresh","reason":""},
                        {"name":"lan-b","state":"fresh","reason":""}]},
  {"name":"n3","role":"witness","votes":true,"verdict":"degraded",
   "since":"2026-11-22T09:59:58.000Z",
   "reason":"cut n3->n1 on lan-b","config_differs":true,
   "paths":[{"name":"lan-a","state":"fresh","reason":""},
            {"name":"lan-b","state":"silent","reason":"no beat for 2s"}]}],
 "matrix":{"members":["n1","n2","n3"],"paths":["lan-a","lan-b"],"views":[
  {"observer":"n1","current":true,"age_ms":0,"rows":[
    {"peer":"n2","cells":["fresh","fresh"],"reasons":["",""]},
    {"peer":"n3","cells":["fresh","silent"],"reasons":["",""]}]},
  {"observer":"n2","current":true,"age_ms":9,"rows":[
    {"peer":"n1","cells":["blind","fresh"],"reasons":["link-down",""]},
    {"peer":"n3","cells":["blind","fresh"],"reasons":["link-down",""]}]},
  {"observer":"n3","current":false,"age_ms":3100,"rows":[
    {"peer":"n1","cells":["fresh","late"],"reasons":["",""]},
    {"peer":"n2","cells":["fresh","fresh"],"reasons":["",""]}]}]}})");
}

TEST_SUITE("cli text") {
    TEST_CASE("status fits on one screen and names the worst path") {
        CHECK(status_text(pipe, status()) ==
              "Cluster lab seen from n1: quorate, observing (verdicts are only recorded), 2 of 3 "
              "nodes "
              "alive, 1 degraded.\n"
              "\n"
              "peer  role     verdict   for    paths                    reason\n"
              "n2             alive     1m05s  2/2 fresh\n"
              "n3    witness  degraded  2s     1/2 fresh, lan-b silent  cut n3->n1 on lan-b; its "
              "cluster.toml differs from this node's\n");
    }

    TEST_CASE("the matrix in a pipe is words") {
        CHECK(matrix_text(pipe, status()) ==
              "Who hears whom: a row listens, a column speaks.\n"
              "\n"
              "         | n1            | n2            | n3\n"
              "         | lan-a  lan-b  | lan-a  lan-b  | lan-a  lan-b\n"
              "n1 hears |       \\       | fresh  fresh  | fresh  SILENT\n"
              "n2 hears | blind  fresh  |       \\       | blind  fresh\n"
              "n3 hears | ?             | ?             | ?              out of date, 3.1s old\n"
              "\n"
              "  fresh   fresh: heard in time\n"
              "  SILENT  silent: beats should arrive and do not\n"
              "  blind   blind: the listener itself cannot tell\n"
              "\n"
              "  - n1 does not hear n3 on lan-b\n"
              "  - n2 is blind on lan-a (link-down): that is its own side and says nothing of the "
              "others\n");
    }

    TEST_CASE("the matrix on a terminal is marks") {
        const std::string text = matrix_text(terminal, status());
        CHECK(text.find("n1 hears │      ╲      │   ●     ●   │   ●     ✕\n") != std::string::npos);
        const Screen narrow{.width = 30, .signs = Screen::Signs::symbols};
        CHECK(matrix_text(narrow, status()).find("n1 hears  ╲   ●●  ●✕\n") != std::string::npos);
        const Screen colours{.width = 80, .signs = Screen::Signs::symbols, .colours = true};
        CHECK(matrix_text(colours, status()).find("\x1b[1;31m✕\x1b[0m") != std::string::npos);
        CHECK(columns("\x1b[1;31m✕\x1b[0m") == 1);
    }

    TEST_CASE("32 nodes fit into 80 columns") {
        Json many = {{"matrix", {{"members", Json::array()}, {"paths", {"lan-a", "lan-b"}}}}};
        for (int i = 1; i <= 32; ++i) many["matrix"]["members"].push_back("n" + std::to_string(i));
        Json rows = Json::array();
        for (int i = 2; i <= 32; ++i) {
            rows.push_back({{"peer", "n" + std::to_string(i)},
                            {"cells", {"fresh", i == 5 ? "silent" : "fresh"}},
                            {"reasons", {"", ""}}});
        }
        many["matrix"]["views"] = {{{"observer", "n1"}, {"current", true}, {"rows", rows}}};
        const std::string text = matrix_text(terminal, many);
        std::size_t widest = 0;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = text.find('\n', begin);
            widest = std::max(widest, columns(text.substr(begin, end - begin)));
            begin = end + 1;
        }
        CHECK(widest <= 94);  // a row without a view says so beyond its marks
        CHECK(text.find(" 1 n1  ╲ ● ● ● ◑ ● ●") != std::string::npos);
        CHECK(text.find(" 2 n2  ? ╲ ? ?") != std::string::npos);
    }

    TEST_CASE("a silence that all share is one sentence") {
        Json all = status();
        for (Json& view : all["matrix"]["views"]) {
            view["current"] = true;
            for (Json& row : view["rows"]) row["cells"] = {"fresh", "silent"};
        }
        CHECK(matrix_text(pipe, all).ends_with("\n  - nobody here hears anybody on lan-b\n"));
        for (Json& view : all["matrix"]["views"]) {
            for (Json& row : view["rows"]) {
                row["cells"] = {"fresh", row["peer"] == "n3" ? "silent" : "fresh"};
            }
        }
        CHECK(matrix_text(pipe, all).ends_with("\n  - nobody here hears n3 on lan-b\n"));
        all["matrix"]["faults"] = {"n3's sending side: nobody hears it on lan-b"};
        CHECK(matrix_text(pipe, all).ends_with(
            "\n  - n3's sending side: nobody hears it on lan-b\n"));
    }

    TEST_CASE("the exit code of status") {
        struct Row {
            std::string why;
            const char* patch;
            wire::Exit expect;
        };
        const char* const alive_and_left = R"({"peers":[{"verdict":"alive"},{"verdict":"left"}]})";
        const Row rows[] = {
            {"a degraded peer", "{}", wire::Exit::degraded},
            {"all alive or left", alive_and_left, wire::Exit::healthy},
            {"unknown is not healthy", R"({"peers":[{"verdict":"unknown"}]})",
             wire::Exit::degraded},
            {"no quorum weighs more", R"({"quorate":false})", wire::Exit::no_quorum},
            {"isolated", R"({"isolated":true})", wire::Exit::no_quorum},
            {"cannot testify", R"({"peers":[],"cannot_testify":"stalls"})", wire::Exit::degraded},
            {"nothing said", R"({"quorate":null})", wire::Exit::no_quorum},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Json changed = status();
            changed.merge_patch(Json::parse(row.patch));
            CHECK(status_exit(changed) == row.expect);
        }
    }

    TEST_CASE("an explanation reads from the claim down to the evidence") {
        const Json reply =
            json(R"({"node":"n3","verdict":"lost","claim":"Nobody hears n3","age_ms":3100,
 "instant":"2026-11-22T09:59:57.150000Z","rule":"a majority testifies silence",
 "would_have_changed_it":["one beat of n3"],
 "because":[{"claim":"n1 does not hear it","age_ms":9,"rule":"no path is fresh","because":[
   {"claim":"lan-a is silent"}]},{"claim":"n2 does not hear it"}]})");
        CHECK(explain_text(pipe, reply) ==
              "n3: lost\n"
              "\n"
              "Nobody hears n3 [09:59:57.150Z, 3.1s ago]\n"
              "rule: a majority testifies silence\n"
              "\n"
              "because:\n"
              "    - n1 does not hear it [9ms ago]\n"
              "      rule: no path is fresh\n"
              "        - lan-a is silent\n"
              "    - n2 does not hear it\n"
              "\n"
              "would have changed it:\n"
              "    - one beat of n3\n");
    }

    TEST_CASE("events, paths and checks are one line each") {
        CHECK(
            event_text(pipe,
                       json(R"({"time":"2026-11-22T09:59:57.150000Z","observer":"n1","peer":"n3",
 "event":"path","from":"fresh","to":"late","reason":"overdue","path":"lan-a"})")) ==
            "2026-11-22T09:59:57.150000Z  n1      path      n3 on lan-a   fresh -> late           "
            "overdue\n");
        CHECK(is_end(json(R"({"end":true})")));
        CHECK_FALSE(is_end(json(R"({"end":1})")));
        CHECK(paths_text(pipe,
                         json(R"({"paths":[{"name":"lan-a","kind":"udp","fate":"sw-a","off":false,
 "local":{"address":"192.0.2.1","interface":"eth0","port":7740,"good":false,"reason":"no carrier"},
 "peers":[{"name":"n2","address":"192.0.2.2",
 "state":"silent","reason":"","age_ms":null,"rtt_us":180,
 "loss":0.125,"flaps":3,"bus":null},{"name":"n3","address":"192.0.2.3","state":"fresh","reason":"",
 "age_ms":5,"rtt_us":190,"loss":0,"flaps":0,
 "bus":{"up":true,"latency_us":210,"mtu":1413,"downs":1}},{"name":"n4","address":"192.0.2.4",
 "state":"fresh","reason":"","age_ms":5,"rtt_us":190,"loss":0,"flaps":0,
 "bus":{"up":false,"latency_us":0,"mtu":0,"downs":2}}]}]})")) ==
              "lan-a  udp over sw-a, here 192.0.2.1 port 7740 on eth0, BROKEN HERE: no carrier\n"
              "  peer  address    state   last beat  round trip  loss    flaps  bus\n"
              "  n2    192.0.2.2  silent  never      0.18 ms     12.5 %  3      -\n"
              "  n3    192.0.2.3  fresh   5ms        0.19 ms     0.0 %   0      up 0.21 ms 1413 B\n"
              "  n4    192.0.2.4  fresh   5ms        0.19 ms     0.0 %   0      down\n");
        const Json doctor =
            json(R"({"checks":[{"name":"memory","state":"warning","what":"not locked",
 "remedy":"raise LimitMEMLOCK"}],"refused":{"mac":3,"magic":0}})");
        CHECK(doctor_text(pipe, doctor) ==
              "state    check   finding\n"
              "warning  memory  not locked: raise LimitMEMLOCK\n"
              "\n"
              "beats refused: 3 mac\n");
        CHECK(doctor_exit(doctor) == wire::Exit::degraded);
        CHECK(doctor_exit(json(R"({"checks":[{"state":"failed"}]})")) == wire::Exit::failed);
        CHECK(doctor_exit(json("{}")) == wire::Exit::healthy);
    }

    TEST_CASE("two conclusions are sentences, with what they rest on") {
        const endings::Conclusion<endings::BootEnd> boot{.end = endings::BootEnd::crashed,
                                                         .claim = "The kernel crashed.",
                                                         .facts = {"It left a record."},
                                                         .unknown = {"Why."}};
        const endings::Conclusion<endings::RunEnd> run{.end = endings::RunEnd::not_known,
                                                       .claim = "No run has ended.",
                                                       .facts = {},
                                                       .unknown = {}};
        const Json conclusions = why_rebooted_json(boot, run);
        CHECK(conclusions["boot"]["end"] == "kernel-crashed");
        CHECK(conclusions["run"]["facts"].empty());
        CHECK(why_rebooted_text(pipe, conclusions) ==
              "The last boot: The kernel crashed.\n"
              "because:\n"
              "  - It left a record.\n"
              "not known:\n"
              "  - Why.\n"
              "\n"
              "The last run of inquestd: No run has ended.\n");
    }

    TEST_CASE("a reply that nobody should send is drawn all the same") {
        CHECK_FALSE(parse_reply("[1,2"));
        CHECK_FALSE(parse_reply("[]"));
        CHECK_FALSE(parse_reply(""));
        const auto nested = [](int depth) {
            std::string text;
            for (int i = 0; i < depth; ++i) text += R"({"claim":"x","because":[)";
            for (int i = 0; i < depth; ++i) text += "]}";
            return text;
        };
        CHECK_FALSE(parse_reply(nested(100000)));
        const Json replies[] = {
            json("{}"),
            json(R"({"peers":1,"matrix":2,"paths":{},"checks":"x","because":null,"refused":[]})"),
            json(R"({"peers":[1,"x",null,[]],"paths":[{},null,{"peers":[3]}],"checks":[0],
                     "matrix":{"members":[1,null,"n1","n1"],"paths":["a","a",{}],
                               "views":[{},7,{"observer":"n1","rows":[
                                 {"peer":"n1","cells":3}]}]}})"),
            json(R"({"matrix":{"members":["n1","n2"],"paths":["lan-a"],"views":[
                     {"observer":"n1","rows":[{"peer":"n2","cells":["odd","fresh","fresh"]}]}]}})"),
            json(R"({"peers":[{"name":"\u001b]0;x\u0007","reason":"\u009b31m","verdict":"a\nb",
                     "paths":[{"state":-1,"age_ms":1e300,"loss":"x"}]}],
                     "age_ms":-5,"instant":17})"),
            json(nested(30)),
        };
        for (const Json& reply : replies) {
            for (const auto draw : {status_text, matrix_text, explain_text, event_text, paths_text,
                                    doctor_text, why_rebooted_text}) {
                const std::string text = draw(pipe, reply);
                CHECK(text.find('\x1b') == std::string::npos);
                CHECK(text.find('\x07') == std::string::npos);
                CHECK(text.find("\xc2\x9b") == std::string::npos);
            }
            status_exit(reply);
            doctor_exit(reply);
        }
    }

    TEST_CASE("text is cleaned, cut and wrapped by character") {
        CHECK(clean("a\tb\x7f\xff\xc3") == "a?b???");
        CHECK(clean("n\xc3\xa4") == "n\xc3\xa4");
        CHECK(cut("abcdef", 4) == "abc~");
        CHECK(cut("ab", 4) == "ab");
        CHECK(cut("●●●", 2) == "●~");
        CHECK(padded("●", 3) == "●  ");
        CHECK(paragraph("- ", "one two three four five six", 20) ==
              "- one two three four\n  five six\n");
    }
}

}  // namespace
}  // namespace inquest::cli
