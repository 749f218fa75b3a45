// Condemnations as the rules of the state have them: when one is accepted, and what ends it.
#include "tests/unit/core_cluster_states.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace inquest::test {
namespace {

using namespace std::chrono_literals;

/// So many members, armed; each has booted once.
Told armed_cluster(int count) {
    Told told = cluster_of(count);
    told.accept(ArmedSet{Armed::yes});
    for (int number = 1; number <= count; ++number)
        told.accept(IncarnationBegun{id(number), Incarnation(4), 40U});
    return told;
}

Electorate witnesses(std::initializer_list<int> numbers) {
    Electorate all;
    for (const int number : numbers) all.push_back(id(number));
    return all;
}

Condemned condemned(int member, std::initializer_list<int> by) {
    return {.member = id(member),
            .incarnation = Incarnation(4),
            .silence = 3s,
            .witnesses = witnesses(by),
            .wall_seconds = 1000};
}

const Condemnation* standing(const Told& told, int member) {
    const AgreedMember* found = told.state.member(id(member));
    return found->condemnation ? &*found->condemnation : nullptr;
}

}  // namespace

TEST_CASE("condemnation rules: who is condemned, and by whom") {
    struct Row {
        const char* why;
        Condemned said;
        std::string_view outcome;
    };
    Condemned old = condemned(3, {1, 2});
    old.incarnation = Incarnation(3);
    Condemned future = condemned(3, {1, 2});
    future.incarnation = Incarnation(5);
    Condemned hasty = condemned(3, {1, 2});
    hasty.silence = {};
    const Row rows[] = {
        {"a majority testifies", condemned(3, {1, 2}), "accepted"},
        {"the coordinator may be the one", condemned(1, {2, 3}), "accepted"},
        {"one vote of three is none", condemned(3, {1}), "unsound"},
        {"a witness counts once", condemned(3, {1, 1}), "unsound"},
        {"in one order", condemned(3, {2, 1}), "unsound"},
        {"a stranger is no witness", condemned(3, {1, 9}), "unsound"},
        {"a member that was", condemned(9, {1, 2}), "no-member"},
        {"a boot that is over", old, "old-incarnation"},
        {"a boot that nobody has agreed on yet", future, "old-incarnation"},
        {"without a silence", hasty, "malformed"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = armed_cluster(3);
        CHECK(word(told.tell(row.said)) == row.outcome);
        CHECK((standing(told, row.said.member.value < 4 ? row.said.member.value : 3) != nullptr) ==
              (row.outcome == "accepted"));
    }
}

TEST_CASE("condemnation rules: not while the cluster observes, nor of one that is worked on") {
    Told told = armed_cluster(3);
    told.accept(ArmedSet{Armed::no});
    CHECK(word(told.tell(condemned(3, {1, 2}))) == "not-armed");
    told.accept(ArmedSet{Armed::yes});
    told.accept(MaintenanceSet{id(3), Maintenance::on});
    CHECK(word(told.tell(condemned(3, {1, 2}))) == "in-maintenance");
    told.accept(MaintenanceSet{id(3), Maintenance::off});
    told.accept(condemned(3, {1, 2}));
    CHECK(word(told.tell(condemned(3, {1, 2}))) == "already");
    told.accept(ArmedSet{Armed::no});
    CHECK_MESSAGE(standing(told, 3) != nullptr, "disarming takes nothing back");
}

TEST_CASE("condemnation rules: one who has never booted has nothing to stop") {
    Told told = cluster_of(3);
    told.accept(ArmedSet{Armed::yes});
    Condemned said = condemned(3, {1, 2});
    said.incarnation = Incarnation(0);
    CHECK(word(told.tell(said)) == "old-incarnation");
}

TEST_CASE("condemnation rules: everything that follows names the condemnation") {
    Told told = armed_cluster(3);
    told.accept(condemned(3, {1, 2}));
    const std::uint64_t index = standing(told, 3)->index;
    CHECK(index == told.state.index);
    CHECK(standing(told, 3)->silence == 3s);
    CHECK(standing(told, 3)->witnesses == witnesses({1, 2}));
    CHECK(standing(told, 3)->wall_seconds == 1000);
    CHECK(word(told.tell(Acquitted{id(3), index - 1})) == "no-condemnation");
    CHECK(word(told.tell(Acquitted{id(2), index})) == "no-condemnation");
    CHECK(word(told.tell(ConfirmedOff{id(3), index + 1, "alice"})) == "no-condemnation");
    CHECK(word(told.tell(HoldLifted{id(3), index + 1})) == "no-condemnation");
    told.accept(Acquitted{id(3), index});
    CHECK(standing(told, 3) == nullptr);
    CHECK(word(told.tell(Acquitted{id(3), index})) == "no-condemnation");
    told.accept(condemned(3, {1, 2}));
    CHECK_MESSAGE(word(told.tell(ConfirmedOff{id(3), index, "alice"})) == "no-condemnation",
                  "a word that was given for the one before is worth nothing for this one");
}

TEST_CASE("condemnation rules: a person's word is a receipt, until the condemned is heard") {
    Told told = armed_cluster(3);
    told.accept(condemned(3, {1, 2}));
    const std::uint64_t index = standing(told, 3)->index;
    CHECK(word(told.tell(ConfirmedOff{id(3), index, ""})) == "malformed");
    told.accept(ConfirmedOff{id(3), index, "alice"});
    CHECK(standing(told, 3)->receipt == Receipt::operators_word);
    CHECK(standing(told, 3)->person == "alice");
    CHECK(word(told.tell(ConfirmedOff{id(3), index, "bob"})) == "already");
    told.accept(Acquitted{id(3), index});
    CHECK(standing(told, 3) == nullptr);
}

TEST_CASE("condemnation rules: another kernel ends it, and the same one does not") {
    Told told = armed_cluster(3);
    told.accept(condemned(3, {1, 2}));
    CHECK(word(told.tell(IncarnationBegun{id(3), Incarnation(5), 40U})) == "same-kernel");
    CHECK(standing(told, 3) != nullptr);
    told.accept(IncarnationBegun{id(3), Incarnation(5), 41U});
    CHECK(standing(told, 3) == nullptr);

    told.accept(IncarnationBegun{id(2), Incarnation(5), 40U});
    Condemned next = condemned(2, {1, 3});
    next.incarnation = Incarnation(5);
    told.accept(next);
    told.accept(ConfirmedOff{id(2), standing(told, 2)->index, "alice"});
    told.accept(IncarnationBegun{id(2), Incarnation(6), 40U});
    CHECK_MESSAGE(standing(told, 2) == nullptr, "it was proven before");
}

TEST_CASE("condemnation rules: a hold is lifted once") {
    Told told = armed_cluster(3);
    Condemned said = condemned(3, {1, 2});
    said.hold = Hold::too_many;
    told.accept(said);
    const std::uint64_t index = standing(told, 3)->index;
    told.accept(HoldLifted{id(3), index});
    CHECK(standing(told, 3)->hold == Hold::none);
    CHECK(word(told.tell(HoldLifted{id(3), index})) == "already");
}

TEST_CASE("condemnation rules: a condemned member can be removed") {
    Told told = armed_cluster(3);
    told.accept(condemned(3, {1, 2}));
    told.accept(Removed{id(3), key(2)});
    CHECK(told.state.member(id(3)) == nullptr);
}

TEST_CASE("condemnation rules: who goes on alone is condemned no more") {
    Told told = armed_cluster(3);
    told.accept(condemned(3, {1, 2}));
    told.accept(Recovered{2, id(3), key(2), "alice", 5});
    CHECK(standing(told, 3) == nullptr);
}

TEST_CASE("sentences: what a condemnation says") {
    Told told = armed_cluster(3);
    Condemned said = condemned(3, {1, 2});
    CHECK(sentence(entry(said), told.state) ==
          "condemned n3, incarnation 4: silent on every path for 3s, n1 and n2 testify");
    said.hold = Hold::too_many;
    CHECK(
        sentence(entry(said), told.state) ==
        "condemned n3, incarnation 4: silent on every path for 3s, n1 and n2 testify; held, since "
        "others are missed with it");
    told.accept(said);
    CHECK(sentence(entry(Acquitted{id(3), 1}), told.state) == "acquitted n3: it was heard");
    CHECK(sentence(entry(ConfirmedOff{id(3), 1, "alice"}), told.state) ==
          "n3 is off: alice has given their word");
    CHECK(sentence(entry(HoldLifted{id(3), 1}), told.state) ==
          "released the condemnation of n3 from its hold");
    CHECK(sentence(entry(IncarnationBegun{id(3), Incarnation(5), 9U}), told.state) ==
          "n3 began incarnation 5, so the condemned one before it runs no more");
}

}  // namespace inquest::test
