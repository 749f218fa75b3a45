// Requests: handled once, refused, expired, and what they wait for.
#include "tests/unit/agreement_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace inquest::test {

using namespace agreement;

namespace {

using Stage = Handling::Stage;
using Space = AgreementWorld::Space;

Holdup holdup(const AgreementWorld& world, MemberId member, RequestId request) {
    const auto handling = world.member(member.value).handling(request);
    REQUIRE(handling.has_value());
    CHECK(handling->stage == Stage::waiting);
    return handling->holdup;
}

}  // namespace

TEST_CASE("requests: at any member, handled, with all members' states showing it") {
    AgreementWorld world(20);
    world.grow_to(3);
    for (int number = 1; number <= 3; ++number) {
        const Armed armed = number % 2 == 1 ? Armed::yes : Armed::no;
        const RequestId request = world.ask(id(number), ArmedSet{armed});
        CHECK(world.fate(request) == "accepted");
        world.run(500ms);
        for (int other = 1; other <= 3; ++other) {
            REQUIRE(world.state(other).request(request) != nullptr);
            CHECK(world.state(other).request(request)->index == world.answer(request)->index);
            CHECK(world.member(other).handling(request)->stage == Stage::handled);
        }
    }
    CHECK_FALSE(world.member(1).handling(RequestId(12345)).has_value());
    CHECK(world.fault() == "");
}

TEST_CASE("requests: what would be refused is refused at once, wherever it is asked") {
    AgreementWorld world(21);
    world.grow_to(3);
    for (int number = 1; number <= 3; ++number) {
        const std::uint64_t before = world.state(1).index;
        const RequestId request = world.ask(id(number), Removed{id(9), key(9)});
        CHECK(world.fate(request, 1s) == "refused: no-member");
        CHECK(world.state(1).index == before);
        CHECK(world.member(number).handling(request)->outcome == EntryRefusal::no_member);
    }
    CHECK(world.fault() == "");
}

TEST_CASE("requests: a removal that would leave too few waits, and nothing of it is written") {
    AgreementWorld world(29);
    world.grow_to(3);
    REQUIRE(world.run_until(5s, [&] { return world.coordinator() != nobody; }));
    const MemberId leads = world.coordinator();
    const MemberId lost = leads == id(3) ? id(2) : id(3);
    const MemberId other = id(6 - leads.value - lost.value);
    world.crash(lost);
    world.run(3s);
    REQUIRE(world.coordinator() == leads);
    const auto last = world.member(leads.value).ledger().log().last();
    // Asked of the coordinator itself and of another, who hands it on.
    for (const MemberId asked : {leads, other}) {
        CAPTURE(asked.value);
        const RequestId request = world.ask(asked, Removed{other, key(7)}, 3s);
        world.run(2s);
        CHECK(holdup(world, asked, request) == Holdup::majority_away);
        world.run(2s);
        const auto handling = world.member(asked.value).handling(request);
        REQUIRE(handling.has_value());
        CHECK(handling->stage == Stage::expired);
        CHECK_FALSE(handling->handed);
    }
    CHECK(world.member(leads.value).ledger().log().last() == last);
    CHECK(world.fate(world.ask(leads, Removed{lost, key(7)}, 5s)) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("requests: a recovery is agreed on by nobody, whoever asks for it") {
    AgreementWorld world(23);
    world.grow_to(3);
    const std::uint64_t before = world.state(1).index;
    for (const MemberId asker : {world.coordinator(), world.follower()}) {
        const Recovered said{.generation = world.state(1).generation + 1,
                             .survivor = asker,
                             .key = key(200),
                             .person = "root"};
        CHECK(world.fate(world.ask(asker, said), 1s) == "refused: malformed");
    }
    world.run(1s);
    CHECK(world.state(1).index == before);
    CHECK(world.state(1).members.size() == 3);
    CHECK(world.fault() == "");
}

TEST_CASE("requests: whoever has not joined is invited anew, without a change of members") {
    AgreementWorld world(24);
    world.grow_to(3);
    CHECK(world.fate(world.ask(world.coordinator(), Invited{newcomer(4)})) == "accepted");
    const InvitedAnew anew{
        .member = id(4), .invitation = secret_of(104), .addresses = newcomer(4).addresses};
    CHECK(world.fate(world.ask(world.follower(), anew)) == "accepted");
    world.run(1s);
    REQUIRE(world.state(1).member(id(4)) != nullptr);
    CHECK(world.state(1).member(id(4))->invitation == secret_of(104));
    CHECK(world.fate(world.ask(world.follower(), Removed{id(4), key(201)})) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("requests: what has no form is refused before anybody else must read it") {
    AgreementWorld world(22);
    world.grow_to(2);
    const std::uint64_t before = world.state(1).index;
    AgreedMember member = newcomer(3);
    member.name = std::string(300, 'n');
    CHECK(world.fate(world.ask(world.follower(), Invited{member}), 1s) == "refused: malformed");
    CHECK(world.fate(world.ask(world.coordinator(), Invited{member}), 1s) == "refused: malformed");
    ClusterEntry nameless = entry(ArmedSet{Armed::yes});
    world.ask_again(id(1), nameless);
    CHECK(world.fate(RequestId{}, 1s) == "refused: malformed");
    world.run(1s);
    CHECK(world.state(1).index == before);
    CHECK(world.heard(2).unreadable.empty());
    CHECK(world.fault() == "");
}

TEST_CASE("requests: asked again, they are answered again and done once") {
    AgreementWorld world(23);
    world.grow_to(3);
    const RequestId request = world.ask(world.follower(), ArmedSet{Armed::yes});
    CHECK(world.fate(request) == "accepted");
    const Handling first = *world.answer(request);
    const auto asked = world.asked();
    const auto said = std::find_if(asked.begin(), asked.end(),
                                   [&](const auto& one) { return one.request == request; });
    REQUIRE(said != asked.end());
    for (int number = 1; number <= 3; ++number) {
        world.ask_again(id(number), *said);
        REQUIRE(world.answer(request).has_value());
        CHECK(*world.answer(request) == first);
    }
    CHECK(world.fault() == "");
}

TEST_CASE("requests: without a coordinator they wait and say so, and expire at their deadline") {
    AgreementWorld world(24);
    world.grow_to(3);
    const MemberId alone = world.follower();
    world.isolate(alone);
    world.run(2s);
    const RequestId request = world.ask(alone, ArmedSet{Armed::yes}, 3s);
    world.run(2900ms);
    CHECK(holdup(world, alone, request) == Holdup::no_coordinator);
    CHECK_FALSE(world.answer(request).has_value());
    world.run(200ms);
    REQUIRE(world.answer(request).has_value());
    CHECK(world.answer(request)->stage == Stage::expired);
    CHECK(world.answer(request)->holdup == Holdup::no_coordinator);
    // Asked again once it is back, it is handled after all.
    world.heal();
    const auto asked = world.asked();
    for (const ClusterEntry& said : asked) {
        if (said.request == request) world.ask_again(alone, said);
    }
    CHECK(world.fate(request) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE(
    "requests: a coordinator without its majority commits nothing, and says what it waits for") {
    AgreementWorld world(25);
    world.grow_to(3);
    const MemberId leader = world.coordinator();
    world.isolate(leader);
    const RequestId request = world.ask(leader, ArmedSet{Armed::yes});
    world.run(100ms);
    CHECK(holdup(world, leader, request) == Holdup::none);
    const RequestId change = world.ask(leader, Invited{newcomer(4)});
    world.run(100ms);
    CHECK(holdup(world, leader, change) == Holdup::busy);
    world.run(3s);
    CHECK(holdup(world, leader, request) == Holdup::no_coordinator);
    world.heal();
    CHECK(world.fate(request) == "accepted");
    CHECK(world.fate(change) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("requests: one that is not heard is asked for an answer again") {
    AgreementWorld world(26);
    world.grow_to(3);
    const MemberId asks = world.follower();
    world.cut(asks, world.coordinator());
    const RequestId request = world.ask(asks, ArmedSet{Armed::yes});
    world.run(300ms);
    CHECK(holdup(world, asks, request) == Holdup::no_answer);
    world.heal();
    CHECK(world.fate(request, 2s) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("requests: changes of members go one by one, and say so") {
    AgreementWorld world(27);
    world.grow_to(3);
    const MemberId leader = world.coordinator();
    world.weather.delay_max = 50ms;
    const RequestId first = world.ask(leader, MaintenanceSet{leader, Maintenance::on});
    const RequestId second = world.ask(leader, Invited{newcomer(4)});
    CHECK(holdup(world, leader, first) == Holdup::none);
    CHECK(holdup(world, leader, second) == Holdup::busy);
    CHECK(world.fate(second) == "accepted");
    const RequestId third = world.ask(leader, Removed{id(4), key(2)});
    CHECK(holdup(world, leader, third) == Holdup::change_pending);
    CHECK(world.fate(third) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("requests: so many wait at one member and no more") {
    AgreementWorld world(28);
    world.grow_to(3);
    const MemberId alone = world.follower();
    world.isolate(alone);
    world.run(2s);
    std::vector<RequestId> requests;
    for (std::size_t i = 0; i < open_requests_max; ++i) {
        requests.push_back(world.ask(alone, ArmedSet{Armed::yes}, 5s));
        CHECK_FALSE(world.answer(requests.back()).has_value());
    }
    const RequestId more = world.ask(alone, ArmedSet{Armed::yes}, 5s);
    CHECK(world.fate(more, 1s) == "expired");
    CHECK(world.answer(more)->holdup == Holdup::busy);
    world.run(6s);
    for (const RequestId request : requests) CHECK(world.fate(request, 1s) == "expired");
    CHECK_FALSE(world.answer(world.ask(alone, ArmedSet{Armed::yes}, 5s)).has_value());
    CHECK(world.fault() == "");
}

// ---- Without room on the disk -------------------------------------------------------------------

TEST_CASE("space: without room a member takes no part, says so, and comes back") {
    AgreementWorld world(29);
    world.grow_to(3);
    const MemberId full = world.follower();
    const int number = full.value;
    world.tell_space(full, Space::low);
    CHECK(world.member(number).frozen());
    CHECK(world.member(number).coordinator() == nobody);
    const RequestId request = world.ask(full, ArmedSet{Armed::yes}, 10s);
    const std::uint64_t index = world.state(number).index;
    CHECK(world.fate(world.ask(world.coordinator(), MaintenanceSet{id(1), Maintenance::on})) ==
          "accepted");
    world.run(2s);
    CHECK(world.state(number).index == index);
    CHECK(holdup(world, full, request) == Holdup::no_space);
    world.tell_space(full, Space::enough);
    CHECK(world.fate(request, 2s) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("space: a request at a member without room expires like any other") {
    AgreementWorld world(30);
    world.grow_to(1);
    world.tell_space(id(1), Space::low);
    const RequestId request = world.ask(id(1), ArmedSet{Armed::yes}, 2s);
    CHECK(world.fate(request, 3s) == "expired");
    CHECK(world.answer(request)->holdup == Holdup::no_space);
    CHECK(world.fault() == "");
}

TEST_CASE("space: a coordinator without room is replaced, and does not lead when it comes back") {
    AgreementWorld world(31);
    world.grow_to(3);
    const MemberId full = world.coordinator();
    world.tell_space(full, Space::low);
    REQUIRE(world.run_until(5s, [&] { return world.coordinator() != nobody; }));
    const MemberId next = world.coordinator();
    CHECK(next != full);
    CHECK(world.fate(world.ask(next, ArmedSet{Armed::yes})) == "accepted");
    world.run(1s);
    world.tell_space(full, Space::enough);
    CHECK_FALSE(world.member(full.value).coordinates());
    REQUIRE(world.run_until(5s, [&] { return world.all_settled(); }));
    CHECK(world.state(full.value).armed == Armed::yes);
    CHECK(world.fault() == "");
}

}  // namespace inquest::test
