// When a path is late and when it is silent, on both sides of each boundary.
#include "heartbeat/base/random.hpp"
#include "heartbeat/core/detector.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest {
namespace {

using namespace std::chrono_literals;

constexpr Detector::Limits limits{.interval = 100ms, .limit = 400ms};

TEST_SUITE("core.detector") {
    TEST_CASE("silence turns a path late, then silent") {
        struct Row {
            const char* why;
            Duration silence;
            PathState expect;
        };
        constexpr Row rows[] = {
            {"just heard", 0ms, PathState::fresh},
            {"nothing missed yet", 100ms, PathState::fresh},
            {"two intervals may be jitter", 200ms, PathState::fresh},
            {"one nanosecond more is late", 200ms + 1ns, PathState::late},
            {"more than two is late", 201ms, PathState::late},
            {"the limit is all but reached", 400ms - 1ns, PathState::late},
            {"the limit is reached", 400ms, PathState::silent},
            {"and stays so", 1h, PathState::silent},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const Detector detector(limits, at(0ms));
            CHECK(detector.judge(at(row.silence)) == row.expect);
        }
    }

    TEST_CASE("a limit of three intervals, the least that is allowed") {
        const Detector detector({.interval = 100ms, .limit = 300ms}, at(0ms));
        CHECK(detector.judge(at(200ms)) == PathState::fresh);
        CHECK(detector.judge(at(201ms)) == PathState::late);
        CHECK(detector.judge(at(300ms)) == PathState::silent);
    }

    TEST_CASE("the deadline follows the expected arrival, between the floor and the limit") {
        struct Row {
            const char* why;
            Duration next;
            Duration margin;
            Duration late_after;
        };
        constexpr Row rows[] = {
            {"as expected: one interval after the next", 1100ms, 0ms, 1200ms},
            {"the next may take its time", 1150ms, 0ms, 1250ms},
            {"jitter earns slack", 1100ms, 40ms, 1240ms},
            {"an early next is no reason to hurry: the floor", 1020ms, 0ms, 1200ms},
            {"a late one is none to wait for ever: the limit", 3000ms, 0ms, 1400ms},
            {"nor is great jitter", 1100ms, 900ms, 1400ms},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Detector detector(limits, at(900ms));
            detector.heard(at(1000ms), at(row.next), row.margin);
            CHECK(detector.late_after() == at(row.late_after));
            CHECK(detector.silent_at() == at(1400ms));
            CHECK(detector.judge(at(row.late_after) - 1ns) == PathState::fresh);
            CHECK(detector.judge(at(row.late_after) + 1ns) != PathState::fresh);
        }
    }

    TEST_CASE("an arrival older than the newest one changes nothing") {
        Detector detector(limits, at(1000ms));
        detector.heard(at(999ms), at(5000ms), 100ms);
        CHECK(detector.last_arrival() == at(1000ms));
        CHECK(detector.late_after() == at(1200ms));
        CHECK(detector.silent_at() == at(1400ms));
    }

    TEST_CASE("an own stall puts every deadline off by its length, and never beyond now") {
        struct Row {
            const char* why;
            Duration stall;
            Duration now;
            Duration silent_at;
            Duration late_after;
        };
        constexpr Row rows[] = {
            {"no stall", 0ms, 1500ms, 1400ms, 1200ms},
            {"a short one", 60ms, 1500ms, 1460ms, 1260ms},
            {"one as long as the silence", 500ms, 1500ms, 1900ms, 1700ms},
            {"a longer one counts to now only", 2h, 1500ms, 1900ms, 1700ms},
            {"a beat that came at the very end of it", 300ms, 1000ms, 1400ms, 1200ms},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Detector detector(limits, at(1000ms));
            detector.extend(row.stall, at(row.now));
            CHECK(detector.silent_at() == at(row.silent_at));
            CHECK(detector.late_after() == at(row.late_after));
            CHECK(detector.last_arrival() == at(1000ms));
            CHECK(detector.put_off() == (row.silent_at > 1400ms));
        }
    }

    TEST_CASE("a beat after a stall ends what the stall has put off") {
        Detector detector(limits, at(1000ms));
        detector.extend(500ms, at(1500ms));
        detector.heard(at(1490ms), at(1590ms), 0ms);
        CHECK(detector.put_off());  // it came before the stall's end
        detector.heard(at(1590ms), at(1690ms), 0ms);
        CHECK_FALSE(detector.put_off());
        CHECK(detector.silent_at() == at(1990ms));
    }

    TEST_CASE("arrivals teach when the next is due") {
        Arrivals arrivals(50ms);
        arrivals.heard(Sequence(10), at(1000ms));
        CHECK(arrivals.expected(Sequence(11)) == at(1050ms));
        CHECK(arrivals.expected(Sequence(12)) == at(1100ms));
        CHECK(arrivals.margin() == 0ms);
        for (std::uint64_t i = 11; i < 40; ++i) {
            arrivals.heard(Sequence(i), at(1000ms + 50ms * static_cast<int>(i - 10)));
        }
        CHECK(arrivals.expected(Sequence(40)) == at(2500ms));
        CHECK(arrivals.margin() == 0ms);
    }

    TEST_CASE("arrivals with jitter: the mean is met, and the margin covers it") {
        Arrivals arrivals(50ms);
        Random random(3);
        for (std::uint64_t i = 0; i < 400; ++i) {
            arrivals.heard(Sequence(i), at(50ms * static_cast<int>(i)) + random.below(20ms));
        }
        const Instant due = at(50ms * 400);
        CHECK(arrivals.expected(Sequence(400)) > due);
        CHECK(arrivals.expected(Sequence(400)) < due + 20ms);
        CHECK(arrivals.margin() > 10ms);
        CHECK(arrivals.margin() < 40ms);
    }

    TEST_CASE("a peer whose clock runs 200 ppm fast is followed") {
        Arrivals arrivals(50ms);
        const auto sent = [](std::uint64_t i) {
            return at(Duration(static_cast<Duration::rep>(i) * 49'990'000));
        };
        for (std::uint64_t i = 0; i < 100'000; ++i) arrivals.heard(Sequence(i), sent(i));
        CHECK(std::chrono::abs(arrivals.expected(Sequence(100'000)) - sent(100'000)) < 1ms);
        CHECK(arrivals.margin() < 1ms);
    }

    TEST_CASE("numbers that leap or run backwards teach anew instead of overflowing") {
        Arrivals arrivals(50ms);
        arrivals.heard(Sequence(1000), at(1s));
        arrivals.heard(Sequence(5), at(2s));
        CHECK(arrivals.expected(Sequence(6)) == at(2050ms));
        arrivals.heard(Sequence(~std::uint64_t{0}), at(3s));
        CHECK(arrivals.margin() == 0ms);
        CHECK(arrivals.expected(Sequence(~std::uint64_t{0})) == at(3s));
        arrivals.restart();
        arrivals.heard(Sequence(1), at(4s));
        CHECK(arrivals.expected(Sequence(2)) == at(4050ms));
    }

    TEST_CASE("longer limits are granted at once, and only to who is not missed yet") {
        struct Row {
            const char* why;
            Duration age;
            Duration age_later;
            PathState expect;
        };
        constexpr Row rows[] = {
            {"fresh has the new limits", 100ms, 2s, PathState::fresh},
            {"and is late by them", 100ms, 2001ms, PathState::late},
            {"and silent by them", 100ms, 4s, PathState::silent},
            {"late stays late", 300ms, 301ms, PathState::late},
            {"and is silent by the new ones", 300ms, 3999ms, PathState::late},
            {"silent stays silent", 400ms, 401ms, PathState::silent},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Detector detector({.interval = 100ms, .limit = 400ms}, at(10s));
            detector.widen({.interval = 1s, .limit = 4s}, at(10s) + row.age);
            CHECK(detector.judge(at(10s) + row.age_later) == row.expect);
        }
    }

    TEST_CASE("shorter limits hold from a beat on, never for the silence before it") {
        Detector detector({.interval = 1s, .limit = 4s}, at(10s));
        detector.widen({.interval = 100ms, .limit = 400ms}, at(11s));
        CHECK(detector.judge(at(12s)) == PathState::fresh);
        detector.heard(at(12s), at(12s) + 100ms, 0ms, {.interval = 100ms, .limit = 400ms});
        CHECK(detector.judge(at(12s) + 200ms) == PathState::fresh);
        CHECK(detector.judge(at(12s) + 201ms) == PathState::late);
        CHECK(detector.judge(at(12s) + 400ms) == PathState::silent);
        // One that was overtaken says nothing of the limits either.
        detector.heard(at(11s), at(13s), 0ms, {.interval = 1s, .limit = 4s});
        CHECK(detector.judge(at(12s) + 400ms) == PathState::silent);
    }
}

}  // namespace
}  // namespace inquest
