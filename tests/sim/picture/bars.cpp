#include "tests/sim/picture/bars.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim::picture {
namespace {

constexpr double thinnest = 2;  ///< pixels

std::string hint(const Scale& scale, const Stretch& stretch, const std::string& of) {
    const Change& change = *stretch.change;
    std::string text = fmt::format("{}: {}, {} to {}", of, change.word, scale.words(change.when),
                                   scale.words(stretch.end));
    if (!change.reason.empty()) text += fmt::format(" ({})", change.reason);
    return text;
}

}  // namespace

std::vector<Stretch> stretches_of(const History& history, const Scale& scale, Duration end) {
    std::vector<Stretch> all;
    const std::vector<Change>& changes = history.changes();
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].word.empty()) continue;
        const Duration until = history.until(i, end);
        const double from = std::min(scale.x(changes[i].when), scale.right() - thinnest);
        const double to = std::max(scale.x(until), from + thinnest);
        all.push_back({&changes[i], from, to, until});
    }
    return all;
}

void draw_bars(Svg& svg, const Scale& scale, std::vector<Stretch> all, const BarStyle& style) {
    std::stable_sort(all.begin(), all.end(), [&](const Stretch& a, const Stretch& b) {
        return style.colour(a.change->word).rank < style.colour(b.change->word).rank;
    });
    const Stretch* last = nullptr;
    for (const Stretch& each : all) {
        const std::string& word = each.change->word;
        const bool hidden = last != nullptr && last->change->word == word &&
                            each.from >= last->from && each.to <= last->to;
        if (hidden) continue;
        const double height = style.room * style.height(word);
        svg.box({each.from, style.y + (style.room - height) / 2, each.to - each.from, height},
                style.colour(word).fill, hint(scale, each, style.of));
        last = &each;
    }
}

}  // namespace inquest::sim::picture
