// What the simulated ledgers stand on: a disk, a bus, and the history of what clients saw.
#include "tests/sim/judges/client_history.hpp"
#include "tests/sim/judges/run.hpp"
#include "tests/sim/story/scenario_reader.hpp"
#include "tests/sim/world/bus.hpp"
#include "tests/sim/world/clients.hpp"
#include "tests/sim/world/disk.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;
using ledger::Index;
using ledger::Term;
using Answer = ledger::Proposed::Outcome;

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

ledger::Entry command(std::uint64_t number, std::uint64_t index, std::uint64_t term = 1) {
    Clients clients(1);
    ledger::Propose asked = clients.command();
    for (std::uint64_t i = 1; i < number; ++i) asked = clients.again(asked);
    return {.index = Index(index),
            .term = Term(term),
            .kind = ledger::EntryKind::command,
            .members = {},
            .bytes = asked.bytes};
}

ledger::Proposed accepted(std::uint64_t id, std::uint64_t index, std::uint64_t term = 1) {
    return {.id = id, .outcome = Answer::accepted, .term = Term(term), .index = Index(index)};
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
        Bus bus(cluster, Authentication::every);
        CHECK(bus.paths(0, 1) == std::vector<PathId>{a, c});
        CHECK(bus.paths(0, 2) == std::vector<PathId>{c});
        CHECK(bus.place(MemberId(3)) == 2);
        CHECK(!bus.place(MemberId(4)).has_value());

        const Bus::Parcel parcel = bus.pack({});
        for (int copy = 0; copy < 3; ++copy) bus.send(parcel);
        CHECK(bus.is_news(parcel, 5));
        CHECK(!bus.is_news(parcel, 5));
        CHECK_MESSAGE(bus.is_news(parcel, 6), "a new daemon knows nothing of the first copy");
        const ledger::AppendRefused formless{.previous = Index(1), .hint = Index(2)};
        const Bus::Parcel nonsense = bus.pack({MemberId(1), MemberId(2), Term(3), formless});
        CHECK(bus.open(nonsense) == nullptr);
        CHECK(bus.counts().unfaithful == 1);
        const ledger::Message sound{MemberId(1), MemberId(2), Term(3), ledger::Append{}};
        const ledger::Message* read = bus.open(bus.pack(sound));
        REQUIRE(read != nullptr);
        CHECK(*read == sound);
        const Bus::Parcel damaged = bus.damage();
        CHECK(!bus.is_news(damaged, 5));
        CHECK(bus.counts().refused == 1);
        CHECK(bus.counts().duplicates == 1);
    }

    TEST_CASE("what clients saw is one order, or it is said what is not") {
        ClientHistory history;
        ClientHistory::Faults faults;
        for (std::uint64_t id = 1; id <= 2; ++id) history.asked(id);
        history.answered(0, 1, accepted(1, 5), faults);
        history.committed(0, 1, command(1, 5), faults);
        CHECK(history.acknowledged() == 1);
        CHECK(faults.empty());

        SUBCASE("twice") {
            history.committed(1, 1, command(1, 6), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("refused, and done all the same") {
            history.answered(0, 1, {.id = 2, .outcome = Answer::refused}, faults);
            history.committed(0, 1, command(2, 6), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("before one that was done when it was asked for") {
            history.asked(3);
            history.committed(0, 1, command(3, 4), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("never asked for") {
            history.committed(0, 1, command(9, 6), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("acknowledged by another command in its place") {
            history.answered(0, 1, accepted(2, 6), faults);
            history.asked(3);
            history.committed(0, 1, command(3, 6), faults);
            CHECK(faults.size() == 1);
        }
        SUBCASE("another run of the daemon, or another term, promised nothing") {
            history.answered(0, 1, accepted(2, 6), faults);
            history.committed(0, 2, command(2, 6), faults);
            CHECK(history.acknowledged() == 1);
            CHECK(faults.empty());
        }
    }

    TEST_CASE("commands are done in a calm world, and learners are taken in") {
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
