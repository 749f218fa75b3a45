// What is wrong with a timeline, in the words that a person needs to repair it; and text that means
// harm.
#include "heartbeat/base/random.hpp"
#include "tests/sim/story/verbs.hpp"
#include "tests/unit/sim_timelines.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::sim {
namespace {

TEST_SUITE("sim.timeline") {
    TEST_CASE("each mistake is named with its line and its remedy") {
        struct Row {
            std::string line;
            std::string expect;  ///< without `timeline:2: `
        };
        const Row rows[] = {
            {"5s cut n1 -> n9", "cut: no node n9: use one of: n1, n2, n3"},
            {"5s cut n1 -> n2 n9",
             "cut: no node or path n9: use one of: n1, n2, n3, lan-a, lan-b, ib"},
            {"5s loss n1 -> n2 lan-c 20", "loss: no path lan-c: did you mean `lan-a`?"},
            {"5s switch-off sw-c", "switch-off: no fate sw-c: did you mean `sw-a`?"},
            {"5s switch-off sw-a sw-b",
             "switch-off: names more than one switch: write a line for each"},
            {"5s paus n1 3s", "paus: is no verb: did you mean `pause`?"},
            {"5s pause n1", "pause: is not complete: write it as `pause NODE... DURATION`"},
            {"5s pause n1 3",
             "pause: \"3\" has no unit: write a number with its unit (ms, s, m, h), such as 200ms "
             "or 12.5s"},
            {"5s pause n1 -3s",
             "pause: a length of time cannot be negative: write it without a sign, as in 5s"},
            {"-5s start n1",
             "time: a time cannot be negative: count from the start of the world, as in 5s"},
            {"5 start n1",
             "time: \"5\" has no unit: write a number with its unit (ms, s, m, h), such as 200ms "
             "or 12.5s"},
            {"25h start n1", "time: 25h is beyond 24h, the longest run: let it happen earlier"},
            {"5s", "has a time and no verb: write what happens then"},
            {"start n1", "start: has no time in front of it: write it as in `5s start ...`"},
            {"seeed 3",
             "seeed: is neither a time nor a word that a file begins with: did you mean `seed`?"},
            {"5s start", "start: is not complete: write it as `start NODE...`"},
            {"5s join n5", "join: no node n5: use one of: n1, n2, n3"},
            {"5s remove", "remove: is not complete: write it as `remove NODE...`"},
            {"5s maintenance n1",
             "maintenance: is not complete: write it as `maintenance NODE... on|off`"},
            {"5s maintenance n1 of",
             "maintenance: of is neither on nor off: write it as `maintenance NODE... on|off`"},
            {"5s arm n1", "arm: takes nothing, and n1 follows: remove it"},
            {"5s never n1 joined",
             "never: joined is agreed on, and nobody tells it as a verdict: ask with `expect`"},
            {"5s start n1 n1", "start: n1 is named twice: name it once"},
            {"5s start n1 all", "start: `all` stands for every node already: write it alone"},
            {"5s start coordinator coordinator", "start: coordinator is named twice: name it once"},
            {"5s cut n1 n2", "cut: has no arrow -> or <->: write it as `cut A -> B [PATH...]`"},
            {"5s cut n1 -> n2 -> n3", "cut: has two arrows: write a line for each"},
            {"5s cut ->", "cut: is not complete: write it as `cut A -> B [PATH...]`"},
            {"5s cut n1 -> n1",
             "cut: nothing goes from n1 to itself over a path: name another node"},
            {"5s cut n1 -> n2 :", "cut: names no path: write it as `cut A -> B [PATH...]`"},
            {"5s cut n1 -> : ib", "cut: names no node: name one, or `all`"},
            {"5s unplug n1 n2",
             "unplug: n2 is a node, and a path belongs there: write the nodes first, then the "
             "paths"},
            {"5s loss n1 -> n2 ib 20%",
             "loss: \"20%\" is no percentage: write 0 to 100 with at most 4 digits after the "
             "point, such as 20 or 0.5"},
            {"5s drift n1 1e3",
             "drift: \"1e3\" is no rate of a clock that there is: write whole millionths from "
             "-100000 to 100000"},
            {"5s expect n1 alvie", "expect: no word alvie: did you mean `alive`?"},
            {"5s expect n1:n2 n1:n3 lost",
             "expect: the observer of n1:n3 stands too late: write it once, in front of the first "
             "node"},
            {"5s expect all:n2 lost",
             "expect: `all` is no observer: write the node alone to ask all others"},
            {"5s expect n9:n2 lost", "expect: no node n9: use one of: n1, n2, n3"},
            {"5s expect : lost",
             "expect: has a colon and no name on each side of it: write OBSERVER:NODE, or the node "
             "alone"},
            {"5s expect vm1 running@n2",
             "expect: running@n2 is of guests, and none are in the world yet: they wait for the VM "
             "guard"},
            {"5s never vm12 lost",
             "never: vm12 is of guests, and none are in the world yet: they wait for the VM "
             "guard"},
            {"5s never n1:n2 lost", "never: is a question to everybody: remove `n1:`"},
            {"5s end now", "end: takes nothing, and now follows: remove it"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.line);
            CHECK(wrong(row.line) == "timeline:2: " + row.expect + "\n");
        }
    }

    TEST_CASE("a verb whose room is not in the world yet is refused by name") {
        int waiting = 0;
        for (const VerbEntry& entry : verbs()) {
            CAPTURE(entry.word);
            CHECK_FALSE(entry.help.empty());
            CHECK(find_verb(entry.word) == &entry);
            CHECK(entry.verb.has_value() == entry.waits_for.empty());
            if (entry.verb) continue;
            ++waiting;
            const std::string word(entry.word);
            CHECK(wrong("5s " + word + " n1 5s") == "timeline:2: " + word +
                                                        ": is not in the world yet: it waits for " +
                                                        std::string(entry.waits_for) + "\n");
        }
        CHECK(waiting == 1);
    }

    TEST_CASE("every verb complains of what is missing") {
        for (const VerbEntry& entry : verbs()) {
            if (!entry.verb || *entry.verb == Verb::end) continue;
            CAPTURE(entry.word);
            if (entry.shape != Shape::nothing) CHECK(wrong("5s " + std::string(entry.word)) != "");
            CHECK(wrong("5s " + std::string(entry.word) + " nowhere") != "");
        }
    }

    TEST_CASE("all mistakes of a file come at once, by line") {
        CHECK(complaints(read("topology 2 lan-a:udp:sw-a\nseed x\n5s cut n1 -> n3\n4s stat n4\n"
                              "-1s start n5 n6\n")) ==
              "timeline:2: seed: \"x\" is not what may stand here: write a whole number from 0 to "
              "18446744073709551615\n"
              "timeline:3: cut: no node n3: use one of: n1, n2\n"
              "timeline:4: stat: is no verb: did you mean `start`?\n"
              "timeline:5: time: a time cannot be negative: count from the start of the world, as "
              "in 5s\n"
              "timeline:5: start: no node n5: use one of: n1, n2\n"
              "timeline:5: start: no node n6: use one of: n1, n2\n");
    }

    TEST_CASE("where the topology is unclear, names are not judged") {
        CHECK(complaints(read("topology 3 lan-a:tcp:sw-a\n5s cut n9 -> n8 x\n5s paus n1\n")) ==
              "timeline:1: topology: no kind tcp: use one of: udp, l2, rdma, disk\n"
              "timeline:3: paus: is no verb: did you mean `pause`?\n");
    }

    TEST_CASE("a file that is too large is refused whole") {
        CHECK(wrong(std::string(1024 * 1024, ' ')) ==
              "timeline: is longer than 1 MiB: name a timeline\n");
        CHECK(wrong(std::string(20'000, '\n')) ==
              "timeline: has more than 20000 lines: make it shorter\n");
        CHECK(wrong(std::string(19'998, '\n')) == "");
    }

    TEST_CASE("who writes nothing but mistakes is told of the first hundred") {
        std::string text;
        for (int i = 0; i < 1000; ++i) text += "5s start n9 n8 n7\n";
        const auto scenario = read(three_nodes + text);
        REQUIRE_FALSE(scenario);
        REQUIRE(scenario.error().size() == 101);
        CHECK(to_string(scenario.error().back()) ==
              "timeline: has more mistakes than these: correct these first");
    }

    TEST_CASE("clocks cannot be set out of their type's bounds") {
        std::string text = three_nodes;
        for (int i = 0; i < 50; ++i) text += "5s clock-step n1 -8784h\n";
        CHECK(complaints(read(text)) == "");
        CHECK(complaints(read(text + "5s clock-step n1 1ms\n")) ==
              "timeline:52: clock-step: all steps together are more than 50 years: set clocks less "
              "far\n");
    }

    TEST_CASE("hostile text is refused, and what it says is shown as plain text") {
        const std::string long_word(1'000'000, 'x');
        const std::string nul("5s start n\0001", 12);
        const std::string lines[] = {
            nul,
            "5s start n\xff\xfe",
            "5s \x1b[31mstart n1",
            "->",
            ":",
            "5s ->",
            "5s :",
            "5s <->",
            "5s cut : -> :",
            "5s cut -> ->",
            "5s cut n1 -> : :",
            "5s expect :: ::",
            "5s expect n1: lost",
            "5s expect :n1 lost",
            "5s never : lost",
            "5s loss -> -> -> -> ->",
            "5s unplug : :",
            "5s unplug n1 :",
            "5s heal",
            "5s heal all all",
            "5s clock-step n1 -",
            "5s pause n1 99999999999999999999999h",
            "5s drift n1 -99999999999999999999999",
            "99999999999999999999999s start n1",
            "5s " + long_word,
            "5s start " + long_word,
            long_word,
            "5s switch-off " + long_word,
            "5s pause n1 " + long_word,
        };
        for (const std::string& line : lines) {
            const std::string text = wrong(line);
            CAPTURE(text);
            CHECK_FALSE(text.empty());
            CHECK(text.size() < 1000);
            for (const char letter : text)
                CHECK((letter == '\n' || (letter >= ' ' && letter <= '~')));
        }
        std::string words = "5s cut";
        for (int i = 0; i < 200'000; ++i) words += i == 100'000 ? " ->" : " n9";
        CHECK_FALSE(wrong(words).empty());
        CHECK_FALSE(wrong("5s start" + std::string(500'000, ' ') + ":").empty());
    }

    TEST_CASE("a timeline that is cut or damaged anywhere is read or refused") {
        const std::string sound = three_nodes +
                                  "profile fast\ntiming path_limit 50ms\nvoters n1 n2 n3\n"
                                  "without n3 ib\nfence bmc+self operator\nvms 3\nseed 9\n"
                                  "1s cut n1 <-> n2 n3 lan-a ib\n2s loss all -> all all 12.5\n"
                                  "3s expect n1:n2 n3 lost\n4s clock-step n2 -1h\n5s end\n";
        REQUIRE(complaints(read(sound)) == "");
        for (std::size_t end = 0; end < sound.size(); ++end) {
            const auto scenario = read(sound.substr(0, end));
            CHECK((scenario || has_error(scenario.error())));
        }
        Random random(1);
        for (int i = 0; i < 2000; ++i) {
            std::string damaged = sound;
            for (int letter = 0; letter < 3; ++letter)
                damaged[random.next() % damaged.size()] = static_cast<char>(random.next());
            const auto scenario = read(damaged);
            CHECK((scenario || has_error(scenario.error())));
        }
    }
}

}  // namespace
}  // namespace inquest::sim
