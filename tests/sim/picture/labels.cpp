#include "tests/sim/picture/labels.hpp"

#include <algorithm>
#include <numeric>

namespace inquest::sim::picture {
namespace {

constexpr double gap = 4;
constexpr double near_enough = 60;
constexpr double smallest = 8;  ///< of fonts

}  // namespace

void Labels::draw(Svg& svg, double baseline) {
    std::vector<std::size_t> order(wishes_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return wishes_[a].rank > wishes_[b].rank;
    });
    for (const std::size_t wish : order) {
        const Label& label = wishes_[wish];
        const bool placed = std::any_of(
            label.words.begin(), label.words.end(),
            [&](const std::string& words) { return place(svg, baseline, label, words); });
        if (placed) continue;
        if (label.room == Label::Room::free) before(svg, baseline, label);
        if (label.room == Label::Room::free || label.room == Label::Room::exact) continue;
        Label small = label;
        small.font.size = std::min(label.font.size, smallest);
        inside(svg, baseline - 0.5, small, label.words.back());
    }
}

bool Labels::place(Svg& svg, double baseline, const Label& label, const std::string& words) {
    const Font& font = label.font;
    switch (label.room) {
        case Label::Room::inside: return inside(svg, baseline, label, words);
        case Label::Room::beside: {
            if (inside(svg, baseline, label, words)) return true;
            const std::string pointing = "\u2190 " + words;
            const double x = label.to + gap;
            if (stands_on_bar(x, x + text_width(pointing, font))) return false;
            return write(svg, baseline, x, pointing, font);
        }
        case Label::Room::free: return near(svg, baseline, label, words);
        case Label::Room::exact: return write(svg, baseline, label.from + gap, words, font);
    }
    return false;
}

bool Labels::inside(Svg& svg, double baseline, const Label& label, const std::string& words) {
    const double width = text_width(words, label.font);
    const bool tight = label.to - label.from < width + 2 * gap;
    const double x = first_free(label.from + (tight ? 1 : gap), width);
    return x + width <= label.to - 1 && write(svg, baseline, x, words, label.font);
}

bool Labels::near(Svg& svg, double baseline, const Label& label, const std::string& words) {
    Font font = label.font;
    font.halo = Font::Halo::white;
    for (const double size : {font.size, smallest}) {
        font.size = size;
        const double x = first_free(label.to + gap, text_width(words, font));
        if (x <= label.to + near_enough && write(svg, baseline, x, words, font)) return true;
    }
    return false;
}

/// To the left, where the right is taken.
bool Labels::before(Svg& svg, double baseline, const Label& label) {
    Font font = label.font;
    font.halo = Font::Halo::white;
    const std::string pointing = label.words.front() + " \u2192";
    const double width = text_width(pointing, font);
    const double x = label.from - gap - width;
    if (x < left_ || !is_free(x, x + width)) return false;
    font.anchor = Font::Anchor::end;
    svg.text(x + width, baseline, pointing, font);
    taken_.push_back({x, x + width});
    return true;
}

bool Labels::write(Svg& svg, double baseline, double x, const std::string& words,
                   const Font& font) {
    const double end = x + text_width(words, font);
    if (x < left_ || end > right_ || !is_free(x, end)) return false;
    svg.text(x, baseline, words, font);
    taken_.push_back({x, end});
    return true;
}

bool Labels::is_free(double from, double to) const {
    return std::none_of(taken_.begin(), taken_.end(), [&](const Taken& taken) {
        return from < taken.to + gap && to > taken.from - gap;
    });
}

bool Labels::stands_on_bar(double from, double to) const {
    return std::any_of(bars_.begin(), bars_.end(),
                       [&](const Taken& bar) { return from < bar.to && to > bar.from; });
}

/// The first place at or after `from` that has room for so much.
double Labels::first_free(double from, double width) const {
    for (bool moved = true; moved;) {
        moved = false;
        for (const Taken& taken : taken_) {
            if (from < taken.to + gap && from + width > taken.from - gap) {
                from = taken.to + gap + 0.01;
                moved = true;
            }
        }
    }
    return from;
}

}  // namespace inquest::sim::picture
