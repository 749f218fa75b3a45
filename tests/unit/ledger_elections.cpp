// Who may lead, and who must not disturb.
#include "tests/unit/ledger_one.hpp"
#include "tests/unit/ledger_world.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

using namespace ledger;

namespace {

constexpr auto give = VoteRequest::Stage::give;
constexpr auto would_you = VoteRequest::Stage::would_you;

}  // namespace

TEST_CASE("ledger: no vote, and no new term, while a leader lives") {
    LedgerOne one;
    one.receive(2, 1, Append{});
    one.now += 399ms;
    one.receive(3, 9, VoteRequest{give, Index(9), Term(8)});
    one.receive(3, 9, VoteRequest{would_you, Index(9), Term(8)});
    CHECK(one.dropped(Dropped::leader_lives) == 2);
    CHECK(one.ledger.term() == Term(1));
    one.now += 1ms;
    one.receive(3, 9, VoteRequest{give, Index(9), Term(8)});
    one.persisted();
    CHECK(one.sent<VoteReply>(3).at(0).answer == LedgerOne::yes);
}

TEST_CASE("ledger: one who knows of no cluster gives no vote and asks for none") {
    LedgerOne one(blank());
    CHECK(one.ledger.next_deadline() == never);
    one.receive(2, 1, VoteRequest{give, Index(9), Term(1)});
    one.persisted();
    CHECK(one.sent<VoteReply>(2).at(0).answer == LedgerOne::no);
    one.wait(1h);
    CHECK(one.ledger.role() == Role::follower);
}

TEST_CASE("ledger: messages that cannot be are dropped and counted") {
    LedgerOne one;
    one.lead();
    const Term term = one.ledger.term();
    SUBCASE("from one's own id") {
        one.receive(1, 9, Append{});
        CHECK(one.dropped(Dropped::own_id) == 1);
    }
    SUBCASE("from nobody, or for another") {
        one.receive(0, 9, Append{});
        one.step(Received{{member(2), member(3), Term(9), Append{}}});
        CHECK(one.dropped(Dropped::misaddressed) == 2);
    }
    SUBCASE("answers from a stranger") {
        one.receive(9, 9, AppendRefused{});
        one.receive(9, 9, VoteReply{});
        CHECK(one.dropped(Dropped::stranger) == 2);
    }
    SUBCASE("a second leader of the term, as a second host with one id would be") {
        one.receive(3, term.value, Append{Index(0), Term(0), Index(0), {command(1, 1)}});
        CHECK(one.dropped(Dropped::second_leader) == 1);
        CHECK(one.ledger.role() == Role::leader);
    }
    CHECK(one.ledger.term() == term);
}

TEST_CASE("ledger: a second leader of the term is not followed") {
    LedgerOne one;
    one.receive(2, 1, Append{Index(0), Term(0), Index(0), {command(1, 1)}});
    one.receive(3, 1, Append{Index(1), Term(1), Index(0), {command(2, 1)}});
    CHECK(one.ledger.leader() == member(2));
    CHECK(one.ledger.log().last() == Index(1));
    CHECK(one.dropped(Dropped::second_leader) == 1);
}

TEST_CASE("ledger: who fell behind is told the newer term") {
    LedgerOne one;
    one.receive(2, 5, Append{});
    one.persisted();
    one.forget();
    one.receive(3, 4, Append{});
    CHECK(one.sent<AppendRefused>(3).size() == 1);
    CHECK(one.all<Send>().at(0).message.term == Term(5));
    one.now += 1h;
    one.receive(3, 4, VoteRequest{give, Index(9), Term(4)});
    CHECK(one.sent<VoteReply>(3).at(0).answer == LedgerOne::no);
}

TEST_CASE("ledger: any event at any time is answered") {
    const Event stale[] = {Persisted{7}, SnapshotTaken{Index(9), {}}, Wake{}, Propose{1, {}},
                           ProposeChange{2, {}, {}}};
    for (const Event& event : stale) {
        LedgerOne one;
        one.step(event);
        CHECK(one.ledger.role() == Role::follower);
    }
    const Message::Body bodies[] = {VoteReply{}, AppendAccepted{Index(99)},
                                    AppendRefused{Index(99), Index(99)}, ChunkTaken{Index(9), 99},
                                    NotMember{Index(0)}};
    for (const Message::Body& body : bodies) {
        LedgerOne follower;
        follower.receive(2, 0, body);
        LedgerOne leader;
        leader.lead();
        leader.receive(2, 1, body);
        CHECK(leader.ledger.role() == Role::leader);
        CHECK(leader.ledger.log().last() == Index(1));
    }
}

TEST_CASE("ledger: a leader in a minority steps down, and its clients are told what is lost") {
    LedgerWorld world({.seed = 3});
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    const MemberId old = world.leader();
    const Term term = world.ledger(old).term();
    world.isolate(old);
    const std::uint64_t lost = world.propose(old);
    world.run(900ms);
    CHECK(world.ledger(old).role() != Role::leader);
    const std::uint64_t refused = world.propose(old);
    CHECK(world.fate(refused)->reason == Refused::not_leader);
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    world.propose(world.leader());
    CHECK(world.fate(lost)->outcome == Proposed::Outcome::accepted);
    world.heal();
    world.run(2s);
    CHECK(world.fate(lost)->outcome == Proposed::Outcome::lost);
    CHECK_MESSAGE(world.ledger(old).term() == Term(term.value + 1), "it came back in peace");
    CHECK(world.audit().violations().empty());
}

TEST_CASE("ledger: one who was cut off and comes back deposes nobody") {
    LedgerWorld world({.servers = 5, .first_voters = 5, .seed = 4});
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    world.run(1s);
    const MemberId leader = world.leader();
    const Term term = world.ledger(leader).term();
    const MemberId other = leader == member(1) ? member(2) : member(1);
    world.isolate(other);
    world.run(20s);
    CHECK(world.ledger(other).term() == term);
    world.heal();
    world.run(5s);
    CHECK(world.leader() == leader);
    CHECK(world.ledger(leader).term() == term);
}

TEST_CASE(
    "ledger: one that hears the others but is not heard deposes nobody, nor one it cannot hear") {
    LedgerWorld world({.servers = 3, .seed = 5});
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    world.run(1s);
    const MemberId leader = world.leader();
    const Term term = world.ledger(leader).term();
    const MemberId other = leader == member(1) ? member(2) : member(1);
    world.cut(leader, other);
    world.run(20s);
    CHECK(world.leader() == leader);
    CHECK(world.ledger(leader).term() == term);
}

TEST_CASE("ledger: a leader is replaced within three election timeouts, nearly always") {
    int late = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        LedgerWorld world({.servers = 3, .seed = seed});
        REQUIRE(world.run_until(10s, [&] { return world.leader() != nobody; }));
        world.run(1s);
        world.crash(world.leader());
        if (!world.run_until(2400ms, [&] { return world.leader() != nobody; })) ++late;
    }
    CHECK(late <= 2);
}

}  // namespace inquest::test
