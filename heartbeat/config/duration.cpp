#include "heartbeat/config/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace inquest::config {
namespace {

struct Unit {
    std::string_view name;
    Duration length;
};
constexpr std::array<Unit, 4> units{{
    {"ms", std::chrono::milliseconds(1)},
    {"s", std::chrono::seconds(1)},
    {"m", std::chrono::minutes(1)},
    {"h", std::chrono::hours(1)},
}};

constexpr std::string_view digits = "0123456789";

std::optional<Duration> unit_length(std::string_view name) {
    for (const Unit& unit : units) {
        if (unit.name == name) return unit.length;
    }
    return std::nullopt;
}

/// Digit by digit each place is worth a tenth of the one before it.
Duration fraction_of(Duration unit, std::string_view fraction) {
    Duration sum{0};
    Duration worth = unit;
    for (const char digit : fraction) {
        worth /= 10;
        sum += worth * (digit - '0');
    }
    return sum;
}

}  // namespace

tl::expected<Duration, std::string> parse_duration(std::string_view written) {
    const std::string shown = "\"" + std::string(written.substr(0, 40)) + "\"";
    const auto refused = [&](const char* why) { return tl::unexpected(shown + why); };

    const std::size_t whole_end = std::min(written.find_first_not_of(digits), written.size());
    const std::string_view whole = written.substr(0, whole_end);
    if (whole.empty()) return refused(" is no length of time");
    std::string_view rest = written.substr(whole_end);
    std::string_view fraction;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        fraction = rest.substr(0, std::min(rest.find_first_not_of(digits), rest.size()));
        if (fraction.empty()) return refused(" is no length of time");
        rest.remove_prefix(fraction.size());
    }
    if (rest.empty()) return refused(" has no unit");
    const auto unit = unit_length(rest);
    if (!unit) return refused(" has an unknown unit");

    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
    if (error != std::errc() || count > duration_max / *unit) return refused(" is too long");
    return *unit * count + fraction_of(*unit, fraction);
}

std::string duration_text(Duration length) {
    for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
        const bool fits = length % unit->length == Duration::zero() && length >= unit->length;
        if (fits) return std::to_string(length / unit->length) + std::string(unit->name);
    }
    const auto ms = std::chrono::milliseconds(1);
    const Duration rest = length % ms;
    std::string text = std::to_string(length / ms);
    if (rest > Duration::zero()) {
        std::string fraction = std::to_string((ms + rest).count()).substr(1);
        while (fraction.back() == '0') fraction.pop_back();
        text += "." + fraction;
    }
    return text + "ms";
}

}  // namespace inquest::config
