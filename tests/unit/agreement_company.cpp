// Whom a member's bus reaches while members come and go, and what a node owes when it begins.
#include "heartbeat/agreement/company.hpp"
#include "heartbeat/agreement/introduction.hpp"
#include "tests/unit/agreement_world.hpp"
#include "tests/unit/ledger_one.hpp"

#include <doctest/doctest.h>

namespace inquest::test {

using namespace agreement;
using ledger::Index;

TEST_CASE("company: a removed member is reached until its removal is over, and a while longer") {
    LedgerOne one;
    one.lead();
    one.receive(2, 1, ledger::AppendAccepted{Index(1)});
    one.step(ledger::ProposeChange{1, {ledger::Change::Kind::remove, member(3)}, {}});
    Company company;
    company.follow({member(1), member(2), member(3)}, at(0s));
    company.follow({member(1), member(2)}, at(1s));
    CHECK(company.has(member(3)));
    CHECK_FALSE(company.let_go(one.ledger, at(60s)));
    CHECK_MESSAGE(company.has(member(3)),
                  "its vote may settle its removal, however long that takes");

    for (int entry = 2; entry <= 4; ++entry) {
        one.persisted();
        for (const int voter : {2, 3}) {
            const auto through = Index(static_cast<std::uint64_t>(entry));
            one.receive(voter, 1, ledger::AppendAccepted{through});
        }
    }
    REQUIRE_FALSE(one.ledger.takes_part(member(3)));
    CHECK_FALSE(company.let_go(one.ledger, at(69s)));
    CHECK_MESSAGE(company.has(member(3)), "the word that it was removed may still be on its way");
    CHECK(company.let_go(one.ledger, at(70s)));
    CHECK_FALSE(company.has(member(3)));
    CHECK(company.has(member(2)));
}

TEST_CASE("company: one that is a member again is not leaving") {
    LedgerOne one;
    Company company;
    company.follow({member(1), member(4)}, at(0s));
    company.follow({member(1)}, at(1s));
    company.follow({member(1), member(4)}, at(2s));
    CHECK_FALSE(company.let_go(one.ledger, at(100s)));
    CHECK(company.has(member(4)));
}

namespace {

/// The members of a cluster of three, as one of them knows them.
Company of_three() {
    Company company;
    company.follow({id(1), id(2), id(3)}, at(0s));
    return company;
}

/// One of three that hears of no coordinator.
const Agreement& left_alone(AgreementWorld& world) {
    world.grow_to(3);
    const MemberId alone = world.follower();
    world.isolate(alone);
    REQUIRE(world.run_until(5s, [&] { return world.member(alone.value).coordinator() == nobody; }));
    return world.member(alone.value);
}

}  // namespace

TEST_CASE("company: who hears of no coordinator meets who came while it was away") {
    AgreementWorld world(44);
    const Agreement& alone = left_alone(world);
    Company company = of_three();
    CHECK_FALSE(company.has(id(4)));
    CHECK(company.meet(id(4), alone, at(1s)));
    CHECK(company.has(id(4)));
    CHECK_MESSAGE(company.meet(id(4), alone, at(9s)), "it beats on");
    CHECK_FALSE(company.let_go(alone.ledger(), at(18s)));
    CHECK_MESSAGE(company.let_go(alone.ledger(), at(19s)), "it has been silent for ten seconds");
    CHECK_FALSE(company.has(id(4)));
}

TEST_CASE("company: one that was met and is a member is let go no more") {
    AgreementWorld world(45);
    const Agreement& alone = left_alone(world);
    Company company = of_three();
    REQUIRE(company.meet(id(4), alone, at(1s)));
    company.follow({id(1), id(2), id(3), id(4)}, at(2s));
    CHECK_FALSE(company.let_go(alone.ledger(), at(60s)));
    CHECK(company.has(id(4)));
}

TEST_CASE("company: nobody is met who was known before, nor while somebody leads") {
    AgreementWorld world(46);
    world.grow_to(3);
    Company company = of_three();
    CHECK_MESSAGE(!company.meet(id(4), world.member(world.follower().value), at(1s)),
                  "the coordinator tells who was invited");
    CHECK_MESSAGE(!company.meet(id(4), world.member(world.coordinator().value), at(1s)),
                  "whoever leads knows everybody");

    AgreementWorld other(47);
    const Agreement& alone = left_alone(other);
    Company two;
    two.follow({id(1), id(2)}, at(0s));
    CHECK_MESSAGE(!two.meet(id(3), alone, at(1s)), "its id was given: it has been removed");
    CHECK_FALSE(two.has(id(3)));
    CHECK_FALSE(company.meet(id(2), alone, at(1s)));
}

TEST_CASE("company: who was met is reached on when a coordinator is there, and others are not") {
    AgreementWorld world(48);
    const Agreement& alone = left_alone(world);
    Company company = of_three();
    REQUIRE(company.meet(id(4), alone, at(1s)));
    world.heal();
    REQUIRE(world.run_until(5s, [&] { return alone.coordinator() != nobody; }));
    CHECK_MESSAGE(company.meet(id(4), alone, at(5s)), "it may be the one that leads");
    CHECK_FALSE(company.meet(id(5), alone, at(5s)));
    CHECK_FALSE(company.let_go(alone.ledger(), at(14s)));
}

TEST_CASE("company: no more are met than a cluster has") {
    AgreementWorld world(49);
    const Agreement& alone = left_alone(world);
    Company company = of_three();
    for (int number = 4; number < 4 + static_cast<int>(members_max); ++number)
        CHECK(company.meet(id(number), alone, at(1s)));
    CHECK_FALSE(company.meet(id(1000), alone, at(1s)));
    CHECK(company.let_go(alone.ledger(), at(11s)));
    CHECK(company.meet(id(1000), alone, at(11s)));
}

TEST_CASE("introduction: first the secret, then the boot, then nothing") {
    ClusterState state;
    state.generation = 1;
    SecretDigest secret{};
    secret[0] = std::byte{7};
    const Oneself oneself{member(2), Incarnation(3), 9, secret};
    CHECK_MESSAGE(!introduction(state, oneself), "it is no member as far as it knows");

    state.members.push_back({.id = member(2), .name = "n2", .invitation = secret});
    const auto shown = introduction(state, oneself);
    REQUIRE(shown.has_value());
    CHECK(std::get<Joined>(*shown) == Joined{member(2), secret});
    CHECK_FALSE(introduction(state, {member(2), Incarnation(3), 9, {}}));

    state.members.front().standing = AgreedMember::Standing::joined;
    const auto boot = introduction(state, oneself);
    REQUIRE(boot.has_value());
    CHECK(std::get<IncarnationBegun>(*boot) == IncarnationBegun{member(2), Incarnation(3), 9});
    state.members.front().incarnation = Incarnation(3);
    state.members.front().boot_tag = 9;
    CHECK_FALSE(introduction(state, oneself));
}

}  // namespace inquest::test
