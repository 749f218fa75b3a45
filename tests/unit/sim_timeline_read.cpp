// Timelines from text: what each verb takes and makes of it.
#include "tests/unit/sim_timelines.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

constexpr PathId lan_a{0};
constexpr PathId lan_b{1};
const Nodes all{0, 1, 2};
const Nodes n1{0};
const Nodes n2{1};

/// An event as the reader makes it of line 2, at 5 s.
Event made(Event event) {
    event.when = 5s;
    event.line = 2;
    return event;
}

TEST_SUITE("sim.timeline") {
    TEST_CASE("every verb that there is") {
        struct Row {
            std::string line;
            Event expect;
        };
        const Row rows[] = {
            {"start n1", {.verb = Verb::start, .nodes = n1}},
            {"start n3 n1", {.verb = Verb::start, .nodes = {2, 0}}},
            {"start all", {.verb = Verb::start, .nodes = all}},
            {"power-off n2", {.verb = Verb::power_off, .nodes = n2}},
            {"hang n1", {.verb = Verb::hang, .nodes = n1}},
            {"pause n1 n2 1.5s", {.verb = Verb::pause, .nodes = {0, 1}, .length = 1500ms}},
            {"crash n1", {.verb = Verb::crash, .nodes = n1}},
            {"stop n1", {.verb = Verb::stop, .nodes = n1}},
            {"lose-disk n1", {.verb = Verb::lose_disk, .nodes = n1}},
            {"lag all 0s", {.verb = Verb::lag, .nodes = all}},
            {"cut n1 -> n2", {.verb = Verb::cut, .nodes = n1, .to = n2}},
            {"cut n1 -> n2 all", {.verb = Verb::cut, .nodes = n1, .to = n2}},
            {"cut n1 <-> n2 n3 lan-b",
             {.verb = Verb::cut, .nodes = n1, .to = {1, 2}, .ways = Ways::both, .paths = {lan_b}}},
            {"cut all -> n2 lan-b lan-a",
             {.verb = Verb::cut, .nodes = all, .to = n2, .paths = {lan_b, lan_a}}},
            {"cut n1 -> all lan-a", {.verb = Verb::cut, .nodes = n1, .to = all, .paths = {lan_a}}},
            {"cut n1 -> all all", {.verb = Verb::cut, .nodes = n1, .to = all}},
            {"heal all", {.verb = Verb::heal}},
            {"heal all -> all", {.verb = Verb::heal, .nodes = all, .to = all}},
            {"heal n1 <-> n2 lan-a",
             {.verb = Verb::heal, .nodes = n1, .to = n2, .ways = Ways::both, .paths = {lan_a}}},
            {"switch-off sw-a", {.verb = Verb::switch_off, .fate = "sw-a"}},
            {"switch-on ibsw", {.verb = Verb::switch_on, .fate = "ibsw"}},
            {"switch-hang sw-b", {.verb = Verb::switch_hang, .fate = "sw-b"}},
            {"unplug n1 lan-a", {.verb = Verb::unplug, .nodes = n1, .paths = {lan_a}}},
            {"unplug n1 n2 lan-a lan-b",
             {.verb = Verb::unplug, .nodes = {0, 1}, .paths = {lan_a, lan_b}}},
            {"plug all all", {.verb = Verb::plug, .nodes = all}},
            {"plug n1 all", {.verb = Verb::plug, .nodes = n1}},
            {"loss all -> all all 20",
             {.verb = Verb::loss, .nodes = all, .to = all, .millionths = 200'000}},
            {"loss n1 <-> n2 lan-a 100",
             {.verb = Verb::loss,
              .nodes = n1,
              .to = n2,
              .ways = Ways::both,
              .paths = {lan_a},
              .millionths = 1'000'000}},
            {"delay n1 -> n2 lan-a lan-b 40ms",
             {.verb = Verb::delay, .nodes = n1, .to = n2, .paths = {lan_a, lan_b}, .length = 40ms}},
            {"duplicate n1 -> n2 lan-a 0.5",
             {.verb = Verb::duplicate,
              .nodes = n1,
              .to = n2,
              .paths = {lan_a},
              .millionths = 5'000}},
            {"reorder n1 -> n2 lan-a 0",
             {.verb = Verb::reorder, .nodes = n1, .to = n2, .paths = {lan_a}}},
            {"corrupt n1 -> n2 lan-a 99.9999",
             {.verb = Verb::corrupt,
              .nodes = n1,
              .to = n2,
              .paths = {lan_a},
              .millionths = 999'999}},
            {"mtu n1 -> n2 lan-a 576",
             {.verb = Verb::mtu, .nodes = n1, .to = n2, .paths = {lan_a}, .bytes = 576}},
            {"drift n1 200", {.verb = Verb::drift, .nodes = n1, .millionths = 200}},
            {"drift n1 n2 -100000", {.verb = Verb::drift, .nodes = {0, 1}, .millionths = -100'000}},
            {"clock-step n1 -2h", {.verb = Verb::clock_step, .nodes = n1, .length = -2h}},
            {"clock-step all 48h", {.verb = Verb::clock_step, .nodes = all, .length = 48h}},
            {"expect n1 n2 alive", {.verb = Verb::expect, .nodes = {0, 1}, .word = "alive"}},
            {"expect n1:n2 lost",
             {.verb = Verb::expect, .nodes = n2, .word = "lost", .observer = 0}},
            {"expect n3:n1 n2 suspect",
             {.verb = Verb::expect, .nodes = {0, 1}, .word = "suspect", .observer = 2}},
            {"expect n3:all degraded",
             {.verb = Verb::expect, .nodes = all, .word = "degraded", .observer = 2}},
            {"never n1 would-have-failed-over",
             {.verb = Verb::never, .nodes = n1, .word = "would-have-failed-over"}},
            {"never all lost", {.verb = Verb::never, .nodes = all, .word = "lost"}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.line);
            CHECK(event("5s " + row.line) == made(row.expect));
        }
    }

    TEST_CASE("every word of a verdict can be expected; what RDMA adds can only be ruled out") {
        for (const std::string word :
             {"unknown", "alive", "degraded", "suspect", "partitioned", "lost", "isolated", "left",
              "held", "fenced", "would-have-failed-over", "calls-for-condemnation", "condemned"}) {
            CHECK(event("5s expect n1 " + word).word == word);
            CHECK(event("5s never n1 " + word).word == word);
        }
        CHECK(wrong("5s expect n1 hung") ==
              "timeline:2: expect: nobody can be hung, for no pulse is read yet: it waits for "
              "RDMA\n");
        CHECK(event("5s never n1 hung").word == "hung");
        CHECK(event("5s expect n1:n2 not-condemned").word == "not-condemned");
        CHECK(wrong("5s never n2 not-condemned") ==
              "timeline:2: never: not-condemned is asked of a node at an instant: ask with "
              "`expect`\n");
    }

    TEST_CASE("the bounds of times and numbers") {
        struct Row {
            std::string why;
            std::string line;
            bool sound;
        };
        const Row rows[] = {
            {"the first instant", "0s start n1", true},
            {"the last", "24h start n1", true},
            {"one step beyond", "86400.001s start n1", false},
            {"the longest pause", "5s pause n1 24h", true},
            {"longer", "5s pause n1 25h", false},
            {"a sign", "5s pause n1 -1s", false},
            {"the longest step", "5s clock-step n1 8784h", true},
            {"longer", "5s clock-step n1 8785h", false},
            {"two signs", "5s clock-step n1 --1s", false},
            {"the fastest clock", "5s drift n1 100000", true},
            {"faster", "5s drift n1 100001", false},
            {"slower than the slowest", "5s drift n1 -100001", false},
            {"a plus", "5s drift n1 +1", false},
            {"no number", "5s drift n1 fast", false},
            {"all", "5s loss n1 -> n2 ib 100.0000", true},
            {"more than all", "5s loss n1 -> n2 ib 100.0001", false},
            {"four digits", "5s loss n1 -> n2 ib 0.0001", true},
            {"five digits", "5s loss n1 -> n2 ib 0.00001", false},
            {"nothing after the point", "5s loss n1 -> n2 ib 1.", false},
            {"nothing in front of it", "5s loss n1 -> n2 ib .5", false},
            {"a sign", "5s loss n1 -> n2 ib -1", false},
            {"huge", "5s loss n1 -> n2 ib 99999999999999999999", false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CAPTURE(row.line);
            CHECK((wrong(row.line) == "") == row.sound);
        }
    }

    TEST_CASE("comments, blank lines, tabs and carriage returns") {
        const auto scenario = read(
            "# a story\r\n\r\ntopology 2 lan-a:udp:sw-a # two\r\n"
            "seed 7\r\n\t2s\tcrash   n1 # at last\r\n1s start n2\r\n\r\n10s end");
        REQUIRE(complaints(scenario) == "");
        CHECK(scenario->seed == 7);
        CHECK(scenario->length == 10s);
        REQUIRE(scenario->events.size() == 3);
        CHECK(scenario->events[2] == Event{.when = 10s, .line = 8, .verb = Verb::end});
        CHECK(scenario->events[0] ==
              Event{.when = 1s, .line = 6, .verb = Verb::start, .nodes = {1}});
        CHECK(scenario->events[1] ==
              Event{.when = 2s, .line = 5, .verb = Verb::crash, .nodes = {0}});
    }

    TEST_CASE("events come in the order of time, those of one instant in that of the file") {
        const auto scenario =
            read(three_nodes + "2s start n1\n1s start n2\n2s start n3\n1s start n3\n");
        REQUIRE(complaints(scenario) == "");
        std::vector<int> lines;
        for (const Event& event : scenario->events) lines.push_back(event.line);
        CHECK(lines == std::vector<int>{3, 5, 2, 4});
        CHECK(scenario->length == 2s);
    }

    TEST_CASE("nothing comes after the end") {
        CHECK(complaints(read(three_nodes + "3s end\n3s start n1\n")) ==
              "timeline:3: start: comes after the end (line 2): let it happen earlier, or the run "
              "end later\n");
        CHECK(complaints(read(three_nodes + "3s start n1\n3s end\n")) == "");
        CHECK(complaints(read(three_nodes + "3s end\n2s start n1\n")) == "");
        CHECK(complaints(read(three_nodes + "2s end\n3s start n1\n")) != "");
        CHECK(complaints(read(three_nodes + "2s end\n3s end\n")) ==
              "timeline:3: end: is in line 2 already: keep one of them\n");
        const auto nothing = read(three_nodes);
        REQUIRE(complaints(nothing) == "");
        CHECK(nothing->length == 0s);
    }

    TEST_CASE("a name that a node and a path share is told by its place") {
        const std::string shared = "topology 3 n1:udp:sw-a n2:udp:sw-b\n5s ";
        struct Row {
            std::string line;
            Nodes to;
            std::vector<PathId> paths;
        };
        const Row rows[] = {
            {"loss n3 -> n1 n1 20", {0}, {PathId(0)}},
            {"loss n3 -> n1 n2 n1 20", {0, 1}, {PathId(0)}},
            {"loss n3 -> n1 : n2 n1 20", {0}, {PathId(1), PathId(0)}},
            {"cut n3 -> n1 n2", {0, 1}, {}},
            {"cut n3 -> n1 : n2", {0}, {PathId(1)}},
            {"cut n3 -> all n2", {0, 1, 2}, {PathId(1)}},
        };
        for (const Row& row : rows) {
            CAPTURE(row.line);
            const auto scenario = read(shared + row.line);
            REQUIRE(complaints(scenario) == "");
            CHECK(scenario->events.front().to == row.to);
            CHECK(scenario->events.front().paths == row.paths);
        }
    }
}

}  // namespace
}  // namespace inquest::sim
