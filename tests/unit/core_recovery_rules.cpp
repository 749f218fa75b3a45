// Inviting anew, and giving up a lost majority: when they are accepted, and what they make.
#include "tests/unit/core_cluster_states.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace inquest::test {

namespace {

using Refusal = EntryRefusal;

InvitedAnew anew(int number) {
    return {.member = id(number),
            .role = Role::witness,
            .may_vote = Vote::yes,
            .invitation = secret_of(100 + number),
            .addresses = newcomer(number).addresses};
}

Recovered recovered(int survivor, std::uint32_t generation = 2) {
    return {.generation = generation,
            .survivor = id(survivor),
            .key = key(9),
            .person = "root",
            .wall_seconds = 1'764'000'000};
}

/// n1..n3 have joined, n4 is invited.
Told with_one_invited() {
    Told told = cluster_of(3);
    told.accept(Invited{newcomer(4)});
    return told;
}

}  // namespace

TEST_CASE("cluster rules: whoever has not joined is invited anew, under its old number") {
    struct Row {
        const char* why;
        int member;
        std::function<void(InvitedAnew&)> change;
        Refusal expect;
    };
    const Row rows[] = {
        {"its own addresses are no clash", 4, [](auto&) {}, Refusal::none},
        {"other addresses", 4,
         [](auto& a) {
             a.addresses = {{path_id(0), "192.0.2.40"}};
         },
         Refusal::none},
        {"the address of another", 4,
         [](auto& a) {
             a.addresses = {{path_id(0), "192.0.2.1"}};
         },
         Refusal::address_taken},
        {"a path that is not there", 4,
         [](auto& a) {
             a.addresses = {{path_id(7), "192.0.2.40"}};
         },
         Refusal::no_path},
        {"no path in common with anybody", 4, [](auto& a) { a.addresses = {}; }, Refusal::unsound},
        {"it has joined", 3, [](auto&) {}, Refusal::joined_already},
        {"nobody", 5, [](auto&) {}, Refusal::no_member},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = with_one_invited();
        InvitedAnew said = anew(row.member);
        row.change(said);
        const ClusterState before = told.state;
        CHECK(word(told.tell(said)) == word(row.expect));
        const AgreedMember* member = told.state.member(id(4));
        REQUIRE(member != nullptr);
        if (row.expect == Refusal::none) {
            CHECK(member->invitation == said.invitation);
            CHECK(member->addresses == said.addresses);
            CHECK(member->role == Role::witness);
            CHECK(member->standing == AgreedMember::Standing::invited);
        } else {
            CHECK(told.state.members == before.members);
        }
    }
}

TEST_CASE("cluster rules: an older secret opens nothing once a newer one was given out") {
    Told told = with_one_invited();
    told.accept(anew(4));
    CHECK(told.tell(Joined{id(4), secret_of(4)}) == Refusal::wrong_invitation);
    told.accept(Joined{id(4), secret_of(104)});
    CHECK(told.tell(anew(4)) == Refusal::joined_already);
}

TEST_CASE("cluster rules: a recovery leaves one member, a key that nobody else has, and a record") {
    Told told = with_one_invited();
    told.accept(ArmedSet{Armed::yes});
    const ClusterState before = told.state;
    told.accept(recovered(2));
    const ClusterState& after = told.state;
    CHECK(after.generation == before.generation + 1);
    REQUIRE(after.members.size() == 1);
    CHECK(after.members[0].name == "n2");
    CHECK(after.members[0].votes == Vote::yes);
    CHECK(after.members[0].addresses == before.member(id(2))->addresses);
    for (const int gone : {1, 3, 4}) {
        CAPTURE(gone);
        REQUIRE(after.tombstone(id(gone)) != nullptr);
        CHECK(after.tombstone(id(gone))->index == after.index);
    }
    REQUIRE(after.keys.size() == 2);
    CHECK(after.keys[0] == key(9));
    CHECK(after.keys[1] == before.keys[0]);
    CHECK(after.key_waiting == KeyNumber{});
    CHECK(after.paths == before.paths);
    CHECK(after.timing == before.timing);
    CHECK(after.armed == before.armed);
    CHECK(after.uuid == before.uuid);
    CHECK(after.newest_id == before.newest_id);
    REQUIRE(after.recoveries.size() == 1);
    CHECK(after.recoveries[0] == Recovery{2, after.index, id(2), "root", 1'764'000'000});
    CHECK(after.hash != before.hash);

    // Life goes on: the others come back as new members.
    told.accept(Invited{[] {
        AgreedMember again = newcomer(5);
        again.name = "n1";
        again.addresses = newcomer(1).addresses;
        return again;
    }()});
}

TEST_CASE("cluster rules: when nobody may go on alone") {
    struct Row {
        const char* why;
        Recovered said;
        Refusal expect;
    };
    Recovered nobody_confirmed = recovered(2);
    nobody_confirmed.person = "";
    Recovered long_name = recovered(2);
    long_name.person = std::string(name_bytes_max + 1, 'r');
    Recovered old_key = recovered(2);
    old_key.key = key(1);
    Recovered no_key = recovered(2);
    no_key.key = {};
    const Row rows[] = {
        {"the next generation", recovered(2), Refusal::none},
        {"the one of now: given twice", recovered(2, 1), Refusal::other_generation},
        {"one after the next", recovered(2, 3), Refusal::other_generation},
        {"who was never a member", recovered(9), Refusal::no_member},
        {"who has not joined", recovered(4), Refusal::unsound},
        {"nobody confirmed it", nobody_confirmed, Refusal::malformed},
        {"a name that has no form", long_name, Refusal::malformed},
        {"the key that the others have", old_key, Refusal::key_taken},
        {"no key", no_key, Refusal::malformed},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = with_one_invited();
        const auto members = told.state.members.size();
        CHECK(word(told.tell(row.said)) == word(row.expect));
        CHECK(told.state.members.size() == (row.expect == Refusal::none ? 1 : members));
    }
    Told silent = cluster_of(2);
    AgreedMember observer = newcomer(3);
    observer.may_vote = Vote::no;
    silent.accept(Invited{observer});
    silent.accept(Joined{id(3), secret_of(3)});
    CHECK(silent.tell(recovered(3)) == Refusal::unsound);
}

TEST_CASE(
    "cluster rules: a recovery without any key, as after a restore, and while one is changed") {
    Told none = cluster_of(3);
    none.state.keys.clear();
    none.accept(recovered(1));
    CHECK(none.state.keys == std::vector{key(9)});

    Told changing = cluster_of(3);
    changing.accept(KeyAdded{key(2)});
    changing.accept(recovered(1));
    CHECK(changing.state.keys == std::vector{key(9), key(1)});
    CHECK(changing.state.key_waiting == KeyNumber{});
}

TEST_CASE("cluster rules: so many recoveries are remembered, the newest of them") {
    Told told = cluster_of(1);
    for (std::uint32_t generation = 2; generation < 2 + recoveries_max + 3; ++generation) {
        Recovered said = recovered(1, generation);
        said.key = key(static_cast<int>(generation));
        told.accept(said);
    }
    CHECK(told.state.recoveries.size() == recoveries_max);
    CHECK(told.state.recoveries.back().generation == told.state.generation);
}

TEST_CASE("cluster rules: what they say to people") {
    const ClusterState state = with_one_invited().state;
    CHECK(sentence(entry(anew(4)), state) == "invited n4 anew");
    CHECK(sentence(entry(recovered(2)), state) ==
          "began generation 2 with n2 alone, confirmed by root");
}

}  // namespace inquest::test
