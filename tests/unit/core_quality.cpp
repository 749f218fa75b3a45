// Loss by counting, round-trip time by echo.
#include "heartbeat/base/random.hpp"
#include "heartbeat/core/quality.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("core.quality") {
    TEST_CASE("loss is what did not come of what was due") {
        LossMeter meter;
        CHECK(meter.ratio(0) == 0.0);
        CHECK(meter.ratio(5) == 1.0);
        for (int i = 0; i < 100; ++i) meter.heard(1);
        CHECK(meter.ratio(0) == 0.0);
        for (int i = 0; i < 50; ++i) meter.heard(2);  // every other one is missing
        CHECK(meter.ratio(0) == doctest::Approx(50.0 / 200.0));
        CHECK(meter.ratio(50) == doctest::Approx(100.0 / 250.0));
        CHECK(meter.ratio(~std::uint64_t{0}) < 1.0);
    }

    TEST_CASE("old losses are forgotten, one long gap is not the whole truth") {
        LossMeter meter;
        meter.heard(1'000'000'000);
        CHECK(meter.ratio(0) > 0.9);
        for (int i = 0; i < 2000; ++i) meter.heard(1);
        CHECK(meter.ratio(0) < 0.01);
    }

    TEST_CASE("steady loss is measured well enough for a person") {
        Random random(1);
        LossMeter meter;
        std::uint64_t steps = 1;
        for (int i = 0; i < 5000; ++i) {
            if (random.next() % 100 < 20) {
                ++steps;
                continue;
            }
            meter.heard(steps);
            steps = 1;
        }
        CHECK(meter.ratio(0) > 0.10);
        CHECK(meter.ratio(0) < 0.30);
    }

    TEST_CASE("an echo becomes a round trip, without the time that the peer held it") {
        struct Row {
            const char* why;
            Echo echo;
            Duration arrived;
            std::optional<Duration> trip;
        };
        const Row rows[] = {
            {"the ordinary case", {7, 50'000'000}, 1060ms, 10ms},
            {"no time at all", {7, 60'000'000}, 1060ms, 0ms},
            {"held longer than it was away: nonsense", {7, 60'000'001}, 1060ms, std::nullopt},
            {"never sent", {8, 0}, 1060ms, std::nullopt},
            {"sent, but too long ago to be remembered", {7 + 256, 0}, 1060ms, std::nullopt},
        };
        SentBeats sent;
        sent.sent(Sequence(0x70007), at(1s));
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            CHECK((sent.round_trip(row.echo, at(row.arrived)) == row.trip));
        }
        sent.sent(Sequence(0x70007 + 256), at(2s));
        CHECK_FALSE(sent.round_trip({7, 0}, at(3s)).has_value());
    }
}

}  // namespace
}  // namespace inquest
