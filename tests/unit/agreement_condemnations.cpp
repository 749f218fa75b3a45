// Condemnations on their way: who writes them, who stops granting and when, and what a
// coordinator's death makes of them.
#include "tests/unit/agreement_armed.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

using namespace agreement;
using Stage = KnownCondemnation::Stage;

TEST_CASE("agreement: the coordinator alone writes a condemnation, and once") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId other = world.followers()[0];
    const MemberId lost = world.followers()[1];
    world.crash(lost);
    world.move(other, world.missed({lost}));
    world.run(1s);
    CHECK(world.all_told(lost, std::nullopt));
    for (int wake = 0; wake < 20; ++wake) {
        world.move(leader, world.missed({lost}));
        world.move(other, world.missed({lost}));
        world.run(1ms);
    }
    REQUIRE(world.soon_told(lost, Stage::committed));
    CHECK(world.condemnations(leader) == 1);
    CHECK(world.condemnation(lost).incarnation == Incarnation(1));
    CHECK(world.condemnation(lost).silence == 3s);
    CHECK(world.condemnation(lost).witnesses.size() == 2);
    CHECK(world.condemnation(lost).hold == Hold::none);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: whoever appends a condemnation stops granting, until it is truncated") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    const Motions motions = world.missed({lost});
    world.isolate(leader);
    world.move(leader, motions);
    CHECK_MESSAGE(world.told(leader, lost) == Stage::appended, "in the same step");
    CHECK(world.told(lost, lost) == std::nullopt);
    REQUIRE(world.run_until(
        10s, [&] { return world.coordinator() != nobody && world.coordinator() != leader; }));
    CHECK_MESSAGE(world.told(leader, lost) == Stage::appended, "it knows nothing of that yet");
    world.heal();
    CHECK(world.soon_told(lost, std::nullopt));
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: grants begin again when the acquittal is committed, not when it is written") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.move(leader, world.missed({lost}));
    REQUIRE(world.soon_told(lost, Stage::committed));
    const Motions heard = world.heard_again(lost);
    world.isolate(leader);
    world.move(leader, heard);
    const ledger::Ledger& ledger = world.member(leader.value).ledger();
    CHECK(ledger.log().last() > ledger.committed());
    CHECK(world.told(leader, lost) == Stage::committed);
    world.run(100ms);
    CHECK(world.told(leader, lost) == Stage::committed);
    world.heal();
    world.run(3s);
    if (!world.all_told(lost, std::nullopt))
        world.move(world.coordinator(), world.heard_again(lost));
    CHECK(world.soon_told(lost, std::nullopt));
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a restart forgets no condemnation, whether it is committed or not") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    const Motions motions = world.missed({lost});
    world.isolate(leader);
    world.move(leader, motions);
    world.run(50ms);  // written, and nobody else has it
    world.crash(leader);
    world.start(leader);
    CHECK(world.told(leader, lost) == Stage::appended);
}

TEST_CASE("agreement: a coordinator may die at any moment of a condemnation") {
    for (int moment = 0; moment < 40; ++moment) {
        CAPTURE(moment);
        ArmedWorld world(5, 100 + static_cast<std::uint64_t>(moment));
        const MemberId leader = world.coordinator();
        const MemberId lost = world.followers()[0];
        const MemberId witness = world.followers()[1];
        world.crash(lost);
        world.move(leader, world.missed({lost}));
        world.run(Duration(500us) * moment);
        world.crash(leader);
        REQUIRE(world.run_until(10s, [&] {
            // Whoever leads says so at each wake.
            if (world.coordinator() != nobody)
                world.move(world.coordinator(), world.missed({lost}));
            return world.all_told(lost, Stage::committed);
        }));
        world.start(leader);
        CHECK(world.soon_told(lost, Stage::committed));
        CHECK(world.condemnations(witness) == 1);
        CHECK(world.fault() == "");
    }
}

TEST_CASE("agreement: those that vanish together are held") {
    ArmedWorld world(5);
    const MemberId leader = world.coordinator();
    const MemberId first = world.followers()[0];
    const MemberId second = world.followers()[1];
    world.move(leader, world.missed({first, second}));
    CHECK(world.soon_told(first, Stage::held));
    CHECK(world.soon_told(second, Stage::held));
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: one is held when another is lost whose time has not come yet") {
    ArmedWorld world(5);
    Motions motions = world.missed({world.followers()[0]});
    motions.lost.push_back(world.followers()[1]);
    const MemberId first = world.followers()[0];
    world.move(world.coordinator(), motions);
    CHECK(world.soon_told(first, Stage::held));
}

TEST_CASE("agreement: while one is condemned the next one is held, until a person releases it") {
    ArmedWorld world(5);
    const MemberId leader = world.coordinator();
    const MemberId first = world.followers()[0];
    const MemberId second = world.followers()[1];
    world.move(leader, world.missed({first}));
    REQUIRE(world.soon_told(first, Stage::committed));
    world.move(leader, world.missed({second}));
    REQUIRE(world.soon_told(second, Stage::held));
    const std::uint64_t index = world.condemnation(second).index;
    CHECK(world.fate(world.ask(leader, HoldLifted{second, index})) == "accepted");
    CHECK(world.soon_told(second, Stage::committed));
}

TEST_CASE("agreement: who is proven off counts no more") {
    ArmedWorld world(5);
    const MemberId leader = world.coordinator();
    const MemberId first = world.followers()[0];
    const MemberId second = world.followers()[1];
    world.move(leader, world.missed({first}));
    REQUIRE(world.soon_told(first, Stage::committed));
    const std::uint64_t index = world.condemnation(first).index;
    REQUIRE(world.fate(world.ask(leader, ConfirmedOff{first, index, "alice"})) == "accepted");
    CHECK(world.soon_told(first, Stage::proven));
    world.move(leader, world.missed({second}));
    CHECK(world.soon_told(second, Stage::committed));
}

TEST_CASE("agreement: a boot that has just begun has condemn_after to be heard in") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.move(leader, world.missed({lost}));
    REQUIRE(world.soon_told(lost, Stage::committed));
    // It boots, the bus says so, and no beat of it has come yet.
    REQUIRE(world.fate(world.ask(lost, IncarnationBegun{lost, Incarnation(2), 2})) == "accepted");
    const Instant begun = world.now();
    while (world.now() < begun + 2900ms) {
        world.move(leader, world.missed({lost}));
        world.run(100ms);
        REQUIRE(world.all_told(lost, std::nullopt));
    }
    world.run(200ms);
    world.move(leader, world.missed({lost}));
    CHECK(world.soon_told(lost, Stage::committed));
    CHECK(world.condemnation(lost).incarnation == Incarnation(2));
}

TEST_CASE("agreement: a change of voters is not written while a condemnation is under way") {
    ArmedWorld world(4);
    const MemberId leader = world.coordinator();
    const MemberId lost = world.followers()[0];
    world.move(leader, world.missed({lost}));
    const ledger::Ledger& ledger = world.member(leader.value).ledger();
    const ledger::Index written = ledger.log().last();
    const RequestId change = world.ask(leader, Removed{world.followers()[1], key(9)});
    CHECK(ledger.committed() < written);
    CHECK(ledger.log().last() == written);
    CHECK(world.fate(change) == "accepted");
    CHECK(world.fault() == "");
}

}  // namespace inquest::test
