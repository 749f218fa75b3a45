// Entries on their way, and when they are final.
#include "tests/unit/ledger_one.hpp"
#include "tests/unit/ledger_world.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

using namespace ledger;

TEST_CASE("ledger: an older term's entry is not committed by counting (figure 3.7)") {
    Restored restored = beginning(voters({1, 2, 3}));
    restored.term = Term(3);
    restored.entries = {command(1, 1), command(2, 2)};
    LedgerOne one(restored);
    one.lead();
    REQUIRE(one.ledger.term() == Term(4));
    one.receive(2, 4, AppendAccepted{Index(2)});
    CHECK_MESSAGE(one.ledger.committed() == Index(0),
                  "a majority holds it, and it may be lost yet");
    one.receive(2, 4, AppendAccepted{Index(3)});
    CHECK(one.ledger.committed() == Index(3));
}

TEST_CASE("ledger: a follower acknowledges what the request showed, not its own tail") {
    Restored restored = beginning(voters({1, 2, 3}));
    restored.term = Term(2);
    restored.entries = {command(1, 1), command(2, 2), command(3, 2)};
    LedgerOne one(restored);
    one.receive(3, 3, Append{Index(1), Term(1), Index(3), {}});
    one.persisted();
    CHECK(one.sent<AppendAccepted>(3).at(0).through == Index(1));
    CHECK(one.ledger.committed() == Index(1));
}

TEST_CASE("ledger: what contradicts the leader goes, what a late request repeats stays") {
    LedgerOne one;
    one.receive(2, 1,
                Append{Index(0), Term(0), Index(1), {command(1, 1), command(2, 1), command(3, 1)}});
    one.receive(2, 1, Append{Index(0), Term(0), Index(1), {command(1, 1)}});
    CHECK(one.ledger.log().last() == Index(3));
    one.forget();
    one.receive(3, 2, Append{Index(1), Term(1), Index(1), {command(2, 2)}});
    CHECK(one.ledger.log().last() == Index(2));
    CHECK(one.all<Persist>().at(0).truncate_from == Index(2));
    CHECK(one.all<Persist>().at(0).appended.size() == 1);

    one.receive(3, 2, Append{Index(0), Term(0), Index(1), {command(1, 2)}});
    CHECK(one.dropped(Dropped::contradiction) == 1);
    CHECK(one.ledger.log().term_at(Index(1)) == Term(1));
    one.receive(3, 2, Append{Index(2), Term(2), Index(1), {command(7, 2)}});
    CHECK(one.dropped(Dropped::malformed) == 1);
    CHECK(one.ledger.log().last() == Index(2));
}

TEST_CASE("ledger: a refusal names where the logs may agree") {
    struct Row {
        const char* why;
        std::uint64_t previous;
        std::uint64_t previous_term;
        std::uint64_t hint;
    };
    constexpr Row rows[] = {
        {"what is missing: the end of the log", 9, 5, 5},
        {"another term: before all of that term", 5, 3, 3},
        {"never before what is committed", 3, 3, 2},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Restored restored = beginning(voters({1, 2, 3}));
        restored.term = Term(2);
        restored.commit = Index(2);
        restored.entries = {command(1, 1), command(2, 1), command(3, 1), command(4, 2),
                            command(5, 2)};
        LedgerOne one(restored);
        one.receive(2, 6, Append{Index(row.previous), Term(row.previous_term), Index(0), {}});
        one.persisted();
        CHECK(one.sent<AppendRefused>(2).at(0).hint == Index(row.hint));
        CHECK(one.sent<AppendRefused>(2).at(0).previous == Index(row.previous));
    }
}

TEST_CASE("ledger: a leader never steps behind what a follower holds, nor obeys stale refusals") {
    LedgerOne one;
    one.lead();
    one.receive(2, 1, AppendAccepted{Index(1)});
    for (std::uint64_t i = 1; i <= 5; ++i) one.step(Propose{i, Bytes(8)});
    one.receive(2, 1, AppendAccepted{Index(4)});
    one.forget();
    one.receive(2, 1, AppendRefused{Index(3), Index(0)});
    CHECK_MESSAGE(one.sent<Append>(2).empty(), "it speaks of what has been accepted since");
    one.receive(2, 1, AppendRefused{Index(6), Index(0)});
    CHECK(one.sent<Append>(2).at(0).previous == Index(4));
}

TEST_CASE("ledger: a follower that has lost what it acknowledged is asked once an interval") {
    LedgerOne one;
    one.lead();
    one.receive(2, 1, AppendAccepted{Index(1)});
    for (std::uint64_t i = 1; i <= 5; ++i) one.step(Propose{i, Bytes(8)});
    one.receive(2, 1, AppendAccepted{Index(4)});
    one.receive(2, 1, AppendRefused{Index(6), Index(0)});
    one.forget();
    for (int i = 0; i < 10; ++i) one.receive(2, 1, AppendRefused{Index(4), Index(0)});
    CHECK_MESSAGE(one.sent<Append>(2).empty(), "nothing else can be said to it");
    one.wait(100ms);
    CHECK(one.sent<Append>(2).size() == 1);
    CHECK(one.sent<Append>(2).at(0).previous == Index(4));
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(6)});
    CHECK_MESSAGE(one.ledger.committed() == Index(6), "the answer to an older question counts");
}

TEST_CASE("ledger: an answer to what was never asked leads a leader nowhere") {
    struct Row {
        const char* why;
        Message::Body body;
        std::uint64_t malformed;
    };
    const Row rows[] = {
        {"refused: the last entry", AppendRefused{Index(2), Index(1)}, 0},
        {"refused: one past the last", AppendRefused{Index(3), Index(2)}, 1},
        {"refused: far from it", AppendRefused{Index(UINT64_MAX), Index(UINT64_MAX - 1)}, 1},
        {"accepted: the last entry", AppendAccepted{Index(2)}, 0},
        {"accepted: one past the last", AppendAccepted{Index(3)}, 1},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        LedgerOne one;
        one.lead();
        one.receive(2, 1, AppendAccepted{Index(1)});
        one.step(Propose{1, Bytes(8)});
        one.receive(2, 1, row.body);
        one.wait(200ms);
        CHECK(one.ledger.role() == Role::leader);
        CHECK(one.dropped(Dropped::malformed) == row.malformed);
        for (const Append& append : one.sent<Append>(2)) CHECK(append.previous <= Index(2));
    }
}

TEST_CASE("ledger: entries are sent ahead of the answers, so many and no more") {
    Settings settings;
    settings.window_entries = 4;
    LedgerOne one(beginning(voters({1, 2, 3})), settings);
    one.lead();
    one.receive(2, 1, AppendAccepted{Index(1)});
    one.forget();
    for (std::uint64_t i = 1; i <= 20; ++i) one.step(Propose{i, Bytes(8)});
    std::size_t sent = 0;
    for (const Append& append : one.sent<Append>(2)) sent += append.entries.size();
    CHECK(sent == 4);
    std::size_t probed = 0;
    for (const Append& append : one.sent<Append>(3)) probed += append.entries.size();
    CHECK_MESSAGE(probed == 0, "its first request has not been answered");
}

TEST_CASE("ledger: a proposal is bounded, and so is what is not committed") {
    Settings settings;
    settings.uncommitted_max = 3;
    LedgerOne one(beginning(voters({1, 2, 3})), settings);
    one.step(Propose{1, Bytes(8)});
    CHECK(one.all<Proposed>().at(0).reason == Refused::not_leader);
    one.lead();
    one.forget();
    one.step(Propose{2, Bytes(command_bytes_max + 1)});
    one.step(Propose{3, Bytes(command_bytes_max)});
    one.step(Propose{4, Bytes(8)});
    one.step(Propose{5, Bytes(8)});
    const auto answers = one.all<Proposed>();
    REQUIRE(answers.size() == 4);
    CHECK(answers[0].reason == Refused::too_large);
    CHECK(answers[1].outcome == Proposed::Outcome::accepted);
    CHECK(answers[1].index == Index(2));
    CHECK(answers[2].outcome == Proposed::Outcome::accepted);
    CHECK(answers[3].reason == Refused::full);
}

TEST_CASE("ledger: a follower that was gone for long is fed in bounded messages") {
    LedgerWorld world({.servers = 3, .seed = 6});
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    const MemberId leader = world.leader();
    const MemberId other = leader == member(1) ? member(2) : member(1);
    world.crash(other);
    for (int i = 0; i < 300; ++i) {
        world.propose(leader, 1000);
        world.run(5ms);
    }
    world.start(other);
    CHECK(world.run_until(3s, [&] { return world.applied(other) == world.applied(leader); }));
    CHECK_MESSAGE(world.audit().violations().empty(), "one of them is the size of messages");
}

}  // namespace inquest::test
