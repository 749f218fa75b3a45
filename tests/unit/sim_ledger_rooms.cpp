// What the simulated ledgers stand on: a disk, a bus, and the history of what clients saw.
#include "tests/sim/judges/client_history.hpp"
#include "tests/sim/judges/run.hpp"
#include "tests/sim/story/scenario_reader.hpp"
#include "tests/sim/world/bus.hpp"
#include "tests/sim/world/disk.hpp"
#include "tests/sim/world/keys.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;
using ledger::Index;
using ledger::Term;

ledger::Persist write_of(std::uint64_t number) {
    ledger::Persist persist;
    persist.number = number;
    persist.appended.push_back({.index = Index(number), .term = Term(1)});
    return persist;
}

/// Looks until the disk has nothing to do; the moment of the last look.
Moment work(Disk& disk, Moment from) {
    for (auto next = disk.look(from); next; next = disk.look(*next)) from = *next;
    return from;
}

ClusterEntry request(std::uint64_t number, Maintenance maintenance = Maintenance::on) {
    ClusterEntry entry{.request = RequestId(number)};
    entry.body = MaintenanceSet{MemberId(1), maintenance};
    return entry;
}

agreement::Applied applied(const ClusterEntry& entry, std::uint64_t index,
                           EntryRefusal outcome = EntryRefusal::none) {
    return {index, entry, outcome, {}};
}

agreement::Answered handled(const ClusterEntry& entry, std::uint64_t index) {
    using Stage = agreement::Handling::Stage;
    return {entry.request, {Stage::handled, agreement::Holdup::none, EntryRefusal::none, index}};
}

Scenario story(const std::string& text) {
    auto scenario = read_bare_timeline(text, "story");
    REQUIRE(scenario.has_value());
    return std::move(*scenario);
}

}  // namespace

TEST_SUITE("sim.ledger") {
    TEST_CASE("a disk writes in order, each whole, and not while it stalls") {
        Disk disk(ledger::blank(), 7);
        disk.open();
        REQUIRE(disk.write(dawn, write_of(1)).has_value());
        CHECK_MESSAGE(!disk.write(dawn, write_of(2)).has_value(), "the first is under way");
        disk.stall(dawn + 1s);
        CHECK(disk.look(dawn + 900ms) == dawn + 1s);
        CHECK(disk.durable() == 0);
        CHECK(work(disk, dawn + 1s) > dawn + 1s);
        CHECK(disk.durable() == 2);
        CHECK(disk.content().last() == Index(2));
    }

    TEST_CASE("when the power goes, of what is under way the first few are there") {
        std::set<std::uint64_t> seen;
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            Disk disk(ledger::blank(), seed);
            disk.open();
            for (std::uint64_t i = 1; i <= 3; ++i) (void)disk.write(dawn, write_of(i));
            const std::uint32_t life = disk.life();
            disk.cut();
            CHECK(disk.idle());
            CHECK_MESSAGE(disk.life() != life, "looks that were due are void");
            seen.insert(disk.content().last().value);
        }
        CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3});
    }

    TEST_CASE("a daemon that ends in peace leaves nothing unwritten; a lost disk is empty") {
        Disk disk(ledger::blank(), 7);
        disk.open();
        for (std::uint64_t i = 1; i <= 3; ++i) (void)disk.write(dawn, write_of(i));
        disk.finish();
        CHECK(disk.content().last() == Index(3));
        disk.lose();
        CHECK_MESSAGE(disk.content().last() == Index(3), "whoever has it open goes on");
        CHECK(disk.open().entries.empty());
        CHECK(disk.content().lost);
    }

    TEST_CASE("the bus goes over the IP paths that both are on, and the first copy counts") {
        ClusterConfig cluster;
        cluster.paths = {{.name = "a", .fate = "a"},
                         {.name = "b", .kind = PathKind::rdma, .fate = "b"},
                         {.name = "c", .fate = "c"},
                         {.name = "d", .fate = "d", .admin = Switched::off}};
        const PathId a(0);
        const PathId b(1);
        const PathId c(2);
        const PathId d(3);
        cluster.members = {{.id = MemberId(1), .name = "n1", .paths = {a, b, c, d}},
                           {.id = MemberId(2), .name = "n2", .paths = {a, b, c, d}},
                           {.id = MemberId(3), .name = "n3", .paths = {b, c}}};
        Bus bus(cluster);
        CHECK(bus.paths(0, 1) == std::vector<PathId>{a, c});
        CHECK(bus.paths(0, 2) == std::vector<PathId>{c});

        const Bus::Parcel parcel = bus.pack({.from = MemberId(1), .to = MemberId(2), .body = {}});
        for (int copy = 0; copy < 3; ++copy) bus.send(parcel);
        CHECK(bus.message(parcel).to == MemberId(2));
        CHECK(bus.is_news(parcel, 5));
        CHECK(!bus.is_news(parcel, 5));
        CHECK_MESSAGE(bus.is_news(parcel, 6), "a new daemon knows nothing of the first copy");
        const Bus::Parcel damaged = bus.damage();
        CHECK(!bus.is_news(damaged, 5));
        CHECK(bus.counts().refused == 1);
        CHECK(bus.counts().duplicates == 1);
    }

    TEST_CASE("a key is known by what it is, and its number may come back") {
        Keys keys("c", 1);
        const AgreedKey first = keys.draw({});
        const AgreedKey second = keys.draw({first});
        const AgreedKey third = keys.draw({second});
        CHECK(first.number == KeyNumber(1));
        CHECK(second.number == KeyNumber(2));
        CHECK(third.number == KeyNumber(1));
        CHECK(keys.handle(first) != keys.handle(third));
        CHECK(keys.handle(first) == keys.handle(first));
        CHECK(keys.ring(keys.handle(third)).signing() == wire::KeyId(1));
    }

    TEST_CASE("what askers saw is one order, or it is said what is not") {
        ClientHistory history;
        ClientHistory::Faults faults;
        history.asked(request(1));
        history.asked(request(2));
        history.applied(applied(request(1), 5), faults);
        history.answered(handled(request(1), 5), faults);
        history.answered(handled(request(1), 5), faults);
        CHECK_MESSAGE(history.acknowledged() == 1, "asked again, answered again, done once");
        CHECK(faults.empty());

        SUBCASE("twice") {
            history.applied(applied(request(1), 6), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("a second copy that changes nothing is none") {
            history.applied(applied(request(1), 6, EntryRefusal::repeated), faults);
            CHECK(faults.empty());
        }
        SUBCASE("otherwise on another member") {
            history.applied(applied(request(1), 5, EntryRefusal::already), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("answered, and not done") {
            history.answered(handled(request(2), 6), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("before one that was done when it was asked for") {
            history.asked(request(3));
            history.applied(applied(request(3), 4), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("never asked for, or asked for otherwise") {
            history.applied(applied(request(9), 6), faults);
            CHECK(faults.size() == 1);
            history.applied(applied(request(2, Maintenance::off), 7), faults);
            CHECK(faults.size() == 2);
        }
    }

    TEST_CASE("requests are done in a calm world, and those without a vote follow") {
        const Outcome outcome = run(story("topology 7 a:udp:sw-a b:udp:sw-b\nseed 3\n60s end\n"),
                                    Authentication::sampled);
        CHECK(outcome.violations.empty());
        CHECK(outcome.acknowledged > 30);
        CHECK(outcome.log.find("n7 coordinator=") != std::string::npos);
    }

    TEST_CASE("a minority has no coordinator, and `coordinator` then is nobody") {
        const Outcome outcome =
            run(story("topology 3 a:udp:sw-a\n5s power-off n1 n2\n8s pause coordinator 1s\n"
                      "9s expect coordinator alive\n10s end\n"),
                Authentication::sampled);
        CHECK(outcome.log.find("* pause coordinator 1s: nobody leads") != std::string::npos);
        REQUIRE(outcome.violations.size() == 1);
        CHECK(outcome.violations.front().what.find("nobody leads") != std::string::npos);
    }
}

}  // namespace inquest::sim
