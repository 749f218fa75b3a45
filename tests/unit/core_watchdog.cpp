// When this node's watchdog is fed and when no more, and how long its leases are.
#include "heartbeat/core/watchdog_timing.hpp"
#include "tests/unit/core_machine.hpp"

#include <doctest/doctest.h>

namespace inquest::test {
namespace {

using namespace machine;

TEST_SUITE("core: watchdog") {
    TEST_CASE("a device is set so that twice its timeout and a reset fit") {
        struct Row {
            const char* why;
            Duration watchdog;
            Duration timeout;
            Duration reset_within;
        };
        const Row rows[] = {
            {"the default", 10s, 4s, 9s},
            {"fast", 5s, 2s, 5s},
            {"a moment less is a second less", 5s - 1ns, 1s, 3s},
            {"the shortest that a device can keep", 3s, 1s, 3s},
            {"no device counts less than a second", 3s - 1ns, 0s, 1s},
            {"less than a reset takes", 500ms, 0s, 1s},
            {"an hour", 1h, 1799s, 3599s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const Duration timeout = device_timeout(row.watchdog, 1s);
            CHECK(timeout == row.timeout);
            CHECK(reset_within(timeout, 1s) == row.reset_within);
            CHECK((timeout == 0s || reset_within(timeout, 1s) <= row.watchdog));
            CHECK(4 * feed_interval(timeout) <= timeout);
        }
        CHECK_MESSAGE(reset_within(4s, 1s, 10s) == 29s, "a program between may feed on by itself");
    }

    TEST_CASE("what is not open is not fed") {
        Machine machine = leased(Guests::none);
        machine.run(3s);
        CHECK(machine.feeds.empty());
        CHECK(machine.told.empty());
        CHECK_FALSE(machine.report().watchdog.open);
        machine.open_watchdog(1s);
        CHECK(machine.node().next_deadline() <= machine.now().now);
        machine.run(tick);
        CHECK(machine.feeds.size() == 1);
        CHECK(machine.report().watchdog.open);
        CHECK(machine.report().watchdog.reset_within == 9s);
    }

    TEST_CASE("a lease feeds it, whatever runs here; without one, that nothing does") {
        struct Row {
            const char* why;
            Guests guests;
            bool leased;
            bool fed;
        };
        const Row rows[] = {
            {"a lease, and nobody has said", Guests::unknown, true, true},
            {"a lease, and no guest", Guests::none, true, true},
            {"a lease, and guests", Guests::some, true, true},
            {"nobody has said: it counts as guests", Guests::unknown, false, false},
            {"no guest needs one", Guests::none, false, true},
            {"guests, and no lease", Guests::some, false, false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine;
            if (row.leased) machine.tell(armed());
            if (row.guests != Guests::unknown) machine.tell(GuestsTold{row.guests});
            machine.run(1s);
            machine.open_watchdog(500ms);
            machine.run(10s);
            CHECK(machine.feeds.size() == (row.fed ? 20 : 0));
            REQUIRE(machine.told.size() == (row.fed ? 0 : 1));
            const WatchdogReport report = machine.report().watchdog;
            CHECK(report.guests == row.guests);
            CHECK(report.fed == row.fed);
            CHECK(report.starved_for.has_value() != row.fed);
            const bool explained =
                machine.explain("n1").find("its watchdog is fed") != std::string::npos;
            CHECK(explained == row.fed);
        }
    }

    TEST_CASE("while it may be fed it is fed in time, and the deadlines ask for that") {
        for (const Duration interval : {30ms, 250ms, 1000ms}) {
            CAPTURE(interval.count());
            Machine machine = leased();
            machine.open_watchdog(interval);
            machine.run(10s);
            REQUIRE(machine.feeds.size() > 1);
            for (std::size_t i = 1; i < machine.feeds.size(); ++i)
                CHECK(machine.feeds[i].now - machine.feeds[i - 1].now <= interval);
            CHECK(machine.now().now - machine.feeds.back().now <= interval);
        }
    }

    TEST_CASE("no feed leaves after the lease has ended by the faster of the two clocks") {
        struct Row {
            const char* why;
            Duration boot_tick;
            Duration raw_tick;
        };
        const Row rows[] = {
            {"both alike", 10ms, 10ms},
            {"BOOTTIME is slewed and slow", 9ms, 10ms},
            {"BOOTTIME is slewed and fast", 11ms, 10ms},
            {"MONOTONIC_RAW stands still", 10ms, 0ms},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = leased();
            machine.boot_tick = row.boot_tick;
            machine.raw_tick = row.raw_tick;
            machine.open_watchdog(100ms);
            machine.run(3s);
            machine.grants = false;
            const Reading from = machine.granted();
            machine.run(5s);
            REQUIRE_FALSE(machine.feeds.empty());
            for (const Reading& feed : machine.feeds) CHECK(at_most_between(from, feed) < lease);
            CHECK_MESSAGE(at_most_between(from, machine.feeds.back()) >= lease - 150ms,
                          "and until then they do");
        }
    }

    TEST_CASE("that it is fed no more is told once, and that it is again as well") {
        constexpr Duration interval = 500ms;
        for (const Guests guests : {Guests::unknown, Guests::some}) {
            CAPTURE(word(guests));
            Machine machine = leased(guests);
            machine.open_watchdog(interval);
            machine.run(3s);
            CHECK(machine.told.empty());
            machine.grants = false;
            const Instant ends = machine.granted().now + lease;
            machine.run(20s);
            REQUIRE(machine.told.size() == 1);
            const Transition& starved = machine.told[0].transition;
            CHECK(starved.from == "fed");
            CHECK(starved.to == "starved");
            CHECK(starved.peer == "n1");
            CHECK_FALSE(starved.reason.empty());
            CHECK(starved.when >= ends);
            CHECK(starved.when <= ends + 2 * interval + timing().beat_interval);
            CHECK_FALSE(machine.told[0].fed);
            CHECK(log_line(starved).find("watchdog=fed->starved") != std::string::npos);

            machine.grants = true;
            machine.run(300ms);
            REQUIRE(machine.told.size() == 2);
            CHECK(machine.told[1].transition.from == "starved");
            CHECK(machine.told[1].transition.to == "fed");
            CHECK_MESSAGE(machine.told[1].fed, "in that same step");
            CHECK(machine.report().watchdog.fed);
        }
    }

    TEST_CASE("a lease that comes back before the next feed is due is no news") {
        Machine machine = leased();
        machine.open_watchdog(1s);
        machine.run(3s);
        machine.grants = false;
        while (machine.remaining() > 0s) machine.run(tick);
        machine.run(200ms);
        CHECK(machine.remaining() == 0s);
        machine.grants = true;
        machine.run(5s);
        CHECK(machine.remaining() > 0s);
        CHECK(machine.told.empty());
        for (std::size_t i = 1; i < machine.feeds.size(); ++i)
            CHECK(machine.feeds[i].now - machine.feeds[i - 1].now <= 1s + 300ms);
    }

    TEST_CASE("a daemon that starts is not starved before it can have a lease") {
        Machine machine;
        machine.open_watchdog(1s);
        machine.run(500ms);
        CHECK(machine.feeds.empty());
        machine.tell(armed());
        machine.run(300ms);
        CHECK(machine.feeds.size() == 1);
        CHECK(machine.told.empty());
    }

    TEST_CASE("guests that come and go without a lease") {
        Machine machine;
        machine.open_watchdog(100ms);
        machine.tell(GuestsTold{Guests::none});
        machine.run(2s);
        const std::size_t fed = machine.feeds.size();
        CHECK(fed == 20);
        machine.tell(GuestsTold{Guests::some});
        machine.run(2s);
        CHECK(machine.feeds.size() == fed);
        machine.tell(GuestsTold{Guests::none});
        CHECK(machine.node().next_deadline() <= machine.now().now);
        machine.run(tick);
        CHECK(machine.feeds.size() == fed + 1);
        REQUIRE(machine.told.size() == 2);
        CHECK(machine.told[1].fed);
    }
}

TEST_SUITE("core: length of the lease") {
    TEST_CASE("timings that are on their way shorten it at once, and never lengthen it") {
        struct Row {
            const char* why;
            Duration at_most;
            Duration length;
        };
        const Row rows[] = {
            {"none are", Duration::max(), lease},
            {"shorter ones", 1s, 1s},
            {"longer ones", 1h, lease},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = leased();
            LedgerTold told = armed();
            told.lease_at_most = row.at_most;
            machine.tell(told);
            CHECK(machine.node().lease().length() == row.length);
            CHECK(machine.remaining() <= row.length);
            machine.reconfigure(timing(4s));
            CHECK(machine.node().lease().length() == std::min(row.at_most, Duration(4s)));
            machine.tell(armed());
            CHECK_MESSAGE(machine.node().lease().length() == 4s, "they had their turn");
        }
    }

    TEST_CASE("a feed waits for no longer lease than the shortest that it may have to go by") {
        Machine machine = leased();
        machine.open_watchdog(50ms);
        machine.run(1s);
        machine.grants = false;
        machine.run(800ms);
        const std::size_t fed = machine.feeds.size();
        LedgerTold told = armed();
        told.lease_at_most = 500ms;
        machine.tell(told);
        machine.run(1s);
        CHECK(machine.feeds.size() == fed);
    }

    TEST_CASE("whoever is condemned gets no longer one before it is acquitted") {
        struct Row {
            const char* why;
            Incarnation incarnation;
            MemberId member;
            Stage stage;
            bool lengthened;
        };
        const Row rows[] = {
            {"this boot", boot, n1, Stage::committed, false},
            {"this boot, as far as it knows", boot, n1, Stage::appended, false},
            {"this boot, held", boot, n1, Stage::held, false},
            {"this boot, and proven", boot, n1, Stage::proven, false},
            {"the boot before", Incarnation(4), n1, Stage::committed, true},
            {"another member", boot, n3, Stage::committed, true},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = leased();
            machine.tell(condemned({.member = row.member,
                                    .incarnation = row.incarnation,
                                    .index = entry,
                                    .stage = row.stage}));
            CHECK(machine.node().lease().length() == lease);
            machine.reconfigure(timing(4s));
            CHECK(machine.node().lease().length() == (row.lengthened ? 4s : lease));
            machine.reconfigure(timing(1s));
            CHECK_MESSAGE(machine.node().lease().length() == 1s, "a shorter one holds at once");
            machine.reconfigure(timing(4s));
            CHECK(machine.node().lease().length() == (row.lengthened ? 4s : 1s));
            machine.tell(armed());
            CHECK(machine.node().lease().length() == 4s);
        }
    }
}

}  // namespace
}  // namespace inquest::test
