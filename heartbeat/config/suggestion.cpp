#include "heartbeat/config/suggestion.hpp"

#include <algorithm>

namespace inquest::config {
namespace {

/// A longer word than any key; also the bound on the work below.
constexpr std::size_t word_length_max = 64;

std::string list_text(const std::vector<std::string_view>& known) {
    std::string list;
    for (const std::string_view word : known) {
        if (!list.empty()) list += ", ";
        list += word;
    }
    return list;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
    if (word.size() > word_length_max) return {};
    std::string_view best;
    std::size_t best_distance = 3;
    for (const std::string_view candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        // Of a word of three letters hardly anything is left after two changes.
        if (distance >= best_distance || distance * 2 > candidate.size()) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
    const std::string_view near = nearest(word, known);
    if (!near.empty()) return "did you mean `" + std::string(near) + "`?";
    return known.empty() ? "" : "use one of: " + list_text(known);
}

}  // namespace inquest::config
