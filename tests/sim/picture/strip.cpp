// The strip of faults above the lanes, and their lines through the lanes.
#include "tests/sim/picture/lanes.hpp"
#include "tests/sim/picture/page.hpp"
#include "tests/sim/picture/palette.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim::picture {
namespace {

constexpr double row_height = 22;
constexpr double disc_radius = 8;
constexpr double word_gap = 13;  ///< from a disc's middle to its words
constexpr double row_spacing = 14;

constexpr Font words_font{.size = 11.5, .halo = Font::Halo::white};
constexpr Font words_font_end{.size = 11.5, .anchor = Font::Anchor::end, .halo = Font::Halo::white};
constexpr Font number_font{
    .size = 10, .colour = "#ffffff", .weight = Font::Weight::bold, .anchor = Font::Anchor::middle};

std::string_view colour_of(const Trouble& trouble) {
    return trouble.kind == Trouble::Kind::mending ? mended : fault;
}

}  // namespace

Duration Page::end_of(const Trouble& trouble) const {
    if (trouble.kind != Trouble::Kind::lasting) return trouble.from;
    return std::min(trouble.to.value_or(recording_.length()), recording_.length());
}

/// `2 s to 8 s`
std::string Page::when(const Trouble& trouble) const {
    const std::string from = scale_.words(trouble.from);
    if (trouble.kind != Trouble::Kind::lasting) return "at " + from;
    if (!trouble.to) return "from " + from + " on";
    return from + " to " + scale_.words(*trouble.to);
}

void Page::strip() {
    strip_top_ = y_;
    const Font bold{.weight = Font::Weight::bold};
    over_.text(page_margin, y_ + 15, "What happens", bold);
    for (std::size_t number = 0; number < recording_.troubles().size(); ++number) trouble(number);
    if (recording_.troubles().empty())
        over_.text(scale_.left(), y_ + 15, "nothing: no fault in this run", words_font);
    const std::size_t rows = std::max<std::size_t>(strip_rows_.size(), 1);
    y_ += static_cast<double>(rows) * row_height + 6;
}

void Page::trouble(std::size_t number) {
    const Trouble& trouble = recording_.troubles()[number];
    const double x = scale_.x(trouble.from);
    const double end = scale_.x(end_of(trouble));
    std::string words = fmt::format("{}: {}", when(trouble), trouble.text);
    const double room_right = scale_.right() - x - word_gap + 18;
    const double room_left = x - word_gap - scale_.left();
    const double width = text_width(words, words_font);
    const bool leftward = width > room_right && room_left > room_right;
    words = shortened(words, words_font, leftward ? room_left : room_right);
    const double written = text_width(words, words_font) + word_gap;
    const double y = leftward ? strip_row(x - written, std::max(end, x + disc_radius))
                              : strip_row(x - disc_radius, std::max(end, x + written));
    if (end > x) over_.box({x, y + disc_radius + 1, std::max(end - x, 2.0), 3}, colour_of(trouble));
    over_.disc(x, y, disc_radius, colour_of(trouble));
    over_.text(x, y + 3.6, std::to_string(number + 1), number_font);
    over_.text(leftward ? x - word_gap : x + word_gap, y + 4, words,
               leftward ? words_font_end : words_font);
    trouble_y_.push_back(y);
}

/// The middle of the first row of the strip that has room from here to there, which is then taken.
double Page::strip_row(double from, double to) {
    const auto has_room = [&](const std::vector<StripRow>& row) {
        return std::none_of(row.begin(), row.end(), [&](const StripRow& taken) {
            return from < taken.taken_to + row_spacing && to + row_spacing > taken.taken_from;
        });
    };
    const auto found = std::find_if(strip_rows_.begin(), strip_rows_.end(), has_room);
    const auto row = static_cast<std::size_t>(found - strip_rows_.begin());
    if (found == strip_rows_.end()) strip_rows_.emplace_back();
    strip_rows_[row].push_back({from, to});
    return strip_top_ + static_cast<double>(row) * row_height + 11;
}

/// A line down through the lanes for each fault, and one where it ends.
void Page::marks(double bottom) {
    const std::vector<Trouble>& all = recording_.troubles();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double x = scale_.x(all[i].from);
        under_.line(x, trouble_y_[i] + disc_radius, x, bottom,
                    {.colour = colour_of(all[i]), .dashes = "5 3", .opacity = 0.75});
        if (all[i].kind != Trouble::Kind::lasting || !all[i].to) continue;
        const double end = scale_.x(end_of(all[i]));
        under_.line(end, trouble_y_[i] + disc_radius, end, bottom,
                    {.colour = mended, .dashes = "2 3"});
    }
}

}  // namespace inquest::sim::picture
