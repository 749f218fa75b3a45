// Whose turn it is, and who makes way.
#include "fence/schedule.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::fence {
namespace {

using Kind = Schedule::Kind;
using Tickets = std::vector<Schedule::Ticket>;

struct Row {
    const char* why;
    std::string does;  ///< "off a", "ask a", "tell", "ended 1", each a new ticket: 1, 2, ..
    Tickets begin;
    Tickets end;
};

void run(const std::vector<Row>& rows) {
    Schedule schedule;
    Schedule::Ticket last = 0;
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string what = row.does.substr(0, row.does.find(' '));
        const std::string whom = row.does.substr(row.does.find(' ') + 1);
        if (what == "ended")
            schedule.ended(std::stoull(whom));
        else
            REQUIRE(schedule.add(++last,
                                 what == "off"   ? Kind::off
                                 : what == "ask" ? Kind::question
                                                 : Kind::notice,
                                 whom));
        const Schedule::Turn turn = schedule.turn();
        CHECK(turn.begin == row.begin);
        CHECK(turn.end == row.end);
    }
}

TEST_CASE("a device is asked one thing at a time") {
    run({{"free", "ask a", {1}, {}},
         {"another device is", "ask b", {2}, {}},
         {"it waits", "ask a", {}, {}},
         {"until the first has ended", "ended 1", {3}, {}},
         {"nobody waits", "ended 2", {}, {}}});
}

TEST_CASE("a power-off ends what only asks, and begins when that has ended") {
    run({{"a question", "ask a", {1}, {}},
         {"makes way", "off a", {}, {1}},
         {"a new question waits behind it", "ask a", {}, {}},
         {"and is told only once", "ask b", {4}, {}},
         {"the power-off first", "ended 1", {2}, {}},
         {"a second one waits for the first", "off a", {}, {}},
         {"before the question that came earlier", "ended 2", {5}, {}},
         {"then that", "ended 5", {3}, {}}});
}

TEST_CASE("notices have places of their own") {
    run({{"1", "tell", {1}, {}},
         {"2", "tell", {2}, {}},
         {"3", "tell", {3}, {}},
         {"4", "tell", {4}, {}},
         {"no fifth", "tell", {}, {}},
         {"a device is not kept waiting", "off a", {6}, {}},
         {"an end makes a place", "ended 2", {5}, {}}});
}

TEST_CASE("where every place is taken, a power-off takes that of a question") {
    Schedule schedule;
    for (Schedule::Ticket i = 1; i <= agents_max; ++i)
        REQUIRE(schedule.add(i, i == 1 ? Kind::off : Kind::question, "d" + std::to_string(i)));
    CHECK(schedule.turn().begin.size() == agents_max);
    REQUIRE(schedule.add(50, Kind::question, "x"));
    Schedule::Turn turn = schedule.turn();
    CHECK(turn.begin.empty());
    CHECK(turn.end.empty());
    REQUIRE(schedule.add(51, Kind::off, "y"));
    turn = schedule.turn();
    CHECK(turn.begin.empty());
    CHECK(turn.end == Tickets{agents_max});
    CHECK(schedule.turn().end.empty());
    schedule.ended(agents_max);
    CHECK(schedule.turn().begin == Tickets{51});
    schedule.ended(1);
    CHECK(schedule.turn().begin == Tickets{50});
}

TEST_CASE("there is an end to what may wait") {
    Schedule schedule;
    for (Schedule::Ticket i = 1; i <= orders_max; ++i) REQUIRE(schedule.add(i, Kind::off, "a"));
    CHECK_FALSE(schedule.add(orders_max + 1, Kind::off, "a"));
    CHECK(schedule.turn().begin == Tickets{1});
    schedule.ended(1);
    CHECK(schedule.turn().begin == Tickets{2});
    CHECK(schedule.add(orders_max + 1, Kind::off, "a"));
}

}  // namespace
}  // namespace inquest::fence
