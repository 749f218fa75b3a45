// When each path beats, and under which number.
#include "heartbeat/core/schedule.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("core.schedule") {
    TEST_CASE("p paths at interval T beat every T/p in turn, each number once") {
        for (const std::size_t paths :
             {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{16}}) {
            CAPTURE(paths);
            Schedule schedule(100ms, paths, at(5s), 42);
            const Duration slot = Duration{100ms} / static_cast<int>(paths);
            CHECK(schedule.slot() == slot);
            const Instant start = schedule.due();
            CHECK(start >= at(5s));
            CHECK(start < at(5s) + slot);
            for (std::uint64_t number = 0; number < 1000; ++number) {
                const Instant even = start + slot * static_cast<int>(number);
                CHECK(schedule.due() >= even);
                CHECK(schedule.due() < even + slot / 8 + 1ns);
                const Schedule::Slot taken = schedule.take(schedule.due());
                CHECK(taken.sequence == Sequence(number));
                CHECK(taken.path.value == number % paths);
            }
        }
    }

    TEST_CASE("jitter comes from the seed: the same one, the same instants") {
        Schedule a(100ms, 2, at(0s), 1);
        Schedule b(100ms, 2, at(0s), 1);
        Schedule c(100ms, 2, at(0s), 2);
        bool differs = false;
        for (int i = 0; i < 100; ++i) {
            CHECK(a.due() == b.due());
            differs = differs || a.due() != c.due();
            a.take(a.due());
            b.take(b.due());
            c.take(c.due());
        }
        CHECK(differs);
    }

    TEST_CASE("after a stall each path beats once, at once, and under numbers of the present") {
        struct Row {
            const char* why;
            int slots_missed;
            int expect;
        };
        constexpr Row rows[] = {
            {"on time", 0, 1},           {"one slot late", 1, 2},
            {"one interval late", 2, 3}, {"more than an interval", 3, 3},
            {"a long stall", 3000, 3},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Schedule schedule(90ms, 3, at(0s), 7);
            const Instant start = schedule.due();
            const Instant now = start + 30ms * row.slots_missed;
            int taken = 0;
            std::uint64_t last = 0;
            bool beaten[3] = {};
            while (now >= schedule.due()) {
                const Schedule::Slot slot = schedule.take(now);
                CHECK_FALSE(beaten[slot.path.value]);
                beaten[slot.path.value] = true;
                last = slot.sequence.value;
                ++taken;
            }
            // The slot of this very instant may wait for its jitter.
            CHECK(taken >= row.expect - 1);
            CHECK(taken <= row.expect);
            CHECK(last + 1 >= static_cast<std::uint64_t>(row.slots_missed));
            CHECK(schedule.due() > now);
            CHECK(schedule.due() <= now + 30ms + 4ms);
        }
    }

    TEST_CASE("another interval or number of paths: numbers go on, and nobody waits too long") {
        struct Row {
            const char* why;
            Duration interval;
            std::size_t paths;
        };
        const Row rows[] = {
            {"the same", 90ms, 3},
            {"faster", 9ms, 3},
            {"slower", 900ms, 3},
            {"a path more", 90ms, 4},
            {"as many as there may be", 90ms, 16},
            {"fewer", 90ms, 1},
            {"all of it", 2ms, 16},
        };
        for (const Row& row : rows) {
            for (int taken = 1; taken <= 7; ++taken) {
                for (const Duration wait : {0ms, 10ms, 29ms, 500ms}) {
                    INFO(std::string(row.why));
                    CAPTURE(taken);
                    CAPTURE(wait.count());
                    Schedule schedule(90ms, 3, at(0s), 7);
                    std::vector<Instant> beaten(16, at(0s));
                    Instant now{};
                    for (int i = 0; i < taken; ++i) {
                        now = schedule.due();
                        beaten[schedule.take(now).path.value] = now;
                    }
                    now += wait;
                    schedule.follow(row.interval, row.paths, now);
                    CHECK(schedule.due() >= now);
                    CHECK(schedule.due() <= now + schedule.slot());
                    for (std::size_t i = 0; i < 3 * row.paths; ++i) {
                        const Instant due = schedule.due();
                        const Schedule::Slot slot = schedule.take(due);
                        CHECK(slot.sequence.value == static_cast<std::uint64_t>(taken) + i);
                        CHECK(slot.path.value < row.paths);
                        // A path that was there beats within both intervals and the wait.
                        if (slot.path.value < 3 && taken >= 3)
                            CHECK(due - beaten[slot.path.value] <=
                                  90ms + row.interval + wait + 30ms);
                        beaten[slot.path.value] = due;
                    }
                }
            }
        }
    }

    TEST_CASE("a goodbye hurries: each path's next number now, none twice") {
        Schedule schedule(90ms, 3, at(0s), 7);
        schedule.take(schedule.due());
        for (std::uint64_t number = 1; number <= 3; ++number) {
            const Schedule::Slot slot = schedule.hurry();
            CHECK(slot.sequence == Sequence(number));
            CHECK(slot.path.value == number % 3);
        }
        const Instant due = schedule.due();
        CHECK(schedule.take(due).sequence == Sequence(4));
    }
}

}  // namespace
}  // namespace inquest
