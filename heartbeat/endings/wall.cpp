#include "heartbeat/endings/wall.hpp"

#include <fmt/format.h>

namespace inquest::endings {
namespace {

/// 2026-11-22T14:02:07, and what is left of the second.
std::string date_and_time(Wall wall) {
    using namespace std::chrono;
    const auto day = floor<days>(wall);
    const year_month_day date(day);
    const hh_mm_ss time(floor<seconds>(wall) - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int{date.year()},
                       unsigned{date.month()}, unsigned{date.day()}, time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

}  // namespace

std::string wall_text(Wall wall) {
    using namespace std::chrono;
    const auto micro = floor<microseconds>(wall) - floor<seconds>(wall);
    return fmt::format("{}.{:06}Z", date_and_time(wall), micro.count());
}

std::string wall_phrase(Wall wall) { return date_and_time(wall) + "Z"; }

}  // namespace inquest::endings
