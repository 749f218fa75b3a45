#include "heartbeat/cli/moment.hpp"

#include "heartbeat/config/duration.hpp"

#include <charconv>
#include <cstddef>

namespace inquest::cli {
namespace {

/// Takes fixed fields off the front of a text; after the first that does not fit, `sound` is false.
class Fields {
 public:
    explicit Fields(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        int value = 0;
        if (rest_.size() < count) {
            sound_ = false;
            return 0;
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') sound_ = false;
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    bool next_is(std::string_view any) {
        if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void must(std::string_view any) { sound_ = next_is(any) && sound_; }
    bool next_is_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
    bool sound() const { return sound_; }
    bool at_end() const { return rest_.empty(); }

 private:
    std::string_view rest_;
    bool sound_ = true;
};

Duration fraction(Fields& fields) {
    Duration sum{0};
    for (Duration worth = std::chrono::milliseconds(100); fields.next_is_digit(); worth /= 10) {
        sum += worth * fields.digits(1);
    }
    return sum;
}

Duration offset(Fields& fields) {
    if (fields.next_is("Zz") || fields.at_end()) return Duration{0};
    const bool east = fields.next_is("+");
    if (!east) fields.must("-");
    const Duration hours = std::chrono::hours(fields.digits(2));
    fields.next_is(":");
    const Duration length = hours + std::chrono::minutes(fields.digits(2));
    return east ? length : -length;
}

}  // namespace

std::optional<Wall> parse_moment(std::string_view written) {
    Fields fields(written);
    const std::chrono::year year(fields.digits(4));
    fields.must("-");
    const std::chrono::month month(static_cast<unsigned>(fields.digits(2)));
    fields.must("-");
    const std::chrono::day day(static_cast<unsigned>(fields.digits(2)));
    const std::chrono::year_month_day date(year, month, day);
    fields.must("T ");
    const int hours = fields.digits(2);
    fields.must(":");
    const int minutes = fields.digits(2);
    const int seconds = fields.next_is(":") ? fields.digits(2) : 0;
    const Duration part = fields.next_is(".") ? fraction(fields) : Duration{0};
    const Duration east = offset(fields);
    if (!fields.sound() || !fields.at_end() || !date.ok()) return std::nullopt;
    if (int{year} < 1970 || int{year} > 2200 || hours > 23 || minutes > 59 || seconds > 60) {
        return std::nullopt;
    }
    return Wall(std::chrono::sys_days(date)) + std::chrono::hours(hours) +
           std::chrono::minutes(minutes) + std::chrono::seconds(seconds) + part - east;
}

std::optional<Duration> elapsed(std::string_view earlier, std::string_view later) {
    const auto begin = parse_moment(earlier);
    const auto end = parse_moment(later);
    if (!begin || !end || *end < *begin) return std::nullopt;
    return *end - *begin;
}

tl::expected<Duration, std::string> parse_since(std::string_view written, Wall now) {
    if (const auto moment = parse_moment(written)) {
        if (*moment > now) return tl::unexpected(std::string("is in the future"));
        return now - *moment;
    }
    if (const auto duration = config::parse_duration(written)) return *duration;
    return tl::unexpected(std::string("is neither a length of time nor a moment"));
}

}  // namespace inquest::cli
