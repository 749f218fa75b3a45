#include "tests/sim/story/quantity.hpp"

#include "heartbeat/config/duration.hpp"
#include "tests/sim/story/margin.hpp"
#include "tests/sim/world/host_clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t percent_digits = 4;  ///< after the point
constexpr std::int64_t millionths_in_percent = 10'000;
constexpr std::size_t packet_min = 68;  ///< RFC 791: every link passes it
constexpr std::size_t packet_max = 65'535;

tl::unexpected<Mistake> mistake(std::string what, std::string remedy) {
    return tl::unexpected(Mistake{std::move(what), std::move(remedy)});
}

tl::expected<Duration, Mistake> parse_unsigned(std::string_view written) {
    auto length = config::parse_duration(written);
    if (length) return *length;
    return mistake(length.error(),
                   "write a number with its unit (ms, s, m, h), such as 200ms or 12.5s");
}

/// All of `written` as a number; nothing where it is none or too large for its type.
template <typename Number>
std::optional<Number> whole(std::string_view written) {
    Number number{};
    const char* last = written.data() + written.size();
    const auto [end, error] = std::from_chars(written.data(), last, number);
    return error == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `123` and 1500 of 10000ths: "123.15"; without a fraction that is nothing.
std::string decimal(std::int64_t number, std::int64_t fraction, int digits) {
    if (fraction == 0) return fmt::format("{}", number);
    std::string text = fmt::format("{}.{:0{}}", number, fraction, digits);
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

}  // namespace

tl::expected<Duration, Mistake> parse_time(std::string_view written) {
    if (written.starts_with('-'))
        return mistake("a time cannot be negative", "count from the start of the world, as in 5s");
    auto time = parse_unsigned(written);
    if (time && *time > length_max)
        return mistake(shown(written) + " is beyond 24h, the longest run", "let it happen earlier");
    return time;
}

tl::expected<Duration, Mistake> parse_length(std::string_view written) {
    if (written.starts_with('-'))
        return mistake("a length of time cannot be negative", "write it without a sign, as in 5s");
    auto length = parse_unsigned(written);
    if (length && *length > length_max)
        return mistake(shown(written) + " is longer than 24h, the longest run", "make it shorter");
    return length;
}

tl::expected<Duration, Mistake> parse_step(std::string_view written) {
    if (!written.starts_with('-')) return parse_unsigned(written);
    return parse_unsigned(written.substr(1)).map([](Duration length) { return -length; });
}

tl::expected<std::int64_t, Mistake> parse_percent(std::string_view written) {
    const std::size_t point = std::min(written.find('.'), written.size());
    const std::string_view fraction = written.substr(std::min(point + 1, written.size()));
    std::string digits(fraction);
    digits.resize(percent_digits, '0');
    const auto percent = whole<std::int64_t>(written.substr(0, point));
    const bool sound = is_digits(written.substr(0, point)) && fraction.size() <= percent_digits &&
                       is_digits(digits) && (point == written.size() || !fraction.empty());
    if (sound && percent && *percent <= 100) {
        const std::int64_t millionths =
            *percent * millionths_in_percent + whole<std::int64_t>(digits).value_or(0);
        if (millionths <= 100 * millionths_in_percent) return millionths;
    }
    return mistake("\"" + shown(written) + "\" is no percentage",
                   "write 0 to 100 with at most 4 digits after the point, such as 20 or 0.5");
}

tl::expected<std::int64_t, Mistake> parse_ppm(std::string_view written) {
    const auto ppm = whole<std::int64_t>(written);
    if (ppm && *ppm <= HostClock::drift_max && *ppm >= -HostClock::drift_max) return *ppm;
    return mistake("\"" + shown(written) + "\" is no rate of a clock that there is",
                   fmt::format("write whole millionths from -{0} to {0}", HostClock::drift_max));
}

tl::expected<std::uint64_t, Mistake> parse_count(std::string_view written, std::uint64_t least,
                                                 std::uint64_t most) {
    const auto count = whole<std::uint64_t>(written);
    if (count && *count >= least && *count <= most) return *count;
    return mistake("\"" + shown(written) + "\" is not what may stand here",
                   fmt::format("write a whole number from {} to {}", least, most));
}

tl::expected<std::size_t, Mistake> parse_packet(std::string_view written) {
    return parse_count(written, packet_min, packet_max);
}

std::string time_text(Duration time) { return decimal(time / 1s, (time % 1s).count(), 9) + "s"; }

std::string length_text(Duration length) {
    if (length < 0s) return "-" + length_text(-length);
    if (length >= 1h && length % 1h == 0s) return fmt::format("{}h", length / 1h);
    if (length >= 1min && length % 1min == 0s) return fmt::format("{}m", length / 1min);
    if (length >= 1s || length == 0s) return time_text(length);
    return decimal(length / 1ms, (length % 1ms).count(), 6) + "ms";
}

std::string percent_text(std::int64_t millionths) {
    return decimal(millionths / millionths_in_percent, millionths % millionths_in_percent,
                   static_cast<int>(percent_digits));
}

}  // namespace inquest::sim
