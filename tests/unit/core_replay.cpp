// What is newer than all before it, and what is not.
#include "heartbeat/core/replay.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest {
namespace {

Beat beat(std::uint32_t incarnation, std::uint32_t session, std::uint64_t sequence) {
    Beat result;
    result.incarnation = Incarnation(incarnation);
    result.session = Session(session);
    result.sequence = Sequence(sequence);
    return result;
}

TEST_SUITE("core.replay") {
    TEST_CASE("incarnation, then session, then sequence") {
        struct Row {
            const char* why;
            Beat next;
            bool expect;
        };
        const Row rows[] = {
            {"the next one", beat(2, 2, 101), true},
            {"numbers may be missing", beat(2, 2, 999), true},
            {"the same again", beat(2, 2, 100), false},
            {"one that was overtaken", beat(2, 2, 99), false},
            {"a new session begins anew", beat(2, 3, 0), true},
            {"a former session, however far it was", beat(2, 1, 999), false},
            {"a new incarnation begins anew", beat(3, 1, 0), true},
            {"a former incarnation, however far it was", beat(1, 9, 999), false},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            ReplayGuard guard;
            CHECK(guard.take(beat(2, 2, 100)));
            CHECK(guard.take(row.next) == row.expect);
            CHECK_FALSE(guard.take(row.next));
            CHECK_FALSE(guard.take(beat(2, 2, 100)));
        }
    }

    TEST_CASE("the very first is taken, even number zero") {
        ReplayGuard guard;
        CHECK(guard.take(beat(0, 0, 0)));
        CHECK_FALSE(guard.take(beat(0, 0, 0)));
    }
}

}  // namespace
}  // namespace inquest
