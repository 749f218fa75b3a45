// When a node holds another one's own reset for a proof.
#include "tests/unit/core_machine.hpp"

#include <doctest/doctest.h>

namespace inquest::test {
namespace {

using namespace machine;

TEST_SUITE("core: self-fence") {
    TEST_CASE("whose own reset is waited for") {
        struct Row {
            const char* why;
            KnownCondemnation known;
            bool proves;
        };
        KnownCondemnation stranger = third(Stage::committed, 5s);
        stranger.member = MemberId(9);
        KnownCondemnation itself = third(Stage::committed, 5s);
        itself.member = n1;
        itself.incarnation = boot;
        const Row rows[] = {
            {"condemned, and it resets itself", third(Stage::committed, 5s), true},
            {"a hold stops no clock", third(Stage::held, 5s), true},
            {"it has not said that it does", third(Stage::committed, std::nullopt), false},
            {"it may be truncated again", third(Stage::appended, 5s), false},
            {"it is proven", third(Stage::proven, 5s), false},
            {"who is no member here", stranger, false},
            {"nobody says it of itself", itself, false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = without_third();
            machine.tell(condemned(row.known));
            const Instant from = machine.now().now;
            const std::optional<Reading> when = machine.first_elapsed(10s);
            REQUIRE(when.has_value() == row.proves);
            if (!row.proves) continue;
            CHECK(when->now - from >= 5s);
            CHECK_MESSAGE(when->now - from <= 5s + 2 * tick, "the deadlines ask for it");
            const auto moved = machine.elapsed();
            REQUIRE(moved.size() == 1);
            CHECK(moved[0].member == n3);
            CHECK(moved[0].condemnation == entry);
            CHECK(moved[0].waited >= 5s);
            machine.run(1s);
            REQUIRE_MESSAGE(machine.elapsed().size() == 1, "as long as it stands");
            CHECK(machine.elapsed()[0].waited >= 5900ms);
        }
    }

    TEST_CASE("the wait is by the slower clock") {
        struct Row {
            const char* why;
            Duration boot_tick;
            Duration raw_tick;
        };
        const Row rows[] = {
            {"both alike", 10ms, 10ms},
            {"BOOTTIME is slewed and slow", 9ms, 10ms},
            {"BOOTTIME is slewed and fast", 11ms, 10ms},
            {"MONOTONIC_RAW is slow", 10ms, 5ms},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = without_third();
            machine.boot_tick = row.boot_tick;
            machine.raw_tick = row.raw_tick;
            machine.tell(condemned(third(Stage::committed, 5s)));
            const Reading from = machine.now();
            const std::optional<Reading> when = machine.first_elapsed(20s);
            REQUIRE(when.has_value());
            CHECK(at_least_between(from, *when) >= 5s);
            CHECK(at_least_between(from, *when) <= 5s + 100ms);
            CHECK(machine.elapsed()[0].waited <= at_least_between(from, *when));
        }
    }

    TEST_CASE("without the bare oscillator nothing is ever proven") {
        Machine machine = without_third();
        machine.raw_tick = 0ms;
        machine.tell(condemned(third(Stage::committed, 5s)));
        CHECK_FALSE(machine.first_elapsed(60s).has_value());
    }

    TEST_CASE("not while the condemned boot is heard") {
        struct Row {
            const char* why;
            void (*world)(Machine&);
            bool proves;
        };
        const Row rows[] = {
            {"nobody hears it", [](Machine&) {}, true},
            {"this node does", [](Machine& machine) { machine.third_speaks = true; }, false},
            {"another one does", [](Machine& machine) { machine.n2_hears_third = true; }, false},
            {"a newer boot is heard",
             [](Machine& machine) {
                 machine.third_boot = Incarnation(3);
                 machine.third_speaks = true;
             },
             true},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = without_third();
            machine.tell(condemned(third(Stage::committed, 5s)));
            row.world(machine);
            CHECK(machine.first_elapsed(10s).has_value() == row.proves);
        }
    }

    TEST_CASE("one that falls silent again is proven at once: it gets no lease meanwhile") {
        Machine machine = without_third();
        machine.tell(condemned(third(Stage::committed, 5s)));
        machine.third_speaks = true;
        machine.run(10s);
        CHECK(machine.elapsed().empty());
        machine.third_speaks = false;
        CHECK(machine.first_elapsed(1s).has_value());
    }

    TEST_CASE("a stopwatch goes on through what is told, and begins anew with another entry") {
        Machine machine = without_third();
        machine.tell(condemned(third(Stage::committed, 5s)));
        machine.run(2s);
        machine.tell(condemned(third(Stage::held, 5s)));
        machine.run(2s);
        machine.tell(condemned(third(Stage::committed, 5s)));
        CHECK(machine.first_elapsed(1100ms).has_value());
        machine.tell(condemned(third(Stage::committed, 5s, entry + 1)));
        CHECK_FALSE(machine.first_elapsed(4900ms).has_value());
        const std::optional<Reading> when = machine.first_elapsed(200ms);
        REQUIRE(when.has_value());
        CHECK(machine.elapsed()[0].condemnation == entry + 1);
    }

    TEST_CASE("a longer wait that is told of meanwhile holds") {
        Machine machine = without_third();
        machine.tell(condemned(third(Stage::committed, 5s)));
        machine.run(4s);
        machine.tell(condemned(third(Stage::committed, 8s)));
        CHECK_FALSE(machine.first_elapsed(3900ms).has_value());
        CHECK(machine.first_elapsed(200ms).has_value());
    }

    TEST_CASE("what is left of the wait is told to people") {
        Machine machine = without_third();
        const auto left = [&] { return machine.report().peers[1].self_fence_left; };
        CHECK_FALSE(left().has_value());
        machine.tell(condemned(third(Stage::committed, std::nullopt)));
        machine.run(2s);
        CHECK_FALSE(left().has_value());
        CHECK(machine.explain("n3").find("no waiting proves anything") != std::string::npos);
        machine.tell(condemned(third(Stage::committed, 5s)));
        REQUIRE(left().has_value());
        CHECK_MESSAGE(*left() <= 3100ms, "it has been known for so long");
        CHECK(*left() >= 3s);
        CHECK(machine.explain("n3").find("by this node's stopwatch") != std::string::npos);
        machine.run(5s);
        CHECK(left() == Duration::zero());
        KnownCondemnation proven = third(Stage::proven, 5s);
        proven.receipt = Receipt::self_fence_elapsed;
        machine.tell(condemned(proven));
        machine.run(1s);
        CHECK_FALSE(left().has_value());
        CHECK(machine.explain("n3").find("its lease and its watchdog have run out") !=
              std::string::npos);
        proven.receipt = Receipt::released;
        machine.tell(condemned(proven));
        CHECK(machine.explain("n3").find("it has said itself that it has no guests") !=
              std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::test
