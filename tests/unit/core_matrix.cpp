// What a view says, how long it counts, and whose votes are together; the arithmetic of quorum.
#include "heartbeat/core/matrix.hpp"
#include "heartbeat/core/quorum.hpp"
#include "tests/unit/core_views.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::test {
namespace {

constexpr Duration limit = Timing{}.path_limit;

TEST_SUITE("core.matrix") {
    TEST_CASE("votes needed, and both sides of the boundary") {
        struct Row {
            int voters;
            int needed;
        };
        constexpr Row rows[] = {{1, 1}, {2, 2}, {3, 2}, {4, 3}, {5, 3}, {6, 4}, {7, 4}};
        for (const Row& row : rows) {
            CAPTURE(row.voters);
            CHECK(votes_needed(row.voters) == row.needed);
            CHECK(has_quorum(row.needed, row.voters));
            CHECK_FALSE(has_quorum(row.needed - 1, row.voters));
            // Two disjoint sides never both have it.
            CHECK(2 * row.needed > row.voters);
        }
        CHECK_FALSE(has_quorum(0, 0));
    }

    TEST_CASE("testimony follows from the states of all paths") {
        struct Row {
            const char* why;
            const char* paths;
            Testimony expect;
        };
        constexpr Row rows[] = {
            {"one fresh path is enough", "sslf", Testimony::hears},
            {"late is not sure", "ssl", Testimony::doubts},
            {"silent on all", "ss", Testimony::silent},
            {"blind ones are left out", "sbo", Testimony::silent},
            {"late and blind", "lb", Testimony::doubts},
            {"blind on all: it does not testify", "btuov", Testimony::none},
            {"a frozen pulse is no beat", "z", Testimony::silent},
            {"no path at all: nothing to say", "", Testimony::none},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            CHECK(testimony(cells(row.paths)) == row.expect);
        }
    }

    TEST_CASE("all fresh: what counts, for others and for itself") {
        struct Row {
            const char* why;
            const char* paths;
            bool others;
            bool own;
        };
        constexpr Row rows[] = {
            {"every path fresh", "ff", true, true},
            {"off is left out", "fo", true, true},
            {"a stall is its observer's state of mind", "ft", true, true},
            {"not heard yet is excused to others", "fu", true, false},
            {"so are datagrams that it dropped itself", "fv", true, false},
            {"a broken link is a fault", "fb", false, false},
            {"late", "fl", false, false},
            {"silent", "fs", false, false},
            {"nothing fresh at all", "tt", false, false},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const PeerRow said{.peer = MemberId(2), .cells = cells(row.paths)};
            CHECK(claim(said, 2, Views::now, Unheard::excused).all_fresh == row.others);
            CHECK(claim(said, 2, Views::now, Unheard::counted).all_fresh == row.own);
        }
    }

    TEST_CASE("a claim takes its instant from the age that it carries") {
        PeerRow said{.peer = MemberId(2), .age_ms = 250, .cells = cells("f")};
        CHECK(claim(said, 1, at(10s), Unheard::excused).heard_at == at(9750ms));
        said.age_ms = age_unknown_ms;
        CHECK_FALSE(claim(said, 1, at(10s), Unheard::excused).heard_at.has_value());
        said.cells = cells("fffff");
        CHECK(claim(said, 3, at(10s), Unheard::excused).cells.size() == 3);
    }

    TEST_CASE("a view counts until the limit, and not when its owner has left") {
        Views views(3, 2);
        const Matrix fresh = views.matrix();
        CHECK(fresh.current(1, Views::now));
        CHECK(fresh.current(1, Views::now + limit - 1ns));
        CHECK_FALSE(fresh.current(1, Views::now + limit));
        CHECK(fresh.current(0, Views::now + 1h));
        CHECK(fresh.next_deadline(Views::now) == Views::now + limit);
        CHECK(fresh.next_deadline(Views::now + limit) == never);
        views.beat(2).goodbye = true;
        CHECK_FALSE(views.matrix().current(1, Views::now));
        views.absent(3);
        CHECK_FALSE(views.matrix().current(2, Views::now));
    }

    TEST_CASE("an own stall puts the end of views off, at most to one limit from now") {
        Views views(3, 2);
        Matrix matrix = views.matrix();
        matrix.extend(200ms, Views::now + 300ms);
        CHECK(matrix.current(1, Views::now + 200ms + limit - 1ns));
        CHECK_FALSE(matrix.current(1, Views::now + 200ms + limit));
        matrix.extend(1h, Views::now + 1s);
        CHECK(matrix.current(1, Views::now + 1s + limit - 1ns));
        CHECK_FALSE(matrix.current(1, Views::now + 1s + limit));
    }

    TEST_CASE("what a view says wears off with the age of what it rests on") {
        Views views(3, 2);
        views.row(2, 3).age_ms = 100;
        const Matrix matrix = views.matrix();
        const auto says = [&](Incarnation newest, Duration later) {
            return matrix.says(1, 2, newest, Views::now + later);
        };
        const Incarnation current(1);
        CHECK(says(current, 0ms) == Testimony::hears);
        CHECK(says(current, limit - 100ms - 1ns) == Testimony::hears);
        CHECK(says(current, limit - 100ms) == Testimony::none);
        CHECK(says(Incarnation(2), 0ms) == Testimony::doubts);
        // Its own view is written anew before each judgement.
        CHECK(matrix.says(0, 2, Incarnation(2), Views::now + 1h) == Testimony::hears);
    }

    TEST_CASE("who woke late is not silent about anybody, but may hear") {
        Views views(3, 2);
        views.says(2, 3, "ss").beat(2).stalled = true;
        CHECK(views.matrix().says(1, 2, Incarnation(1), Views::now) == Testimony::none);
        views.says(2, 3, "fs");
        CHECK(views.matrix().says(1, 2, Incarnation(1), Views::now) == Testimony::hears);
    }

    TEST_CASE("votes together: whom I hear, and who hears me") {
        struct Row {
            const char* why;
            const char* of_me;
            bool relayed;
            std::uint32_t incarnation;
            int expect;
        };
        constexpr Row rows[] = {
            {"it hears me on one path", "fs", false, 1, 3},
            {"it is not sure of me yet", "ls", false, 1, 3},
            {"it has my beats by relay", "ss", true, 1, 3},
            {"it does not hear me", "ss", false, 1, 2},
            {"it is blind to me", "bb", false, 1, 2},
            {"it heard my former incarnation only", "ff", false, 0, 2},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Views views(3, 2);
            views.says(2, 1, row.of_me);
            views.row(2, 1).relayed = row.relayed;
            views.row(2, 1).incarnation = Incarnation(row.incarnation);
            const Matrix matrix = views.matrix();
            CHECK(matrix.votes_together(views.roster(), Incarnation(1), Views::now) == row.expect);
            CHECK(matrix.votes_together(views.roster(), Incarnation(1), Views::now + limit) == 1);
        }
        Views seven(7, 1);
        CHECK(seven.matrix().votes_together(seven.roster(), Incarnation(1), Views::now) == 5);
    }

    TEST_CASE("an older beat does not replace a newer view, a new session does") {
        Views views(3, 1);
        Matrix matrix = views.matrix();
        Beat beat = views.beat(2);
        beat.sequence = Sequence(10);
        matrix.heard(1, beat, Views::now);
        beat.sequence = Sequence(9);
        beat.row[2].cells = cells("s");
        matrix.heard(1, beat, Views::now);
        CHECK(matrix.view(1).of[2].testimony == Testimony::hears);
        beat.session = Session(2);
        beat.sequence = Sequence(1);
        matrix.heard(1, beat, Views::now);
        CHECK(matrix.view(1).of[2].testimony == Testimony::silent);
        CHECK(matrix.view(1).session == Session(2));
    }

    TEST_CASE(
        "a sender that counts more paths or stranger members is read as far as it makes sense") {
        Views views(3, 1);
        Beat beat = views.beat(2);
        beat.sequence = Sequence(2);
        beat.paths = 4;
        beat.row[2].cells = cells("fsls");
        beat.row[0].peer = MemberId(77);
        Matrix matrix = views.matrix();
        matrix.heard(1, beat, Views::now);
        CHECK(matrix.view(1).of[2].cells.size() == 1);
        CHECK(matrix.view(1).of[2].testimony == Testimony::hears);
        CHECK(matrix.view(1).of[0].testimony == Testimony::none);
    }
}

}  // namespace
}  // namespace inquest::test
