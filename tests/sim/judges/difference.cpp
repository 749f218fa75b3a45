#include "tests/sim/judges/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace inquest::sim {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t context = 2;
/// Beyond so many differing lines the table of the longest common part would not fit; then all of
/// them are shown as replaced.
constexpr std::size_t table_max = 4000;

struct Edit {
    char mark;  ///< ' ', '-' or '+'
    std::string_view line;
    std::size_t number;  ///< in its own text, from 1
};

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? "" : text.substr(end + 1);
    }
    return lines;
}

/// table[i][j]: length of the longest common part of a[i..] and b[j..].
std::vector<std::vector<std::uint16_t>> common(const Lines& a, const Lines& b) {
    std::vector table(a.size() + 1, std::vector<std::uint16_t>(b.size() + 1));
    for (std::size_t i = a.size(); i-- > 0;) {
        for (std::size_t j = b.size(); j-- > 0;) {
            table[i][j] = a[i] == b[j] ? static_cast<std::uint16_t>(table[i + 1][j + 1] + 1)
                                       : std::max(table[i + 1][j], table[i][j + 1]);
        }
    }
    return table;
}

std::vector<Edit> edits(const Lines& a, const Lines& b) {
    std::vector<Edit> result;
    const bool fits = a.size() <= table_max && b.size() <= table_max;
    const auto table = fits ? common(a, b) : std::vector<std::vector<std::uint16_t>>();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            result.push_back({' ', a[i], i + 1});
            ++i, ++j;
        } else if (i < a.size() && (j == b.size() || !fits || table[i + 1][j] >= table[i][j + 1])) {
            result.push_back({'-', a[i], i + 1});
            ++i;
        } else {
            result.push_back({'+', b[j], j + 1});
            ++j;
        }
    }
    return result;
}

bool near_change(const std::vector<Edit>& edits, std::size_t place) {
    const std::size_t first = place > context ? place - context : 0;
    const std::size_t last = std::min(edits.size(), place + context + 1);
    return std::any_of(edits.begin() + static_cast<std::ptrdiff_t>(first),
                       edits.begin() + static_cast<std::ptrdiff_t>(last),
                       [](const Edit& edit) { return edit.mark != ' '; });
}

}  // namespace

std::string difference(std::string_view expected, std::string_view actual) {
    if (expected == actual) return "";
    const std::vector<Edit> all = edits(lines_of(expected), lines_of(actual));
    std::string shown;
    bool gap = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!near_change(all, i)) {
            gap = true;
            continue;
        }
        if (gap) shown += fmt::format("@ line {}\n", all[i].number);
        gap = false;
        shown += fmt::format("{}{}\n", all[i].mark, all[i].line);
    }
    return shown.empty() ? "the texts differ in how their last line ends\n" : shown;
}

}  // namespace inquest::sim
