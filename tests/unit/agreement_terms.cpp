// Terms on their way: what a boot owes to say of itself, what a core is told of it, and who makes
// receipts of it.
#include "heartbeat/agreement/introduction.hpp"
#include "tests/unit/agreement_armed.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace inquest::test {

using namespace agreement;
using Stage = KnownCondemnation::Stage;

namespace {

constexpr Watchdog card{WatchdogKind::hardware, Trusted::yes, 9s};
constexpr Watchdog doubtful{WatchdogKind::software, Trusted::no, 9s};

// ---- What a boot owes ---------------------------------------------------------------------------

constexpr Incarnation boot{3};
constexpr std::uint32_t boot_tag = 9;

/// n2 has joined, and told of its boot.
ClusterState state_with_boot() {
    ClusterState state = cluster_of(3).state;
    state.timing_index = 5;
    state.member(id(2))->incarnation = boot;
    state.member(id(2))->boot_tag = boot_tag;
    return state;
}

/// n2 itself: its watchdog is open, guests run, and all is on its disk.
Oneself second() {
    return {.self = id(2),
            .incarnation = boot,
            .boot_tag = boot_tag,
            .watchdog = card,
            .guests = Guests::some,
            .durable = true};
}

void condemn(ClusterState& state, Receipt receipt = Receipt::none) {
    state.member(id(2))->condemnation = {
        .index = 17, .incarnation = boot, .witnesses = {}, .receipt = receipt, .person = {}};
}

// ---- Worlds -------------------------------------------------------------------------------------

/// In which one has said its terms, and is condemned.
class CondemnedWorld : public ArmedWorld {
 public:
    explicit CondemnedWorld(const std::optional<Watchdog>& watchdog = card) {
        leader = coordinator();
        lost = followers()[0];
        other = followers()[1];
        if (watchdog) say_terms(*watchdog);
        move(leader, missed({lost}));
        REQUIRE(soon_told(lost, Stage::committed));
        run(1s);
    }

    void say_terms(const Watchdog& watchdog) {
        const std::uint64_t timings = state(leader.value).timing_index;
        const TermsSet said{lost, Incarnation(1), timings, watchdog};
        REQUIRE(fate(ask(said.member, said)) == "accepted");
    }
    Duration wait() const {
        const ClusterState& agreed = state(leader.value);
        return self_fence_wait(*agreed.member(lost)->terms, agreed.timing.margin);
    }
    Motions elapsed(Duration waited) const {
        Motions motions;
        motions.elapsed.push_back({lost, condemnation(lost).index, waited});
        return motions;
    }
    /// Entries in the leader's log, whether they are agreed on or not.
    std::uint64_t written() const { return member(leader.value).ledger().log().last().value; }
    /// Entries of this kind that the leader has applied.
    template <typename Body>
    int applied() const {
        int count = 0;
        for (const Applied& each : heard(leader.value).applied)
            count += std::holds_alternative<Body>(each.entry.body) ? 1 : 0;
        return count;
    }

    MemberId leader;
    MemberId lost;
    MemberId other;
};

TimingSet with_lease(const ClusterState& state, Duration lease) {
    Timing timing = state.timing;
    timing.lease = lease;
    return {timing};
}

}  // namespace

TEST_CASE("introduction: what a boot says of its watchdog, and of its guests once condemned") {
    enum class Owed : std::uint8_t { nothing, boot, terms, release };
    struct Row {
        const char* why;
        void (*change)(ClusterState&, Oneself&);
        Owed owed;
    };
    const Row rows[] = {
        {"its watchdog is open", [](auto&, auto&) {}, Owed::terms},
        {"one that proves nothing", [](auto&, auto& self) { self.watchdog = doubtful; },
         Owed::terms},
        {"without guests too", [](auto&, auto& self) { self.guests = Guests::none; }, Owed::terms},
        {"none is open", [](auto&, auto& self) { self.watchdog.reset(); }, Owed::nothing},
        {"a crash could take back what it goes by", [](auto&, auto& self) { self.durable = false; },
         Owed::nothing},
        {"all is known",
         [](auto& state, auto&) {
             state.member(id(2))->terms = Terms{card, state.timing.lease};
         },
         Owed::nothing},
        {"another watchdog is",
         [](auto& state, auto&) {
             state.member(id(2))->terms = Terms{doubtful, state.timing.lease};
         },
         Owed::terms},
        {"the lease is shorter by now",
         [](auto& state, auto&) {
             state.member(id(2))->terms = Terms{card, state.timing.lease + 1ns};
         },
         Owed::terms},
        {"it has not told of its boot yet",
         [](auto&, auto& self) { self.incarnation = Incarnation(4); }, Owed::boot},
        {"the kernel is another one", [](auto&, auto& self) { self.boot_tag = 10; }, Owed::boot},
        {"condemned, with guests", [](auto& state, auto&) { condemn(state); }, Owed::nothing},
        {"condemned, and nobody has said whether any run",
         [](auto& state, auto& self) {
             condemn(state);
             self.guests = Guests::unknown;
         },
         Owed::nothing},
        {"condemned, without guests",
         [](auto& state, auto& self) {
             condemn(state);
             self.guests = Guests::none;
         },
         Owed::release},
        {"neither watchdog nor disk matter to that",
         [](auto& state, auto& self) {
             condemn(state);
             self.guests = Guests::none;
             self.watchdog.reset();
             self.durable = false;
         },
         Owed::release},
        {"a person has given their word",
         [](auto& state, auto& self) {
             condemn(state, Receipt::operators_word);
             self.guests = Guests::none;
         },
         Owed::nothing},
        {"its time has run out",
         [](auto& state, auto& self) {
             condemn(state, Receipt::self_fence_elapsed);
             self.guests = Guests::none;
         },
         Owed::nothing},
        {"said before",
         [](auto& state, auto& self) {
             condemn(state, Receipt::released);
             self.guests = Guests::none;
         },
         Owed::nothing},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        ClusterState state = state_with_boot();
        Oneself oneself = second();
        row.change(state, oneself);
        const auto said = introduction(state, oneself);
        REQUIRE(said.has_value() == (row.owed != Owed::nothing));
        switch (row.owed) {
            case Owed::nothing: break;
            case Owed::boot: CHECK(std::holds_alternative<IncarnationBegun>(*said)); break;
            case Owed::terms:
                REQUIRE(std::holds_alternative<TermsSet>(*said));
                CHECK((std::get<TermsSet>(*said) ==
                       TermsSet{id(2), boot, state.timing_index, *oneself.watchdog}));
                break;
            case Owed::release:
                REQUIRE(std::holds_alternative<Released>(*said));
                CHECK((std::get<Released>(*said) == Released{id(2), 17}));
                break;
        }
    }
}

TEST_CASE("introduction: what is owed is accepted, and then it is owed no more") {
    Told told = cluster_of(3);
    told.accept(ArmedSet{Armed::yes});
    Oneself oneself = second();
    const auto tell = [&] {
        const auto said = introduction(told.state, oneself);
        REQUIRE(said.has_value());
        told.accept(*said);
    };
    tell();  // its boot
    tell();  // its terms
    CHECK_FALSE(introduction(told.state, oneself).has_value());
    told.accept(with_lease(told.state, 60s));
    CHECK_MESSAGE(!introduction(told.state, oneself), "a longer lease is in its terms already");
    told.accept(with_lease(told.state, 10s));
    tell();
    CHECK_FALSE(introduction(told.state, oneself).has_value());
    Condemned said{.member = id(2), .incarnation = boot, .silence = 3s};
    said.witnesses.push_back(id(1));
    said.witnesses.push_back(id(3));
    told.accept(said);
    told.accept(with_lease(told.state, 5s));
    CHECK_FALSE(introduction(told.state, oneself).has_value());
    oneself.guests = Guests::none;
    tell();
    CHECK_FALSE(introduction(told.state, oneself).has_value());
    told.accept(Acquitted{id(2), told.state.member(id(2))->condemnation->index});
    tell();  // the shorter lease, by now
    CHECK_FALSE(introduction(told.state, oneself).has_value());
}

TEST_CASE("agreement: a lease is no longer than timings allow that stand in the log") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const auto at_most = [&](MemberId at) { return world.member(at.value).told().lease_at_most; };
    REQUIRE(at_most(leader) == Duration::max());
    // They all write it, and the leader does not hear of that.
    for (const MemberId follower : world.followers()) world.cut(follower, leader);
    const RequestId change = world.ask(leader, with_lease(world.state(leader.value), 10s));
    CHECK_MESSAGE(at_most(leader) == 10s, "in the same step");
    world.run(20ms);
    for (const MemberId each : world.running()) {
        CHECK(at_most(each) == 10s);
        CHECK(world.state(each.value).timing.lease == 30s);
    }
    world.heal();
    CHECK(world.fate(change) == "accepted");
    world.run(3s);
    for (const MemberId each : world.running()) {
        CHECK(world.state(each.value).timing.lease == 10s);
        CHECK_MESSAGE(at_most(each) == Duration::max(), "they have had their turn");
    }
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: timings that are truncated shorten no lease any more") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const auto at_most = [&] { return world.member(leader.value).told().lease_at_most; };
    world.isolate(leader);
    world.ask(leader, with_lease(world.state(leader.value), 10s), 1s);
    REQUIRE(at_most() == 10s);
    SUBCASE("by another coordinator") {}
    SUBCASE("after a restart, which forgets nothing") {
        world.run(50ms);  // written, and nobody else has it
        world.crash(leader);
        world.start(leader);
        CHECK(at_most() == 10s);
    }
    REQUIRE(world.run_until(
        10s, [&] { return world.coordinator() != nobody && world.coordinator() != leader; }));
    world.run(1s);
    CHECK_MESSAGE(at_most() == 10s, "it knows nothing of that yet");
    world.heal();
    CHECK(world.run_until(5s, [&] { return at_most() == Duration::max(); }));
    CHECK(world.state(leader.value).timing.lease == 30s);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: of several timings that wait for their turn the shortest lease holds") {
    ArmedWorld world;
    const MemberId behind = world.follower();
    const auto at_most = [&] { return world.member(behind.value).told().lease_at_most; };
    const ledger::Index committed = world.member(behind.value).ledger().committed();
    for (const Duration lease : {60s, 8s, 20s}) {
        const TimingSet set = with_lease(world.state(behind.value), lease);
        REQUIRE(world.fate(world.ask(world.coordinator(), set)) == "accepted");
    }
    world.run(3s);
    world.crash(behind);
    world.disk(behind).kept.commit = committed;  // it had not written yet how far that goes
    world.isolate(behind);
    world.start(behind);
    CHECK(world.state(behind.value).timing.lease == 30s);
    CHECK(at_most() == 8s);
    world.heal();
    CHECK(world.run_until(5s, [&] { return at_most() == Duration::max(); }));
    CHECK(world.state(behind.value).timing.lease == 20s);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a core is told how long to wait only where its end is a proof") {
    struct Row {
        const char* why;
        std::optional<Watchdog> watchdog;
        bool told;
    };
    const Row rows[] = {
        {"it resets itself", card, true},
        {"it may fail to", doubtful, false},
        {"it has not said so", std::nullopt, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const CondemnedWorld world(row.watchdog);
        for (const MemberId each : world.running()) {
            const auto known = world.known(each, world.lost);
            REQUIRE(known.has_value());
            CHECK(known->receipt == Receipt::none);
            CHECK(known->self_fence_wait ==
                  (row.told ? std::optional(world.wait()) : std::nullopt));
        }
        if (row.told) CHECK(world.wait() == 39'579'040us);
    }
}

TEST_CASE("agreement: nobody waits for what is not committed") {
    ArmedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    const TermsSet said{lost, Incarnation(1), world.state(leader.value).timing_index, card};
    REQUIRE(world.fate(world.ask(said.member, said)) == "accepted");
    const Motions motions = world.missed({lost});
    world.isolate(leader);
    world.move(leader, motions);
    const auto known = world.known(leader, lost);
    REQUIRE(known.has_value());
    CHECK(known->stage == Stage::appended);
    CHECK_FALSE(known->self_fence_wait.has_value());
}

TEST_CASE("agreement: the coordinator makes a receipt of the wait, once and not too soon") {
    CondemnedWorld world;
    const std::uint64_t before = world.written();
    world.move(world.leader, world.elapsed(world.wait() - 1ns));
    CHECK_MESSAGE(world.written() == before, "a moment too soon");
    world.move(world.other, world.elapsed(world.wait()));
    world.run(1s);
    CHECK_MESSAGE(world.written() == before, "the coordinator's stopwatch counts alone");
    Motions wrong = world.elapsed(world.wait());
    --wrong.elapsed[0].condemnation;
    world.move(world.leader, wrong);
    CHECK_MESSAGE(world.written() == before, "no such condemnation stands");

    const Motions motions = world.elapsed(world.wait());
    for (int wake = 0; wake < 5; ++wake) world.move(world.leader, motions);
    CHECK_MESSAGE(world.written() == before + 1, "while it is on its way");
    REQUIRE(world.soon_told(world.lost, Stage::proven));
    for (int wake = 0; wake < 5; ++wake) {
        world.move(world.leader, motions);
        world.run(10ms);
    }
    CHECK(world.written() == before + 1);
    CHECK(world.applied<SelfFenceElapsed>() == 1);
    for (const MemberId each : world.running())
        CHECK(world.known(each, world.lost)->receipt == Receipt::self_fence_elapsed);

    world.move(world.leader, world.heard_again(world.lost));
    CHECK_MESSAGE(world.soon_told(world.lost, std::nullopt), "whoever is heard is heard");
    world.move(world.leader, motions);
    CHECK(world.applied<SelfFenceElapsed>() == 1);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: no receipt is made where waiting proves nothing") {
    for (const std::optional<Watchdog>& watchdog : {std::optional(doubtful), {}}) {
        CondemnedWorld world(watchdog);
        const std::uint64_t before = world.written();
        world.move(world.leader, world.elapsed(1h));
        world.run(1s);
        CHECK(world.written() == before);
        CHECK(world.all_told(world.lost, Stage::committed));
    }
}

TEST_CASE("agreement: who is held proves itself too") {
    ArmedWorld world(5);
    const MemberId leader = world.coordinator();
    const std::vector<MemberId> lost{world.followers()[0], world.followers()[1]};
    for (const MemberId each : lost) {
        const TermsSet said{each, Incarnation(1), world.state(leader.value).timing_index, card};
        REQUIRE(world.fate(world.ask(said.member, said)) == "accepted");
    }
    world.move(leader, world.missed(lost));
    for (const MemberId each : lost) REQUIRE(world.soon_told(each, Stage::held));
    REQUIRE(world.known(leader, lost[0])->self_fence_wait.has_value());
    Motions motions;
    for (const MemberId each : lost)
        motions.elapsed.push_back({each, world.condemnation(each).index, 40s});
    // One after the other: each is said again at each wake.
    CHECK(world.run_until(5s, [&] {
        world.move(leader, motions);
        return world.all_told(lost[0], Stage::proven) && world.all_told(lost[1], Stage::proven);
    }));
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: an acquittal on its way comes before any receipt") {
    CondemnedWorld world;
    const std::uint64_t before = world.written();
    Motions motions = world.heard_again(world.lost);
    motions.elapsed = world.elapsed(world.wait()).elapsed;
    world.move(world.leader, motions);
    CHECK(world.written() == before + 1);
    world.move(world.leader, motions);
    CHECK(world.written() == before + 1);
    CHECK(world.soon_told(world.lost, std::nullopt));
    world.run(1s);
    CHECK(world.applied<SelfFenceElapsed>() == 0);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a coordinator that cannot agree on anything proves nothing") {
    CondemnedWorld world;
    const Motions motions = world.elapsed(world.wait());
    const std::uint64_t before = world.written();
    SUBCASE("it has no room") {
        world.tell_space(world.leader, AgreementWorld::Space::low);
        world.move(world.leader, motions);
        CHECK(world.written() == before);
    }
    SUBCASE("it is alone") {
        world.isolate(world.leader);
        world.move(world.leader, motions);
        CHECK(world.told(world.leader, world.lost) == Stage::committed);
        world.run(2s);
        CHECK(world.told(world.leader, world.lost) == Stage::committed);
        world.heal();
        REQUIRE(world.run_until(10s, [&] {
            if (world.coordinator() != nobody) world.move(world.coordinator(), motions);
            return world.all_told(world.lost, Stage::proven);
        }));
    }
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a condemned node without guests is proven by its own word") {
    CondemnedWorld world(std::nullopt);
    const Released said{world.lost, world.condemnation(world.lost).index};
    CHECK(world.fate(world.ask(world.lost, said)) == "accepted");
    CHECK(world.soon_told(world.lost, Stage::proven));
    CHECK(world.known(world.other, world.lost)->receipt == Receipt::released);
    CHECK(world.fate(world.ask(world.lost, said)) == "refused: already");
}

}  // namespace inquest::test
