#include "tests/sim/picture/scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace inquest::sim::picture {
namespace {

using namespace std::chrono_literals;

constexpr double tick_room = 75;  ///< pixels
constexpr Duration in_minutes_above = 2min;

constexpr Duration ticks[] = {10ms, 20ms, 50ms, 100ms, 200ms, 500ms, 1s,    2s, 5s, 10s, 15s,
                              30s,  1min, 2min, 5min,  10min, 15min, 30min, 1h, 2h, 6h,  12h};

std::int64_t microseconds(Duration length) {
    return std::chrono::duration_cast<std::chrono::microseconds>(length).count();
}

/// `.25` of 1250 ms; nothing of whole seconds.
std::string fraction(std::int64_t milliseconds) {
    if (milliseconds % 1000 == 0) return "";
    std::string digits = fmt::format(".{:03}", milliseconds % 1000);
    while (digits.back() == '0') digits.pop_back();
    return digits;
}

}  // namespace

double Scale::x(Duration when) const {
    // Whole hundredths of a pixel: the same on every machine.
    const auto width = static_cast<std::int64_t>((right_ - left_) * 100);
    const std::int64_t length = std::max<std::int64_t>(microseconds(length_), 1);
    const std::int64_t inside = std::clamp<std::int64_t>(microseconds(when), 0, length);
    const std::int64_t hundredths = inside * width / length;
    return left_ + static_cast<double>(hundredths) / 100;
}

Duration Scale::tick() const {
    for (const Duration tick : ticks) {
        if (x(tick) - left_ >= tick_room) return tick;
    }
    return std::max(length_, Duration(1));
}

std::string Scale::words(Duration when) const {
    if (length_ <= in_minutes_above) return seconds_words(when);
    const std::int64_t milliseconds = microseconds(when) / 1000;
    return fmt::format("{}:{:02}{}", milliseconds / 60'000, milliseconds / 1000 % 60,
                       fraction(milliseconds));
}

std::string seconds_words(Duration length) {
    const std::int64_t milliseconds = microseconds(length) / 1000;
    const std::int64_t size = milliseconds < 0 ? -milliseconds : milliseconds;
    return fmt::format("{}{}{} s", milliseconds < 0 ? "-" : "", size / 1000, fraction(size));
}

}  // namespace inquest::sim::picture
