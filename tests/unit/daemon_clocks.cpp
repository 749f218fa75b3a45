#include "heartbeat/daemon/clocks.hpp"

#include <doctest/doctest.h>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

TEST_CASE("wall time counts back from both clocks") {
    // 2026-11-22T14:02:07.5Z, at 100 s of the boot clock.
    const Clocks clocks{at(100s), 1795356127s + 500ms};
    struct Row {
        const char* why;
        Instant instant;
        const char* expect;
    };
    const Row rows[] = {
        {"now", at(100s), "2026-11-22T14:02:07.500000Z"},
        {"a second and a half ago", at(98500ms), "2026-11-22T14:02:06.000000Z"},
        {"microseconds are kept, nanoseconds are not", at(100s + 1999ns),
         "2026-11-22T14:02:07.500001Z"},
        {"before midnight", at(100s) - 15h, "2026-11-21T23:02:07.500000Z"},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.why));
        CHECK(wall_time(row.instant, clocks) == row.expect);
    }
}

}  // namespace
}  // namespace inquest::daemon
