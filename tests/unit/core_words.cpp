// Lengths of time and changes in words, and members by name: what people and scripts read.
#include "heartbeat/core/path_state.hpp"
#include "heartbeat/core/peer_evidence.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/roster.hpp"
#include "heartbeat/core/transition.hpp"
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace inquest::test {
namespace {

TEST_SUITE("core.words") {
    TEST_CASE("a length of time is said in the unit that people would choose, rounded down") {
        struct Row {
            Duration length;
            const char* expect;
        };
        constexpr Row rows[] = {
            {0ns, "0us"},         {999ns, "0us"},   {250us, "250us"},     {999'999ns, "999us"},
            {1ms, "1ms"},         {410ms, "410ms"}, {999'999us, "999ms"}, {1s, "1s"},
            {1099ms, "1s"},       {1100ms, "1.1s"}, {3100ms, "3.1s"},     {59'999ms, "59.9s"},
            {60s, "1m00s"},       {125s, "2m05s"},  {3599s, "59m59s"},    {1h, "1h00m"},
            {3h + 7min, "3h07m"}, {50h, "50h00m"},  {-250ms, "-250ms"},
        };
        for (const Row& row : rows) CHECK(phrase(row.length) == row.expect);
    }

    TEST_CASE("each kind of change has its log line") {
        const auto line = [](Transition::Kind kind, const char* from, const char* to,
                             const char* facts, const char* reason) {
            return log_line({.kind = kind,
                             .when = at(1s),
                             .observer = "n1",
                             .peer = "n2",
                             .path = kind == Transition::Kind::path ? "lan-a" : "",
                             .from = from,
                             .to = to,
                             .facts = facts,
                             .reason = reason});
        };
        using Kind = Transition::Kind;
        CHECK(
            line(Kind::verdict, "suspect", "lost", "paths=0/3 last_beat=3.1s", "nobody hears it") ==
            "peer=n2 verdict=suspect->lost paths=0/3 last_beat=3.1s reason=\"nobody hears it\"");
        CHECK(line(Kind::verdict, "unknown", "alive", "", "") == "peer=n2 verdict=unknown->alive");
        CHECK(line(Kind::path, "fresh", "late", "", "last beat 210ms ago") ==
              "peer=n2 path=lan-a state=fresh->late reason=\"last beat 210ms ago\"");
        CHECK(line(Kind::stall, "running", "woke-late", "", "") ==
              "peer=n2 stall=running->woke-late");
        CHECK(line(Kind::member, "1.1", "2.1", "", "") == "peer=n2 member=1.1->2.1");
        CHECK(line(Kind::would_have_failed_over, "observing", "would-have-failed-over",
                   "silence=3s", "") == "peer=n2 would-have-failed-over silence=3s");
        CHECK(line(Kind::calls_for_condemnation, "armed", "calls-for-condemnation", "silence=3s",
                   "") == "peer=n2 calls-for-condemnation silence=3s");
    }

    TEST_CASE("path states and reasons have the words of the contract") {
        CHECK(word(PathState::fresh) == "fresh");
        CHECK(word(PathState::late) == "late");
        CHECK(word(PathState::silent) == "silent");
        CHECK(word(PathState::blind) == "blind");
        CHECK(word(PathState::frozen) == "frozen");
        CHECK(word(BlindReason::not_heard_yet) == "not-heard-yet");
        CHECK(word(BlindReason::link_down) == "link-down");
        CHECK(word(BlindReason::stall) == "stall");
        CHECK(word(BlindReason::overrun) == "overrun");
        CHECK(word(BlindReason::off) == "off");
    }

    TEST_CASE("every refusal has a word of its own") {
        std::vector<std::string_view> words;
        for (std::size_t i = 0; i < beat_refusals; ++i) {
            const std::string_view said = word(static_cast<BeatRefusal>(i));
            CHECK(said != "?");
            CHECK(std::find(words.begin(), words.end(), said) == words.end());
            words.push_back(said);
        }
    }

    TEST_CASE("the roster finds members by id and name, and knows who is connected") {
        ClusterConfig config = cluster_config(4, 3, {}, 3);
        config.members[2].paths = {PathId(1)};
        config.paths[0].admin = Switched::off;
        const Roster roster(config, MemberId(2));
        CHECK(roster.size() == 4);
        CHECK(roster.self() == 1);
        CHECK(roster.path_count() == 3);
        CHECK(roster.voters() == 3);
        CHECK(roster.place(MemberId(4)) == 3);
        CHECK(roster.place("n3") == 2);
        CHECK_FALSE(roster.place(MemberId(9)).has_value());
        CHECK_FALSE(roster.place(nobody).has_value());
        CHECK_FALSE(roster.place("n9").has_value());
        CHECK(roster.votes(2));
        CHECK_FALSE(roster.votes(3));
        CHECK(roster.connects(1, 0, 2));
        CHECK_FALSE(roster.connects(2, 0, 2));  // n3 is not on it
        CHECK(roster.connects(2, 0, 1));
        CHECK_FALSE(roster.connects(0, 0, 1));  // it is off
        CHECK(roster.path_name(2) == "lan-c");
        CHECK(roster.fate(2) == "sw-c");
    }
}

}  // namespace
}  // namespace inquest::test
