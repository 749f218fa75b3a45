#include "heartbeat/endings/run_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>

namespace inquest::endings {
namespace {

constexpr std::string_view header =
    "# inquestd notes here how its run goes, and how it ended; do not edit.\n";
constexpr std::size_t value_width = 20;
constexpr std::size_t boot_id_bytes_max = 64;
constexpr int signal_max = 64;

constexpr std::string_view ending_key = "ending      = ";
constexpr std::string_view alive_key = "alive_ns    = ";
constexpr std::size_t ending_place = header.size();
constexpr std::size_t alive_place = ending_place + ending_key.size() + value_width + 1;

struct Named {
    Word word;
    std::string_view name;
};
constexpr Named names[] = {
    {Word::running, "running"}, {Word::told, "told"}, {Word::left, "left"}, {Word::died, "died"}};

/// The whole of `text` as a number from 1; nothing else passes.
template <typename Number>
std::optional<Number> number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && value > 0 ? std::optional(value) : std::nullopt;
}

std::optional<Wall> wall(std::string_view text) {
    const auto nanoseconds = number<std::int64_t>(text);
    return nanoseconds ? std::optional(Wall(Duration(*nanoseconds))) : std::nullopt;
}

std::optional<Ending> ending(std::string_view text) {
    for (const Named& named : names) {
        if (!text.starts_with(named.name)) continue;
        text.remove_prefix(named.name.size());
        if (named.word == Word::running) {
            return text.empty() ? std::optional(Ending{}) : std::nullopt;
        }
        if (!text.starts_with(' ')) return std::nullopt;
        const auto signal = number<int>(text.substr(1));
        if (!signal || *signal > signal_max) return std::nullopt;
        return Ending{named.word, *signal};
    }
    return std::nullopt;
}

std::optional<std::string> boot_id(std::string_view text) {
    if (text.empty() || text.size() > boot_id_bytes_max) return std::nullopt;
    for (const char c : text) {
        if (c <= ' ' || c > '~') return std::nullopt;
    }
    return std::string(text);
}

template <typename Value, typename Field>
bool take(std::optional<Value> value, Field& field) {
    if (value) field = Field(*value);
    return value.has_value();
}

bool take_line(std::string_view key, std::string_view value, RunRecord& record) {
    if (key == "ending") return take(ending(value), record.ending);
    if (key == "alive_ns") return take(wall(value), record.alive);
    if (key == "started_ns") return take(wall(value), record.started);
    if (key == "incarnation") return take(number<std::uint32_t>(value), record.incarnation);
    if (key == "session") return take(number<std::uint32_t>(value), record.session);
    if (key == "boot_id") return take(boot_id(value), record.boot_id);
    return false;
}

std::string_view trimmed(std::string_view text) {
    const auto end = text.find_last_not_of(" \n");
    return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

std::string ending_value(const Ending& ending) {
    for (const Named& named : names) {
        if (named.word != ending.word) continue;
        return ending.word == Word::running ? std::string(named.name)
                                            : fmt::format("{} {}", named.name, ending.signal);
    }
    return "running";
}

}  // namespace

Piece ending_piece(const Ending& ending) {
    return {ending_place, fmt::format("{}{:<{}}\n", ending_key, ending_value(ending), value_width)};
}

Piece alive_piece(Wall alive) {
    return {alive_place,
            fmt::format("{}{:<{}}\n", alive_key, alive.time_since_epoch().count(), value_width)};
}

std::string record_text(const RunRecord& record) {
    std::string text(header);
    text += ending_piece(record.ending).text;
    text += alive_piece(record.alive).text;
    text += fmt::format("started_ns  = {}\nincarnation = {}\nsession     = {}\nboot_id     = {}\n",
                        record.started.time_since_epoch().count(), record.incarnation.value,
                        record.session.value, record.boot_id);
    text.resize(record_bytes, ' ');
    text.back() = '\n';
    return text;
}

tl::expected<RunRecord, std::string> parse_record(std::string_view text) {
    if (text.size() != record_bytes) {
        return tl::unexpected(fmt::format("it has {} bytes, not {}", text.size(), record_bytes));
    }
    RunRecord record;
    for (int line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        const std::string_view whole = trimmed(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
        if (whole.empty() || whole.front() == '#') continue;
        const auto equals = whole.find(" = ");
        const bool taken =
            equals != std::string_view::npos &&
            take_line(trimmed(whole.substr(0, equals)), whole.substr(equals + 3), record);
        if (!taken) return tl::unexpected(fmt::format("line {} is not understood", line));
    }
    const bool complete = record.incarnation != Incarnation{} && record.session != Session{} &&
                          !record.boot_id.empty() && record.started != Wall{} &&
                          record.alive != Wall{};
    if (!complete) return tl::unexpected(std::string("a line is missing"));
    return record;
}

std::string signal_name(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace inquest::endings
