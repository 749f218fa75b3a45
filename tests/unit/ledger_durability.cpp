// What leaves, and when: nothing that a crash could take back.
#include "tests/unit/ledger_one.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

using namespace ledger;

namespace {

constexpr auto give = VoteRequest::Stage::give;
constexpr auto would_you = VoteRequest::Stage::would_you;

}  // namespace

TEST_CASE("ledger: a vote leaves when it is durable") {
    LedgerOne one;
    one.receive(2, 1, VoteRequest{give, Index(0), Term(0)});
    REQUIRE(one.all<Persist>().size() == 1);
    CHECK(one.all<Persist>()[0].ballot->term == Term(1));
    CHECK(one.all<Persist>()[0].ballot->vote == member(2));
    CHECK(one.sent<VoteReply>(2).empty());
    one.persisted();
    REQUIRE(one.sent<VoteReply>(2).size() == 1);
    CHECK(one.sent<VoteReply>(2)[0].answer == LedgerOne::yes);
}

TEST_CASE("ledger: an acknowledgement leaves when its entries are durable, a repeated one too") {
    LedgerOne one;
    const Append append{Index(0), Term(0), Index(0), {command(1, 1)}};
    one.receive(2, 1, append);
    one.receive(2, 1, append);
    CHECK(one.all<Persist>().size() == 1);
    CHECK(one.sent<AppendAccepted>(2).empty());
    one.step(Persisted{99});
    CHECK_MESSAGE(one.sent<AppendAccepted>(2).empty(), "no such write was asked for");
    one.persisted();
    CHECK(one.sent<AppendAccepted>(2).size() == 2);
}

TEST_CASE("ledger: who must know of an entry before it is acknowledged learns it first") {
    LedgerOne one;
    one.receive(2, 1, Append{Index(0), Term(0), Index(1), {command(1, 1)}});
    REQUIRE(one.actions.size() >= 2);
    CHECK(std::holds_alternative<Persist>(one.actions[0]));
    CHECK(std::holds_alternative<Committed>(one.actions[1]));
}

TEST_CASE("ledger: a second vote in a term is refused after a restart too") {
    Restored restored = beginning(voters({1, 2, 3}));
    restored.term = Term(4);
    restored.vote = member(2);
    LedgerOne one(restored);
    one.receive(3, 4, VoteRequest{give, Index(9), Term(3)});
    REQUIRE(one.sent<VoteReply>(3).size() == 1);
    CHECK(one.sent<VoteReply>(3)[0].answer == LedgerOne::no);
    one.receive(2, 4, VoteRequest{give, Index(9), Term(3)});
    one.persisted();
    CHECK(one.sent<VoteReply>(2).at(0).answer == LedgerOne::yes);
}

TEST_CASE("ledger: a candidate asks for votes when its own is durable") {
    LedgerOne one;
    one.wait(1s);
    CHECK(one.sent<VoteRequest>(2).at(0).stage == would_you);
    CHECK(one.ledger.term() == Term(0));
    one.receive(2, 0, VoteReply{would_you, LedgerOne::yes});
    CHECK(one.ledger.role() == Role::candidate);
    CHECK(one.sent<VoteRequest>(2).size() == 1);
    one.receive(3, 1, VoteReply{give, LedgerOne::yes});
    one.receive(2, 1, VoteReply{give, LedgerOne::yes});
    CHECK_MESSAGE(one.ledger.role() == Role::candidate, "nobody was asked yet");
    one.persisted();
    CHECK(one.sent<VoteRequest>(2).back().stage == give);
    one.receive(3, 1, VoteReply{give, LedgerOne::yes});
    CHECK(one.ledger.role() == Role::leader);
}

TEST_CASE("ledger: a leader sends before its own write, and counts itself after it") {
    LedgerOne one;
    one.lead();
    one.receive(2, 1, AppendAccepted{Index(1)});
    REQUIRE(one.ledger.committed() == Index(1));
    one.forget();
    one.step(Propose{7, Bytes(8)});
    CHECK(one.sent<Append>(2).at(0).entries.size() == 1);
    one.receive(2, 1, AppendAccepted{Index(2)});
    CHECK(one.ledger.committed() == Index(1));
    one.persisted();
    CHECK(one.ledger.committed() == Index(2));
}

TEST_CASE("ledger: with too many writes under way it takes no more, and says so") {
    Settings settings;
    settings.writes_max = 8;
    LedgerOne one(beginning(voters({1, 2, 3})), settings);
    one.lead();
    for (std::uint64_t i = 1; i <= 9; ++i) one.step(Propose{i, Bytes(8)});
    CHECK(one.all<Proposed>().at(3).outcome == Proposed::Outcome::accepted);
    CHECK(one.all<Proposed>().at(4).reason == Refused::storage_slow);

    LedgerOne follower(beginning(voters({1, 2, 3})), settings);
    for (std::uint64_t i = 1; i <= 20; ++i) {
        follower.receive(2, 1,
                         Append{Index(i - 1), Term(i == 1 ? 0 : 1), Index(0), {command(i, 1)}});
    }
    CHECK(follower.ledger.log().last() == Index(8));
    CHECK(follower.dropped(Dropped::storage_slow) == 12);
}

TEST_CASE("ledger: what waits for a slow disk is bounded") {
    Settings settings;
    settings.withheld_max = 4;
    LedgerOne one(beginning(voters({1, 2, 3})), settings);
    for (int i = 0; i < 50; ++i) {
        one.receive(2, 1, Append{Index(0), Term(0), Index(0), {command(1, 1)}});
    }
    one.persisted();
    CHECK(one.sent<AppendAccepted>(2).size() == 4);
}

TEST_CASE("ledger: that a change is settled is made durable at once") {
    LedgerOne one;
    Members members{.voters = voters({1, 2}), .learners = {}};
    one.receive(2, 1,
                Append{Index(0),
                       Term(0),
                       Index(0),
                       {{Index(1), Term(1), EntryKind::membership, members, {}},
                        {Index(2), Term(1), EntryKind::settled, {}, {}}}});
    one.persisted();
    one.forget();
    one.receive(2, 1, Append{Index(2), Term(1), Index(1), {}});
    CHECK(one.all<Persist>().empty());
    one.receive(2, 1, Append{Index(2), Term(1), Index(2), {}});
    REQUIRE(one.all<Persist>().size() == 1);
    CHECK(one.all<Persist>()[0].commit == Index(2));
}

TEST_CASE("ledger: a run begins with all that is known to be committed") {
    Restored restored = beginning(voters({1, 2, 3}));
    restored.term = Term(1);
    restored.entries = {command(1, 1), command(2, 1), command(3, 1)};
    restored.commit = Index(2);
    LedgerOne one(restored);
    CHECK(one.ledger.next_deadline() == at(0s));
    one.wait(0s);
    REQUIRE(one.all<Committed>().size() == 2);
    CHECK(one.all<Committed>()[1].entry.index == Index(2));
    CHECK(one.ledger.next_deadline() > at(0s));
}

}  // namespace inquest::test
