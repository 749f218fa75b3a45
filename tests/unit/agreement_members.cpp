// Members come, vote, change their keys, and go: what the coordinator owes to all, without being
// asked.
#include "heartbeat/core/expected_votes.hpp"
#include "tests/unit/agreement_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace inquest::test {

using namespace agreement;

namespace {

std::vector<int> voting(const ClusterState& state) {
    std::vector<int> numbers;
    for (const AgreedMember& member : state.members) {
        if (member.votes == Vote::yes) numbers.push_back(member.id.value);
    }
    return numbers;
}

std::vector<MemberId> voting_others(const ClusterState& state, MemberId self) {
    std::vector<MemberId> others;
    for (const AgreedMember& member : state.members) {
        if (member.votes == Vote::yes && member.id != self) others.push_back(member.id);
    }
    return others;
}

AgreedMember witness(int number) {
    AgreedMember member = newcomer(number);
    member.role = Role::witness;
    return member;
}

bool settles(AgreementWorld& world) {
    return world.run_until(30s, [&] { return world.all_settled(); });
}

}  // namespace

TEST_CASE("agreement: a founder leads what its first entries say") {
    AgreementWorld world(1);
    REQUIRE(world.run_until(5s, [&] { return world.coordinator() == id(1); }));
    CHECK(world.state(1).name == "lab");
    CHECK(world.state(1).paths.size() == 2);
    CHECK(world.state(1).keys.size() == 1);
    CHECK(voting(world.state(1)) == std::vector{1});
    CHECK(world.heard(1).applied.size() == founding().size());
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: who is invited follows, joins, and gets a vote") {
    AgreementWorld world(2);
    world.grow_to(3);
    for (int number = 1; number <= 3; ++number) {
        CHECK(voting(world.state(number)) == std::vector{1, 2, 3});
        CHECK(world.state(number) == world.state(1));
    }
    CHECK(world.heard(3).applied.size() > founding().size());
    CHECK(world.unheard() == 0);
    CHECK(world.fault() == "");
}

TEST_CASE(
    "agreement: an invitation made anew changes no members of the ledger, and opens the door") {
    AgreementWorld world(7);
    world.grow_to(3);
    AgreedMember lost = newcomer(4);
    lost.invitation = secret_of(9);
    CHECK(world.fate(world.ask(world.follower(), Invited{lost})) == "accepted");
    world.run(2s);
    CHECK(world.state(1).member(id(4))->standing == AgreedMember::Standing::invited);
    CHECK(world.fate(world.ask(world.follower(), anew(newcomer(4)))) == "accepted");
    REQUIRE(settles(world));
    CHECK(voting(world.state(1)) == std::vector{1, 2, 3, 4});
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: five vote; a witness that comes as the sixth takes the last one's place") {
    AgreementWorld world(3);
    world.grow_to(6);
    CHECK(voting(world.state(6)) == std::vector{1, 2, 3, 4, 5});
    CHECK(world.fate(world.ask(id(6), Invited{witness(7)})) == "accepted");
    REQUIRE(settles(world));
    CHECK(voting(world.state(1)) == std::vector{1, 2, 3, 4, 7});
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: nobody gives up a vote for one who is not there to take it") {
    AgreementWorld world(4);
    world.grow_to(5);
    CHECK(world.fate(world.ask(id(2), Invited{witness(6)})) == "accepted");
    REQUIRE(world.run_until(5s, [&] {
        const AgreedMember* sixth = world.state(1).member(id(6));
        return sixth->standing == AgreedMember::Standing::joined;
    }));
    if (world.state(1).member(id(6))->votes == Vote::no) world.isolate(id(6));
    const std::size_t before = voting(world.state(1)).size();
    world.run(20s);
    CHECK(voting(world.state(1)).size() >= std::min<std::size_t>(before, 4));
    world.heal();
    REQUIRE(settles(world));
    CHECK(voting(world.state(1)) == std::vector{1, 2, 3, 4, 6});
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: one who joined and died holds up nobody else's vote") {
    AgreementWorld world(5);
    world.grow_to(3);
    // It stays away as soon as it has joined, before it has followed so far as to get a vote.
    const RequestId invited = world.ask(world.coordinator(), Invited{newcomer(4)});
    REQUIRE(world.run_until(10s, [&] {
        const AgreedMember* fourth = world.state(1).member(id(4));
        return fourth != nullptr && fourth->standing == AgreedMember::Standing::joined;
    }));
    world.crash(id(4));
    world.run(2s);
    const bool voted = world.state(1).member(id(4))->votes == Vote::yes;
    CHECK(world.fate(invited) == "accepted");
    CHECK(world.fate(world.ask(world.coordinator(), Invited{newcomer(5)})) == "accepted");
    REQUIRE(world.run_until(10s, [&] {
        const AgreedMember* fifth = world.state(1).member(id(5));
        return fifth != nullptr && fifth->votes == Vote::yes;
    }));
    CHECK((world.state(1).member(id(4))->votes == Vote::yes) == voted);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: members are removed: a learner, a voter, the coordinator itself") {
    AgreementWorld world(6);
    world.grow_to(6);
    CHECK(world.fate(world.ask(id(2), Removed{id(6), key(2)})) == "accepted");
    REQUIRE(settles(world));
    const MemberId voter = world.follower();
    CHECK(world.fate(world.ask(world.coordinator(), Removed{voter, key(3)})) == "accepted");
    REQUIRE(settles(world));
    const MemberId leader = world.coordinator();
    world.ask(leader, Removed{leader, key(4)});
    REQUIRE(world.run_until(20s, [&] {
        return world.coordinator() != nobody && world.coordinator() != leader &&
               world.all_settled();
    }));
    CHECK(world.heard(leader.value).dismissed == 1);
    const ClusterState& state = world.state(world.coordinator().value);
    CHECK(state.members.size() == 3);
    CHECK(state.tombstones.size() == 3);
    CHECK(voting(state).size() == 3);
    CHECK(state.keys.front().number == KeyNumber{4});
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a voter that was removed while it was away is told so when it comes back") {
    AgreementWorld world(7);
    world.grow_to(5);
    // A second one is away, so that the old key still signs when the first one comes back.
    const MemberId leader = world.coordinator();
    std::vector<MemberId> away;
    for (const MemberId id : world.running()) {
        if (id != leader && away.size() < 2) away.push_back(id);
    }
    const MemberId gone = away[0];
    world.isolate(gone);
    world.crash(away[1]);
    CHECK(world.fate(world.ask(world.coordinator(), Removed{gone, key(2)})) == "accepted");
    world.run(5s);
    world.heal();
    CHECK(world.run_until(10s, [&] { return world.heard(gone.value).dismissed == 1; }));
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a member knows how far its clock of day is from the coordinator's") {
    AgreementWorld world(58);
    world.grow_to(3);
    const MemberId leader = world.coordinator();
    const MemberId other = world.follower();
    const auto ahead = [&] { return world.member(other.value).seconds_ahead(); };
    const auto is_about = [&](std::int64_t seconds) {
        return ahead() && *ahead() >= seconds - 1 && *ahead() <= seconds + 1;
    };
    CHECK(world.run_until(5s, [&] { return is_about(0); }));
    CHECK(world.member(leader.value).seconds_ahead() == 0);
    world.set_clock(other, 75);
    CHECK(world.run_until(5s, [&] { return is_about(75); }));
    world.set_clock(leader, 150);
    CHECK(world.run_until(5s, [&] { return is_about(-75); }));
    world.inject(other, leader, Channel::reply, encode(Answer(ClockShown{INT64_MIN})));
    CHECK(is_about(-75));
    world.isolate(other);
    CHECK(world.run_until(20s, [&] { return !ahead(); }));
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: the last vote is not given up") {
    AgreementWorld world(8);
    world.grow_to(1);
    CHECK(world.fate(world.ask(id(1), Removed{id(1), key(2)})) == "refused: last-member");
    AgreedMember silent = newcomer(2);
    silent.may_vote = Vote::no;
    CHECK(world.fate(world.ask(id(1), Invited{silent})) == "accepted");
    world.run(5s);
    CHECK(world.state(1).member(id(2))->standing == AgreedMember::Standing::joined);
    CHECK(world.fate(world.ask(id(2), Removed{id(1), key(2)})) == "refused: last-member");
    CHECK(world.fault() == "");
}

// ---- Keys ---------------------------------------------------------------------------------------

TEST_CASE("agreement: a new key takes over when all understand it, and nobody is unheard") {
    AgreementWorld world(9);
    world.grow_to(5);
    for (int number = 2; number <= 6; ++number) {
        CHECK(world.fate(world.ask(world.follower(), KeyAdded{key(number)})) == "accepted");
        REQUIRE(world.run_until(30s, [&] {
            return world.state(1).keys.front().number.value == number && world.all_settled();
        }));
    }
    CHECK(world.unheard() == 0);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a new key waits for every member that has joined, lost ones included") {
    AgreementWorld world(10);
    world.grow_to(4);
    const MemberId lost = world.follower();
    world.crash(lost);
    CHECK(world.fate(world.ask(world.coordinator(), KeyAdded{key(2)})) == "accepted");
    world.run(20s);
    const int witness_of_it = world.coordinator().value;
    CHECK(world.state(witness_of_it).key_waiting == KeyNumber{2});
    CHECK(world.state(witness_of_it).keys.front().number == KeyNumber{1});
    world.start(lost);
    REQUIRE(settles(world));
    CHECK(world.state(lost.value).keys.front().number == KeyNumber{2});
    CHECK(world.unheard() == 0);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: who dies before its file of keys is written hears the others all the same") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        AgreementWorld world(seed);
        world.grow_to(3);
        const MemberId victim = world.follower();
        const std::vector<AgreedKey> before = world.keys(victim);
        const RequestId asked = world.ask(world.coordinator(), KeyAdded{key(2)});
        const int leader = world.coordinator().value;
        REQUIRE(world.run_until(20s, [&] { return world.state(leader).keys.front() == key(2); }));
        world.crash(victim);
        world.put_back_keys(victim, before);
        world.start(victim);
        CHECK(settles(world));
        CHECK(world.fate(asked) == "accepted");
        CHECK_FALSE(world.is_shut_out(victim, world.coordinator()));
        CHECK(world.fault() == "");
    }
}

TEST_CASE("agreement: the next key waits for who has not seen the last one take over") {
    AgreementWorld world(11);
    world.grow_to(4);
    const MemberId lost = world.follower();
    const MemberId leader = world.coordinator();
    CHECK(world.fate(world.ask(leader, KeyAdded{key(2)})) == "accepted");
    // It has told that it understands the key, and is gone before it signs with it.
    REQUIRE(world.run_until(10s, [&] { return world.state(lost.value).key_waiting.value == 2; }));
    REQUIRE(world.run_until(10s, [&] {
        const auto told = world.member(leader.value).applied_by(lost);
        return told && *told >= world.state(lost.value).index;
    }));
    if (world.state(lost.value).key_waiting == KeyNumber{2}) world.isolate(lost);
    REQUIRE(
        world.run_until(10s, [&] { return world.state(leader.value).key_waiting == KeyNumber{}; }));
    const RequestId next = world.ask(leader, KeyAdded{key(3)}, 10s);
    world.run(8s);
    if (world.state(lost.value).keys.front().number == KeyNumber{1}) {
        REQUIRE(world.member(leader.value).handling(next).has_value());
        CHECK(world.member(leader.value).handling(next)->holdup == Holdup::members_behind);
    }
    world.heal();
    CHECK(world.fate(next) == "accepted");
    REQUIRE(settles(world));
    CHECK(world.unheard() == 0);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: nobody gets a vote who is not heard under the keys of now") {
    AgreementWorld world(23);
    world.grow_to(6);
    const MemberId leader = world.coordinator();
    const auto& members = world.state(leader.value).members;
    const MemberId spare =
        std::find_if(members.begin(), members.end(), [](const AgreedMember& member) {
            return member.votes == Vote::no;
        })->id;
    CHECK(world.fate(world.ask(leader, KeyAdded{key(2)})) == "accepted");
    REQUIRE(world.run_until(10s, [&] { return world.state(spare.value).key_waiting.value == 2; }));
    const auto has_taken_over = [&](MemberId member) {
        return world.state(member.value).keys.front() == key(2);
    };
    for (int i = 0; i < 100'000 && !has_taken_over(leader); ++i) world.run(100us);
    REQUIRE(has_taken_over(leader));
    REQUIRE_FALSE(has_taken_over(spare));
    world.isolate(spare);

    // Its place among the voters is free now, and the key that it signs with is gone.
    const MemberId goes = voting_others(world.state(leader.value), leader).front();
    CHECK(world.fate(world.ask(leader, Removed{goes, key(3)})) == "accepted");
    world.heal();
    world.run(20s);
    CHECK(world.is_shut_out(spare, leader));
    CHECK(world.state(leader.value).member(spare)->votes == Vote::no);
    CHECK(voting(world.state(leader.value)).size() == 4);
    CHECK(world.fate(world.ask(leader, ArmedSet{Armed::yes})) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a removal waits until those who stay are known to understand each other") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        AgreementWorld world(seed);
        world.grow_to(3);
        const MemberId first = world.coordinator();
        world.crash(first);
        REQUIRE(world.run_until(10s, [&] { return world.coordinator() != nobody; }));
        world.start(first);
        // A new coordinator knows of nobody yet how far he is.
        const MemberId leader = world.coordinator();
        const auto stays = static_cast<std::uint16_t>(6 - first.value - leader.value);
        const RequestId asked = world.ask(leader, Removed{first, key(2)});
        const auto votes_left = [&] {
            return world.member(leader.value).ledger().membership().now.voters.size();
        };
        for (int i = 0; i < 100'000 && votes_left() == 3; ++i) world.run(1ms);
        REQUIRE(votes_left() == 2);
        CHECK(world.member(leader.value).applied_by(MemberId(stays)).has_value());
        CHECK(world.fate(asked) == "accepted");
        CHECK(settles(world));
        CHECK(world.fault() == "");
    }
}

TEST_CASE("agreement: who does not understand the keys of now has not joined") {
    AgreementWorld world(13);
    world.grow_to(3);
    const MemberId leader = world.coordinator();
    CHECK(world.fate(world.ask(leader, Invited{newcomer(4)}), 1s) == "accepted");
    world.isolate(id(4));
    CHECK(world.fate(world.ask(leader, KeyAdded{key(2)})) == "accepted");
    REQUIRE(
        world.run_until(10s, [&] { return world.state(leader.value).key_waiting == KeyNumber{}; }));
    world.heal();
    // The others still understand the key that it signs with.
    world.ask(id(4), Joined{id(4), secret_of(4)}, 3s);
    ClusterEntry showing = entry(Joined{id(4), secret_of(4)}, 99);
    showing.asked_by = id(4);
    world.inject(leader, id(4), Channel::request, encode(Request(showing)));
    world.run(3s);
    CHECK(world.state(leader.value).member(id(4))->standing == AgreedMember::Standing::invited);
    world.give_token(id(4), leader);
    REQUIRE(settles(world));
    CHECK(world.state(4).member(id(4))->standing == AgreedMember::Standing::joined);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: two lost members can be removed, one after the other") {
    AgreementWorld world(12);
    world.grow_to(5);
    const MemberId leader = world.coordinator();
    std::vector<MemberId> lost;
    for (const MemberId id : world.running()) {
        if (id != leader && lost.size() < 2) lost.push_back(id);
    }
    for (const MemberId id : lost) world.crash(id);
    world.run(10s);
    CHECK(world.fate(world.ask(world.coordinator(), Removed{lost[0], key(2)})) == "accepted");
    CHECK(world.fate(world.ask(world.coordinator(), Removed{lost[1], key(3)})) == "accepted");
    REQUIRE(settles(world));
    CHECK(world.state(leader.value).keys.front().number == KeyNumber{3});
    CHECK(world.fault() == "");
}

}  // namespace inquest::test
