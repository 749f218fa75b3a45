// How long this node has known of a condemnation: from when, by which clock, and what begins anew.
#include "heartbeat/core/stopwatches.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>

namespace inquest {
namespace {

using namespace std::chrono_literals;
using Stage = KnownCondemnation::Stage;

constexpr std::uint64_t entry = 17;

/// Both clocks run alike.
Reading reading(Duration passed) { return {at(1000s + passed), 400s + passed}; }

KnownCondemnation known(Stage stage, std::uint64_t index = entry, int member = 3) {
    return {.member = MemberId(static_cast<std::uint16_t>(member)),
            .incarnation = Incarnation(2),
            .index = index,
            .stage = stage};
}

LedgerTold told(std::initializer_list<KnownCondemnation> condemned) {
    LedgerTold told;
    for (const KnownCondemnation& each : condemned) told.condemned.push_back(each);
    return told;
}

/// Has known of n3's condemnation since 0 s.
Stopwatches running() {
    Stopwatches stopwatches;
    stopwatches.follow(told({known(Stage::committed)}));
    stopwatches.read(reading(0s));
    return stopwatches;
}

TEST_SUITE("core: stopwatches") {
    TEST_CASE("at least so long, whatever the two clocks say") {
        constexpr Reading from{at(1000s), 400s};
        struct Row {
            const char* why;
            Reading to;
            Duration least;
            Duration most;
        };
        const Row rows[] = {
            {"both alike", {at(1010s), 410s}, 10s, 10s},
            {"no time at all", from, 0s, 0s},
            {"BOOTTIME is slewed and slow", {at(1009s), 410s}, 9s, 10s},
            {"BOOTTIME is slewed and fast", {at(1011s), 410s}, 10s, 11s},
            {"MONOTONIC_RAW stood still in suspend", {at(1030s), 401s}, 1s, 30s},
            {"a clock that goes back has counted nothing", {at(999s), 410s}, 0s, 10s},
            {"nor has the other one", {at(1010s), 399s}, 0s, 10s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(at_least_between(from, row.to) == row.least);
            CHECK(at_most_between(from, row.to) == row.most);
        }
    }

    TEST_CASE("it starts when the clocks are read after it was told, and not before") {
        Stopwatches stopwatches;
        stopwatches.read(reading(0s));
        CHECK_FALSE(stopwatches.elapsed(entry, reading(1s)).has_value());
        stopwatches.follow(told({known(Stage::committed)}));
        CHECK_FALSE(stopwatches.elapsed(entry, reading(1s)).has_value());
        stopwatches.read(reading(2s));
        CHECK(stopwatches.elapsed(entry, reading(2s)) == 0s);
        CHECK(stopwatches.elapsed(entry, reading(5s)) == 3s);
        CHECK_FALSE(stopwatches.elapsed(entry + 1, reading(5s)).has_value());
        stopwatches.read(reading(6s));
        CHECK_MESSAGE(stopwatches.elapsed(entry, reading(7s)) == 5s, "it is started once");
    }

    TEST_CASE("it counts by the slower clock") {
        struct Row {
            const char* why;
            Reading now;
            Duration elapsed;
        };
        const Row rows[] = {
            {"both alike", {at(1040s), 440s}, 40s},
            {"BOOTTIME is slow", {at(1036s), 440s}, 36s},
            {"MONOTONIC_RAW is slow", {at(1040s), 436s}, 36s},
            {"MONOTONIC_RAW stands still", {at(1040s), 400s}, 0s},
            {"BOOTTIME has gone back", {at(990s), 440s}, 0s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(running().elapsed(entry, row.now) == row.elapsed);
        }
    }

    TEST_CASE("which condemnations have one") {
        struct Row {
            const char* why;
            Stage stage;
            bool runs;
        };
        const Row rows[] = {
            {"it may be truncated again", Stage::appended, false},
            {"decided", Stage::committed, true},
            {"decided, and waited for", Stage::held, true},
            {"there is nothing to wait for", Stage::proven, false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Stopwatches stopwatches;
            stopwatches.follow(told({known(row.stage)}));
            stopwatches.read(reading(0s));
            CHECK(stopwatches.elapsed(entry, reading(9s)).has_value() == row.runs);
        }
    }

    TEST_CASE("what it survives, and what begins anew") {
        struct Row {
            const char* why;
            LedgerTold next;                  ///< told at 10 s
            std::optional<Duration> elapsed;  ///< of `entry`, at 15 s
        };
        const Row rows[] = {
            {"told again", told({known(Stage::committed)}), 15s},
            {"held", told({known(Stage::held)}), 15s},
            {"another one beside it", told({known(Stage::committed, 20, 1), known(Stage::held)}),
             15s},
            {"proven", told({known(Stage::proven)}), std::nullopt},
            {"acquitted", told({}), std::nullopt},
            {"condemned by another entry", told({known(Stage::committed, entry + 1)}),
             std::nullopt},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Stopwatches stopwatches = running();
            stopwatches.follow(row.next);
            stopwatches.read(reading(10s));
            CHECK(stopwatches.elapsed(entry, reading(15s)) == row.elapsed);
        }
    }

    TEST_CASE("a hold that comes and goes stops nothing") {
        Stopwatches stopwatches = running();
        for (const Stage stage : {Stage::held, Stage::committed, Stage::held, Stage::committed}) {
            stopwatches.follow(told({known(stage)}));
            stopwatches.read(reading(10s));
        }
        CHECK(stopwatches.elapsed(entry, reading(20s)) == 20s);
    }

    TEST_CASE("one that was acquitted and condemned anew begins anew") {
        Stopwatches stopwatches = running();
        SUBCASE("with the acquittal between") {
            stopwatches.follow(told({}));
            stopwatches.read(reading(5s));
        }
        SUBCASE("told at once") {}
        stopwatches.follow(told({known(Stage::committed, entry + 4)}));
        CHECK_FALSE(stopwatches.elapsed(entry + 4, reading(9s)).has_value());
        stopwatches.read(reading(10s));
        CHECK(stopwatches.elapsed(entry + 4, reading(12s)) == 2s);
        CHECK_FALSE(stopwatches.elapsed(entry, reading(12s)).has_value());
    }

    TEST_CASE("each member has its own") {
        Stopwatches stopwatches = running();
        LedgerTold all;
        for (std::size_t i = 0; i < members_max; ++i)
            all.condemned.push_back(known(Stage::committed, entry + i, static_cast<int>(i) + 1));
        stopwatches.follow(all);
        stopwatches.read(reading(10s));
        CHECK(stopwatches.elapsed(entry, reading(30s)) == 30s);
        for (std::size_t i = 1; i < members_max; ++i)
            CHECK(stopwatches.elapsed(entry + i, reading(30s)) == 20s);
    }
}

}  // namespace
}  // namespace inquest
