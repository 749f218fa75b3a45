#include "tests/sim/story/header_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace inquest::sim {
namespace {

enum class Times : std::uint8_t { once, often };

struct HeaderEntry {
    std::string_view word;
    std::string_view arguments;
    std::size_t arguments_min;
    Times times = Times::once;
};

constexpr std::array headers{
    HeaderEntry{"topology", "N PATH:KIND:FATE...", 2},
    HeaderEntry{"profile", "default|fast", 1},
    HeaderEntry{"timing", "KEY DURATION...", 2},
    HeaderEntry{"witness", "NODE...", 1},
    HeaderEntry{"voters", "NODE...", 1},
    HeaderEntry{"outside", "NODE...", 1},
    HeaderEntry{"without", "NODE PATH", 2, Times::often},
    HeaderEntry{"vms", "COUNT", 1},
    HeaderEntry{"fence", "LEVEL...", 1},
    HeaderEntry{"seed", "N", 1},
};

const HeaderEntry& entry_of(std::string_view word) {
    return *std::find_if(headers.begin(), headers.end(),
                         [&](const HeaderEntry& entry) { return entry.word == word; });
}

bool is_complete(const Line& line) {
    return line.words.size() > entry_of(line.words.front()).arguments_min;
}

}  // namespace

bool is_header(std::string_view word) {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const HeaderEntry& entry) { return entry.word == word; });
}

std::vector<std::string_view> header_words() {
    std::vector<std::string_view> words;
    for (const HeaderEntry& entry : headers) words.push_back(entry.word);
    return words;
}

HeaderLines::HeaderLines(std::vector<Line> lines, Margin& margin)
    : lines_(std::move(lines)), margin_(margin) {
    std::array<int, headers.size()> first{};  ///< the line that has the word first; 0: none yet
    for (const Line& each : lines_) {
        const HeaderEntry& entry = entry_of(each.words.front());
        int& before = first[static_cast<std::size_t>(&entry - headers.data())];
        if (!is_complete(each))
            note(each, "is not complete",
                 fmt::format("write it as `{} {}`", entry.word, entry.arguments));
        if (before > 0 && entry.times == Times::once)
            note(each, fmt::format("is in line {} already", before), "keep one of them");
        if (before == 0) before = each.number;
    }
}

const Line* HeaderLines::find(std::string_view word) const {
    const auto found = all(word);
    return found.empty() ? nullptr : found.front();
}

std::vector<const Line*> HeaderLines::all(std::string_view word) const {
    std::vector<const Line*> found;
    for (const Line& line : lines_) {
        if (line.words.front() == word && is_complete(line)) found.push_back(&line);
    }
    return found;
}

bool HeaderLines::mentions(std::string_view word) const {
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const Line& line) { return line.words.front() == word; });
}

void HeaderLines::note(int line, std::string_view key, std::string what, std::string remedy) {
    sound_ = false;
    margin_.note(line, key, std::move(what), std::move(remedy));
}

}  // namespace inquest::sim
