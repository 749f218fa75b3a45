// When a node doubts itself, for how long, and when it should tell somebody.
#include "heartbeat/core/stall_gate.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest {
namespace {

using namespace std::chrono_literals;

constexpr StallGate::Limits limits{.stall = 50ms, .clean = 100ms, .row = 400ms};

TEST_SUITE("core.stall_gate") {
    TEST_CASE("waking late by more than the limit is a stall") {
        struct Row {
            const char* why;
            Duration late;
            Duration stall;
        };
        constexpr Row rows[] = {
            {"woken before the deadline, by an event", -10ms, 0ms},
            {"on time", 0ms, 0ms},
            {"as late as a busy machine makes it", 50ms, 0ms},
            {"a nanosecond more", 50ms + 1ns, 50ms + 1ns},
            {"suspended over night", 8h, 8h},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            StallGate gate(limits);
            const Instant now = at(1s) + row.late;
            CHECK(gate.woke(now, at(1s)) == row.stall);
            CHECK(gate.closed(now) == (row.stall > 0ms));
            CHECK(gate.last_stall() == row.stall);
        }
    }

    TEST_CASE("after a stall the gate stays closed for one clean interval") {
        StallGate gate(limits);
        gate.woke(at(2s), at(1s));
        CHECK(gate.closed(at(2099ms)));
        CHECK_FALSE(gate.closed(at(2100ms)));
        CHECK(gate.opens_at() == at(2100ms));
    }

    TEST_CASE("three in a row, each within the time of the one before, and it cannot testify") {
        struct Row {
            const char* why;
            Duration pause;  ///< from the gate's opening to the next stall's beginning
            bool expect;
        };
        constexpr Row rows[] = {
            {"one right after the other", 0ms, true},
            {"the last instant of the row", 400ms - 1ns, true},
            {"the row is over", 400ms, false},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            StallGate gate(limits);
            Instant now = at(1s);
            for (int i = 0; i < 3; ++i) {
                CHECK_FALSE(gate.cannot_testify());
                const Instant promised = now;
                now = promised + 60ms;
                gate.woke(now, promised);
                now = gate.opens_at() + row.pause;
            }
            CHECK(gate.cannot_testify() == row.expect);
        }
    }

    TEST_CASE("it can testify again when a row's time has passed without a stall") {
        StallGate gate(limits);
        for (int i = 0; i < 3; ++i) gate.woke(at(1s) + 100ms * i, at(900ms) + 100ms * i);
        CHECK(gate.cannot_testify());
        const Instant ends = gate.row_ends();
        gate.woke(ends - 1ns, ends - 1ns);
        CHECK(gate.cannot_testify());
        gate.woke(ends, ends);
        CHECK_FALSE(gate.cannot_testify());
    }
}

}  // namespace
}  // namespace inquest
