#include "heartbeat/core/arrival.hpp"

#include <doctest/doctest.h>

namespace inquest {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("core.arrival") {
    TEST_CASE("an age from the clock of day is bounded by what is certain without it") {
        constexpr Duration today = 1'800'000'000s;
        constexpr Instant now = at(1000s);
        constexpr Instant emptied = now - 100ms;
        struct Row {
            const char* why;
            std::optional<Duration> stamp;
            Instant expect;
        };
        const Row rows[] = {
            {"the ordinary case: the stamp tells the age", today - 30ms, now - 30ms},
            {"just arrived", today, now},
            {"arrived while the socket was being read", today + 1ms, now},
            {"one nanosecond within the bound", today - 100ms + 1ns, emptied + 1ns},
            {"exactly when the socket was last empty", today - 100ms, emptied},
            {"older than possible: the bound", today - 100ms - 1ns, emptied},
            {"the clock was stepped a day ahead since", today - 24h, emptied},
            {"the clock was stepped a day back since", today + 24h, now},
            {"no stamp: as young as can be, so that nobody is accused", std::nullopt, now},
            {"a stamp of zero is no reason to believe in 1970", Duration::zero(), emptied},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(arrival(row.stamp, {now, today}, emptied) == row.expect);
        }
    }

    TEST_CASE("the bound is the time since the last full drain") {
        constexpr Duration today = 1'800'000'000s;
        constexpr Instant opened = at(500s);
        struct Row {
            const char* why;
            Duration since_emptied;
            Duration age;
            Duration expect;
        };
        constexpr Row rows[] = {
            {"first drain right after opening: nothing can be older", 0ms, 10ms, 0ms},
            {"first drain later: the age holds", 5s, 4s, 4s},
            {"after a freeze of 30 s the oldest beat keeps its age", 30s, 29s, 29s},
            {"an instant that runs backwards yields no negative age", -1s, 10ms, 0ms},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const Instant now = opened + row.since_emptied;
            CHECK(arrival(today - row.age, {now, today}, opened) == now - row.expect);
        }
    }
}

}  // namespace
}  // namespace inquest
