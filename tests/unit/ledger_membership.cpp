#include "heartbeat/ledger/membership.hpp"
#include "tests/unit/ledger_one.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace inquest::test {

using namespace ledger;

TEST_CASE("ledger: majorities") {
    static_assert(majority(1) == 1 && majority(2) == 2 && majority(3) == 2);
    static_assert(majority(4) == 3 && majority(5) == 3);
    struct Row {
        const char* why;
        std::initializer_list<std::uint64_t> held;
        std::uint64_t expect;
    };
    const Row rows[] = {
        {"alone", {7}, 7},
        {"two need both", {7, 3}, 3},
        {"of three the middle one", {9, 1, 5}, 5},
        {"of four the second lowest", {9, 1, 5, 4}, 4},
        {"of five the middle one", {1, 9, 9, 2, 8}, 8},
        {"equal ones count each", {4, 4, 1}, 4},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        FixedVector<Index, voters_max> held;
        for (const std::uint64_t index : row.held) held.push_back(Index(index));
        CHECK(reached_by_majority(held) == Index(row.expect));
    }
}

TEST_CASE("ledger: one server's change, or why not") {
    using Kind = Change::Kind;
    struct Row {
        const char* why;
        Kind kind;
        int member;
        std::optional<Refused> refused;
    };
    const Row rows[] = {
        {"a new member learns first", Kind::add_learner, 9, std::nullopt},
        {"a learner is one already", Kind::add_learner, 4, Refused::already},
        {"a voter is more", Kind::add_learner, 1, Refused::already},
        {"nobody is no member", Kind::add_learner, 0, Refused::already},
        {"a learner may be promoted", Kind::promote, 4, std::nullopt},
        {"a stranger may not", Kind::promote, 9, Refused::already},
        {"a voter is one already", Kind::promote, 2, Refused::already},
        {"a voter goes on without a vote", Kind::demote, 2, std::nullopt},
        {"a learner has none to lose", Kind::demote, 4, Refused::already},
        {"a voter goes", Kind::remove, 3, std::nullopt},
        {"a learner goes", Kind::remove, 4, std::nullopt},
        {"a stranger cannot go", Kind::remove, 9, Refused::already},
    };
    Members members{.voters = voters({1, 2, 3}), .learners = {}};
    members.learners.push_back(member(4));
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(changed(members, {row.kind, member(row.member)}).refused == row.refused);
    }
}

TEST_CASE("ledger: members stay in order, and in one list") {
    Members members{.voters = voters({1, 3, 5}), .learners = {}};
    members = changed(members, {Change::Kind::demote, member(3)}).members;
    CHECK(members.voters == voters({1, 5}));
    CHECK(contains(members.learners, member(3)));
    members = changed(members, {Change::Kind::promote, member(3)}).members;
    CHECK(members.voters == voters({1, 3, 5}));
    CHECK(members.learners.empty());
}

TEST_CASE("ledger: the last voter stays, and five are enough") {
    const Members alone{.voters = voters({1}), .learners = {}};
    CHECK(changed(alone, {Change::Kind::remove, member(1)}).refused == Refused::last_voter);
    CHECK(changed(alone, {Change::Kind::demote, member(1)}).refused == Refused::last_voter);

    Members full{.voters = voters({1, 2, 3, 4, 5}), .learners = {}};
    full = changed(full, {Change::Kind::add_learner, member(6)}).members;
    CHECK(changed(full, {Change::Kind::promote, member(6)}).refused == Refused::no_room);
    for (int i = 7; i <= static_cast<int>(members_max); ++i) {
        full = changed(full, {Change::Kind::add_learner, member(i)}).members;
    }
    CHECK(changed(full, {Change::Kind::add_learner, member(99)}).refused == Refused::no_room);
}

TEST_CASE("ledger: a change is settled when `settled` after it is committed") {
    struct Row {
        const char* why;
        std::uint64_t changed;
        std::uint64_t settled;
        std::uint64_t commit;
        bool expect;
    };
    constexpr Row rows[] = {
        {"the members of the beginning are", 0, 0, 0, true},
        {"a change alone is not", 5, 3, 9, false},
        {"nor with `settled` uncommitted", 5, 7, 6, false},
        {"it is from the commit on", 5, 7, 7, true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Membership membership{
            .now = {}, .before = {}, .changed = Index(row.changed), .settled = Index(row.settled)};
        CHECK(membership.settled_by(Index(row.commit)) == row.expect);
    }
}

}  // namespace inquest::test
