// The log is bounded, and who needs what is gone gets a snapshot.
#include "tests/unit/ledger_one.hpp"
#include "tests/unit/ledger_world.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

using namespace ledger;

namespace {

SnapshotChunk chunk(std::uint64_t index, std::uint64_t offset, std::size_t bytes,
                    std::uint64_t total = 30) {
    return {.index = Index(index),
            .term = Term(1),
            .membership = {.now = {.voters = voters({1, 2, 3}), .learners = {}}},
            .total_bytes = total,
            .offset_bytes = offset,
            .bytes = Bytes(bytes)};
}

}  // namespace

TEST_CASE("ledger: a snapshot is taken in order, installed once, acknowledged when durable") {
    LedgerOne one;
    one.receive(2, 1, chunk(10, 0, 20));
    one.receive(2, 1, chunk(10, 0, 20));
    one.receive(2, 1, chunk(10, 25, 5));
    one.persisted();
    CHECK(one.sent<ChunkTaken>(2).back().taken_bytes == 20);
    CHECK(one.all<Restore>().empty());
    one.forget();
    one.receive(2, 1, chunk(10, 20, 10));
    CHECK(one.all<Restore>().size() == 1);
    CHECK(one.all<Persist>().at(0).snapshot->bytes.size() == 30);
    CHECK(one.ledger.committed() == Index(10));
    one.receive(2, 1, chunk(10, 20, 10));
    CHECK(one.sent<AppendAccepted>(2).empty());
    one.persisted();
    CHECK(one.sent<AppendAccepted>(2).size() == 2);
    CHECK(one.sent<AppendAccepted>(2)[0].through == Index(10));
    CHECK(one.all<Restore>().size() == 1);
}

TEST_CASE("ledger: pieces of two leaders' snapshots are not put together") {
    LedgerOne one;
    one.receive(2, 1, chunk(10, 0, 20));
    one.receive(3, 2, chunk(10, 20, 10));
    CHECK(one.all<Restore>().empty());
    one.persisted();
    CHECK(one.sent<ChunkTaken>(3).at(0).taken_bytes == 0);
}

TEST_CASE("ledger: a snapshot that is too large, or too long for itself, is not taken") {
    LedgerOne one;
    one.receive(2, 1, chunk(10, 0, 20, 1ull << 40));
    one.receive(2, 1, chunk(10, 0, 31));
    CHECK(one.dropped(Dropped::malformed) == 2);
    CHECK(one.all<Restore>().empty());
}

TEST_CASE("ledger: entries behind a snapshot stay if they are the leader's, else they go") {
    Restored restored = beginning(voters({1, 2, 3}));
    restored.term = Term(2);
    SUBCASE("its last entry is here") {
        restored.entries = {command(1, 1), command(2, 1), command(3, 2)};
        LedgerOne one(restored);
        one.receive(2, 2, chunk(2, 0, 30));
        CHECK(one.ledger.log().last() == Index(3));
        CHECK_FALSE(one.all<Persist>().at(0).truncate_from.has_value());
    }
    SUBCASE("it is another") {
        restored.entries = {command(1, 1), command(2, 2), command(3, 2)};
        LedgerOne one(restored);
        one.receive(2, 2, chunk(2, 0, 30));
        CHECK(one.ledger.log().last() == Index(2));
        CHECK(one.all<Persist>().at(0).truncate_from == Index(3));
    }
}

TEST_CASE("ledger: a snapshot has the members as of its index, not a later change") {
    LedgerOne one(beginning(voters({1, 2, 3})), LedgerWorld::small_bounds());
    one.lead();
    one.receive(2, 1, AppendAccepted{Index(1)});
    std::uint64_t id = 0;
    while (one.all<TakeSnapshot>().empty()) {
        REQUIRE(id < 60);
        one.step(Propose{++id, Bytes(1000)});
        one.persisted();
        one.receive(2, 1, AppendAccepted{one.ledger.log().last()});
    }
    const Index index = one.all<TakeSnapshot>()[0].index;
    CHECK(index <= one.ledger.committed());
    one.step(ProposeChange{++id, {Change::Kind::remove, member(3)}, {}});
    one.forget();
    one.step(SnapshotTaken{index, Bytes(10)});
    const auto snapshot = one.all<Persist>().at(0).snapshot;
    CHECK(snapshot->index == index);
    CHECK(snapshot->membership.now.voters == voters({1, 2, 3}));
    CHECK(one.ledger.log().base() == index - LedgerWorld::small_bounds().kept_entries);
    CHECK(one.ledger.membership().now.voters == voters({1, 2}));
}

TEST_CASE("ledger: a follower catches up by snapshot while the writes go on") {
    LedgerWorld world({.servers = 3, .seed = 11, .settings = LedgerWorld::small_bounds()});
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    const MemberId leader = world.leader();
    const MemberId other = leader == member(1) ? member(2) : member(1);
    const auto write = [&](int moments) {
        for (int i = 0; i < moments; ++i) {
            world.propose(leader, 200);
            world.run(5ms);
        }
    };
    world.crash(other);
    write(400);
    REQUIRE(world.ledger(leader).log().base() > world.disk(other).last());
    world.start(other);
    write(400);
    CHECK(world.leader() == leader);
    CHECK(world.applied(other) + 20 > world.applied(leader));
    CHECK_MESSAGE(world.snapshots_installed() <= 2, "it is not sent one after the other");
    CHECK(world.audit().violations().empty());
}

TEST_CASE("ledger: a snapshot is not replaced while it is sent to one who answers") {
    LedgerOne one(beginning(voters({1, 2, 3})), LedgerWorld::small_bounds());
    one.lead();
    one.receive(2, 1, AppendAccepted{Index(1)});
    std::uint64_t id = 0;
    const auto grow = [&](std::size_t log_bytes) {
        while (one.ledger.log().bytes() < log_bytes && one.all<TakeSnapshot>().empty()) {
            one.step(Propose{++id, Bytes(1000)});
            one.persisted();
            one.receive(2, 1, AppendAccepted{one.ledger.log().last()});
        }
    };
    grow(64 << 10);
    one.step(SnapshotTaken{one.all<TakeSnapshot>().at(0).index, Bytes(5000)});
    one.persisted();
    REQUIRE(one.sent<SnapshotChunk>(3).size() == 1);
    CHECK(one.sent<SnapshotChunk>(3)[0].bytes.size() == 1000);
    one.forget();
    grow(35 << 10);
    CHECK(one.all<TakeSnapshot>().empty());
    grow(50 << 10);
    CHECK_MESSAGE(one.all<TakeSnapshot>().size() == 1, "memory has a bound all the same");
}

TEST_CASE("ledger: without snapshots the log is bounded by refusing") {
    LedgerWorld world({.servers = 3, .seed = 12, .settings = LedgerWorld::small_bounds()});
    world.answers_snapshots = false;
    REQUIRE(world.run_until(5s, [&] { return world.leader() != nobody; }));
    const MemberId leader = world.leader();
    std::uint64_t last = 0;
    for (int i = 0; i < 300; ++i) {
        last = world.propose(leader, 1000);
        world.run(10ms);
    }
    CHECK(world.fate(last)->reason == Refused::full);
    const std::size_t bound_bytes = LedgerWorld::small_bounds().log_bytes_max + 2000;
    for (const MemberId server : world.servers()) {
        CHECK(world.ledger(server).log().bytes() < bound_bytes);
    }
}

}  // namespace inquest::test
