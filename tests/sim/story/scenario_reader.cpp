#include "tests/sim/story/scenario_reader.hpp"

#include "heartbeat/config/reader.hpp"
#include "heartbeat/config/suggestion.hpp"
#include "tests/sim/story/event_reader.hpp"
#include "tests/sim/story/header_lines.hpp"
#include "tests/sim/story/margin.hpp"
#include "tests/sim/story/names.hpp"
#include "tests/sim/story/quantity.hpp"
#include "tests/sim/story/timeline_line.hpp"
#include "tests/sim/story/topology_reader.hpp"
#include "tests/sim/story/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace inquest::sim {
namespace {

constexpr std::size_t text_bytes_max = 1024 * 1024;
constexpr int lines_max = 20'000;

/// A clock of day that is set further than this, all steps together, could leave its type's bounds.
constexpr Duration steps_max = std::chrono::hours(24 * 366 * 50);

/// The lines of a timeline by what they are.
struct Sorted {
    std::vector<Line> header;
    std::vector<Line> events;
};

bool looks_like_time(std::string_view word) { return word.find_first_of("0123456789+-.") == 0; }

void note_no_line(const Line& line, Margin& margin) {
    const std::string_view word = line.words.front();
    if (find_verb(word))
        return margin.note(line.number, word, "has no time in front of it",
                           fmt::format("write it as in `5s {} ...`", word));
    margin.note(line.number, word, "is neither a time nor a word that a file begins with",
                config::suggestion(word, header_words()));
}

Sorted sorted(const std::vector<Line>& lines, Margin& margin) {
    Sorted sorted;
    for (const Line& line : lines) {
        const std::string_view word = line.words.front();
        if (is_header(word)) {
            if (!sorted.events.empty())
                margin.note(line.number, word, "stands after the first event",
                            fmt::format("move it above line {}", sorted.events.front().number));
            sorted.header.push_back(line);
        } else if (looks_like_time(word)) {
            sorted.events.push_back(line);
        } else {
            note_no_line(line, margin);
        }
    }
    return sorted;
}

/// The names after `join` and `invite`.
Names::List joining_words(const std::vector<Line>& events) {
    Names::List words;
    for (const Line& line : events) {
        if (line.words.size() < 3 || (line.words[1] != "join" && line.words[1] != "invite"))
            continue;
        words.insert(words.end(), line.words.begin() + 2, line.words.end());
    }
    return words;
}

bool fits(std::string_view text, Margin& margin) {
    if (text.size() > text_bytes_max)
        margin.note(0, "", "is longer than 1 MiB", "name a timeline");
    else if (std::count(text.begin(), text.end(), '\n') >= lines_max)
        margin.note(0, "", fmt::format("has more than {} lines", lines_max), "make it shorter");
    return margin.clean();
}

/// The `end`, where there is one.
std::optional<Event> end_of(const Events& events, Margin& margin) {
    std::optional<Event> end;
    for (const Event& event : events) {
        if (event.verb != Verb::end) continue;
        if (end)
            margin.note(event.line, "end", fmt::format("is in line {} already", end->line),
                        "keep one of them");
        else
            end = event;
    }
    return end;
}

void check_end(const Event& end, const Events& events, Margin& margin) {
    for (const Event& event : events) {
        if (event.verb == Verb::end) continue;
        const bool follows = event.when == end.when && event.line > end.line;
        if (event.when > end.when || follows)
            margin.note(event.line, entry_of(event.verb).word,
                        fmt::format("comes after the end (line {})", end.line),
                        "let it happen earlier, or the run end later");
    }
}

void check_steps(const Events& events, Margin& margin) {
    Duration sum{};
    for (const Event& event : events) {
        if (event.verb != Verb::clock_step) continue;
        sum += std::chrono::abs(event.length);
        if (sum <= steps_max) continue;
        return margin.note(event.line, "clock-step", "all steps together are more than 50 years",
                           "set clocks less far");
    }
}

void read_events(const std::vector<Line>& lines, const Names& names, Scenario& scenario,
                 Margin& margin) {
    Events& events = scenario.events;
    for (const Line& line : lines) {
        if (margin.full()) return;
        if (auto event = read_event(line, names, margin)) events.push_back(std::move(*event));
    }
    if (const auto end = end_of(events, margin)) check_end(*end, events, margin);
    check_steps(events, margin);
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.when < b.when; });
    if (!events.empty()) scenario.length = events.back().when;
}

}  // namespace

tl::expected<Scenario, Complaints> read_bare_timeline(std::string_view text,
                                                      const std::string& file) {
    Margin margin(file);
    Scenario scenario;
    if (fits(text, margin)) {
        const auto lines = lines_of(text);
        const Sorted parts = sorted(lines, margin);
        const Names::List joining = joining_words(parts.events);
        const Understood cluster = read_topology(parts.header, joining, scenario, margin);
        const Names names(cluster == Understood::yes ? &scenario.cluster : nullptr);
        read_events(parts.events, names, scenario, margin);
    }
    if (!margin.clean()) return tl::unexpected(margin.take());
    return scenario;
}

tl::expected<Scenario, Complaints> read_scenario(std::string_view cluster_toml,
                                                 std::string_view timeline) {
    Margin margin("timeline");
    Scenario scenario;
    auto host = config::read_cluster_alone(std::string(cluster_toml));
    if (host) scenario.cluster = std::move(host->cluster);
    if (fits(timeline, margin)) {
        const auto lines = lines_of(timeline);
        const Sorted parts = sorted(lines, margin);
        read_beginning(parts.header, host ? Understood::yes : Understood::no, scenario, margin);
        read_events(parts.events, Names(host ? &scenario.cluster : nullptr), scenario, margin);
    }
    Complaints complaints = host ? Complaints{} : std::move(host.error());
    std::erase_if(complaints,
                  [](const auto& each) { return each.severity != config::Severity::error; });
    const Complaints noted = margin.take();
    complaints.insert(complaints.end(), noted.begin(), noted.end());
    if (!complaints.empty()) return tl::unexpected(std::move(complaints));
    return scenario;
}

}  // namespace inquest::sim
