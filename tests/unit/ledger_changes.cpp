// Changes of members over time.
#include "tests/unit/ledger_one.hpp"
#include "tests/unit/ledger_world.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

using namespace ledger;

namespace {

using Kind = Change::Kind;

/// A cluster with a leader that has committed in its term.
LedgerWorld led(const LedgerWorld::Options& options) {
    LedgerWorld world(options);
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    world.run(500ms);
    return world;
}

bool change(LedgerWorld& world, Kind kind, MemberId server) {
    for (int attempt = 0; attempt < 20; ++attempt) {
        if (world.leader() == nobody) world.run(500ms);
        if (world.leader() == nobody) continue;
        const std::uint64_t proposal = world.propose(world.leader(), {kind, server});
        world.run(500ms);
        if (world.fate(proposal)->outcome == Proposed::Outcome::accepted) return true;
    }
    return false;
}

MemberId not_leading(const LedgerWorld& world) {
    return world.leader() == member(1) ? member(2) : member(1);
}

}  // namespace

TEST_CASE("ledger: no change before the leader has committed in its term, none before it settled") {
    Restored restored = beginning(voters({1, 2, 3}));
    restored.term = Term(1);
    restored.entries = {command(1, 1)};
    restored.commit = Index(1);
    LedgerOne one(restored);
    one.lead();
    one.forget();
    const ProposeChange add{1, {Kind::add_learner, member(4)}, {}};
    one.step(add);
    CHECK(one.all<Proposed>().back().reason == Refused::new_term);
    one.receive(2, 2, AppendAccepted{Index(2)});
    one.step(add);
    CHECK(one.all<Proposed>().back().outcome == Proposed::Outcome::accepted);
    one.step(add);
    CHECK(one.all<Proposed>().back().reason == Refused::change_pending);
    one.persisted();
    one.receive(2, 2, AppendAccepted{Index(3)});
    CHECK(one.ledger.log().at(Index(4)).kind == EntryKind::settled);
    one.step(add);
    CHECK_MESSAGE(one.all<Proposed>().back().reason == Refused::change_pending,
                  "`settled` is appended, not committed");
    one.persisted();
    one.receive(2, 2, AppendAccepted{Index(4)});
    one.step(add);
    CHECK(one.all<Proposed>().back().reason == Refused::already);
}

TEST_CASE("ledger: no change that would leave voters of whom a majority does not answer") {
    const auto fate_of = [](const Change& change) {
        LedgerOne one;
        one.lead();
        one.persisted();
        // n3 answers, n2 has been silent since the election.
        one.now += Settings{}.election_max;
        one.receive(3, one.ledger.term().value, AppendAccepted{Index(1)});
        REQUIRE(one.ledger.committed() == Index(1));
        one.step(ProposeChange{1, change, {}});
        return one.all<Proposed>().back();
    };
    CHECK(fate_of({Kind::remove, member(3)}).reason == Refused::majority_away);
    CHECK(fate_of({Kind::demote, member(3)}).reason == Refused::majority_away);
    CHECK(fate_of({Kind::remove, member(2)}).outcome == Proposed::Outcome::accepted);
    CHECK(fate_of({Kind::demote, member(2)}).outcome == Proposed::Outcome::accepted);
    CHECK(fate_of({Kind::add_learner, member(4)}).outcome == Proposed::Outcome::accepted);
}

TEST_CASE(
    "ledger: a voter that has answered this leader never is not there, right after an election") {
    LedgerOne one;
    one.lead();
    one.persisted();
    one.receive(3, one.ledger.term().value, AppendAccepted{Index(1)});
    one.step(ProposeChange{1, {Kind::remove, member(3)}, {}});
    CHECK(one.all<Proposed>().back().reason == Refused::majority_away);
}

TEST_CASE("ledger: until a change settles, everything needs the old majority too") {
    Restored restored = beginning(voters({1, 2, 3, 4}));
    LedgerOne one(restored);
    one.now = one.ledger.next_deadline();
    one.step(Wake{});
    for (const auto stage : {VoteRequest::Stage::would_you, VoteRequest::Stage::give}) {
        for (const int voter : {2, 3}) {
            one.receive(voter, one.ledger.term().value, VoteReply{stage, LedgerOne::yes});
        }
        one.persisted();
    }
    REQUIRE(one.ledger.role() == Role::leader);
    for (const int voter : {2, 3}) one.receive(voter, 1, AppendAccepted{Index(1)});
    REQUIRE(one.ledger.committed() == Index(1));
    one.step(ProposeChange{1, {Kind::remove, member(4)}, {}});
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(2)});
    CHECK_MESSAGE(one.ledger.committed() == Index(1), "two of three, but two of four as well");
    one.receive(4, 1, AppendAccepted{Index(2)});
    CHECK(one.ledger.committed() == Index(2));
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(3)});
    CHECK(one.ledger.committed() == Index(2));
    one.receive(3, 1, AppendAccepted{Index(3)});
    CHECK(one.ledger.committed() == Index(3));
    CHECK_MESSAGE(one.sent<NotMember>(4).empty(), "the others may not know yet that it is settled");
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(4)});
    CHECK_MESSAGE(one.ledger.committed() == Index(4), "from now on the new majority is enough");
    CHECK_MESSAGE(one.sent<NotMember>(4).size() == 1, "who is removed is told");
    one.step(Propose{2, Bytes(8)});
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(5)});
    CHECK(one.ledger.committed() == Index(5));
}

TEST_CASE("ledger: a leader that is removed leads until the last voter needs it no more") {
    LedgerOne one(beginning(voters({1, 2})));
    one.lead();
    one.receive(2, 1, AppendAccepted{Index(1)});
    one.step(ProposeChange{1, {Kind::remove, member(1)}, {}});
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(2)});
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(3)});
    REQUIRE(one.ledger.committed() == Index(3));
    CHECK_MESSAGE(one.ledger.role() == Role::leader,
                  "it is settled, and member 2, alone, cannot know it: it needs both votes");
    CHECK(one.ledger.takes_part(member(1)));
    one.persisted();
    one.receive(2, 1, AppendAccepted{Index(4)});
    CHECK_MESSAGE(one.ledger.role() == Role::follower, "with the next entry it has learnt it");
    CHECK_FALSE(one.ledger.takes_part(member(1)));
}

TEST_CASE("ledger: members that were told without a former voter need none") {
    Restored restored = beginning(voters({1, 2, 3}));
    restored.term = Term(1);
    restored.commit = Index(5);
    restored.snapshot.index = Index(5);
    restored.snapshot.term = Term(1);
    restored.snapshot.membership.changed = Index(5);
    LedgerOne one(restored);
    one.lead();
    REQUIRE(one.ledger.role() == Role::leader);
    one.receive(2, 2, AppendAccepted{Index(6)});
    CHECK(one.ledger.committed() == Index(6));
}

TEST_CASE("ledger: no number is so high that it overflows") {
    LedgerOne one;
    const std::uint64_t highest = UINT64_MAX;
    one.receive(2, highest, Append{});
    one.receive(2, highest, VoteRequest{VoteRequest::Stage::give, Index(1), Term(1)});
    one.receive(2, 1, VoteRequest{VoteRequest::Stage::give, Index(highest), Term(highest)});
    one.receive(2, 1, Append{Index(highest), Term(1), Index(highest), {}});
    one.receive(2, 1, Append{Index{}, Term{}, Index{}, {command(1, highest)}});
    one.receive(2, 1, SnapshotChunk{.index = Index(highest), .term = Term(1)});
    one.receive(2, 1, NotMember{Index(highest)});
    CHECK(one.ledger.dropped()[static_cast<std::size_t>(Dropped::malformed)] == 7);
    CHECK(one.ledger.term() == Term{});
    CHECK(one.ledger.log().last() == Index{});
}

TEST_CASE("ledger: a learner votes when it has caught up and knows that it is a member") {
    LedgerWorld world = led({.servers = 2, .first_voters = 1, .seed = 2});
    world.crash(member(2));
    REQUIRE(change(world, Kind::add_learner, member(2)));
    const std::uint64_t early = world.propose(member(1), {Kind::promote, member(2)});
    CHECK(world.fate(early)->reason == Refused::not_caught_up);
    world.start(member(2));
    CHECK(change(world, Kind::promote, member(2)));
    world.run(1s);
    CHECK(world.ledger(member(2)).membership().now.voters == voters({1, 2}));
    CHECK(world.audit().violations().empty());
}

TEST_CASE("ledger: a cluster grows from one to five and shrinks to another one") {
    LedgerWorld world = led({.servers = 5, .first_voters = 1, .seed = 7});
    for (int i = 2; i <= 5; ++i) {
        REQUIRE(change(world, Kind::add_learner, member(i)));
        REQUIRE(change(world, Kind::promote, member(i)));
    }
    for (int i = 1; i <= 4; ++i) REQUIRE(change(world, Kind::remove, member(i)));
    world.run(2s);
    CHECK(world.leader() == member(5));
    CHECK(world.ledger(member(5)).membership().now.voters == voters({5}));
    for (int i = 1; i <= 4; ++i) CHECK(world.ledger(member(i)).next_deadline() == never);
    CHECK(world.audit().violations().empty());
}

TEST_CASE("ledger: a leader that is removed sees it through, then goes") {
    LedgerWorld world = led({.servers = 3, .seed = 8});
    const MemberId old = world.leader();
    REQUIRE(change(world, Kind::remove, old));
    CHECK(world.ledger(old).role() == Role::follower);
    CHECK(world.ledger(old).next_deadline() == never);
    REQUIRE(world.run_until(3s, [&] { return world.leader() != nobody; }));
    CHECK(world.leader() != old);
}

TEST_CASE("ledger: a removed server that missed its removal is told, and is quiet") {
    LedgerWorld world = led({.servers = 4, .first_voters = 4, .seed = 9});
    const MemberId removed = not_leading(world);
    world.isolate(removed);
    REQUIRE(change(world, Kind::remove, removed));
    world.run(5s);
    const MemberId leader = world.leader();
    const Term term = world.ledger(leader).term();
    CHECK(world.ledger(removed).next_deadline() != never);
    world.heal();
    world.run(3s);
    CHECK(world.ledger(removed).next_deadline() == never);
    CHECK(world.leader() == leader);
    CHECK(world.ledger(leader).term() == term);

    // Taken in again, it hears of it and counts as before.
    REQUIRE(change(world, Kind::add_learner, removed));
    REQUIRE(change(world, Kind::promote, removed));
    world.run(1s);
    CHECK(world.ledger(removed).next_deadline() != never);
    CHECK(world.audit().violations().empty());
}

TEST_CASE("ledger: a configuration that is truncated is forgotten, compacted or not") {
    LedgerWorld world = led({.servers = 3, .seed = 10});
    const MemberId old = world.leader();
    world.isolate(old);
    const std::uint64_t lost = world.propose(old, {Kind::add_learner, member(9)});
    CHECK(world.fate(lost)->outcome == Proposed::Outcome::accepted);
    CHECK(contains(world.ledger(old).membership().now.learners, member(9)));
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody && world.leader() != old; }));
    world.heal();
    world.run(2s);
    CHECK(world.ledger(old).membership().now.learners.empty());
    CHECK(world.fate(lost)->outcome == Proposed::Outcome::lost);
}

}  // namespace inquest::test
