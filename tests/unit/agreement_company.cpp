// Whom a member's bus reaches while members go, and what a node owes when it begins.
#include "heartbeat/agreement/company.hpp"
#include "heartbeat/agreement/introduction.hpp"
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
