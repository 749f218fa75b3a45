#include "tests/sim/picture/lanes.hpp"

#include "tests/sim/picture/bars.hpp"
#include "tests/sim/picture/palette.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace inquest::sim::picture {
namespace {

constexpr double head_height = 18;
constexpr double quiet_height = 15;
constexpr double row_gap = 7;
constexpr double lane_gap = 18;
constexpr double gutter_gap = 8;

constexpr Font title_font{.size = 13, .weight = Font::Weight::bold};
constexpr Font strong{.weight = Font::Weight::bold};
constexpr Font faint{.size = 10.5, .colour = faint_ink};
constexpr Font faint_end{.size = 10.5, .colour = faint_ink, .anchor = Font::Anchor::end};
constexpr Font number{
    .size = 9, .colour = fault, .weight = Font::Weight::bold, .halo = Font::Halo::white};

/// Beyond so many, names are not listed where `all others` says it shorter.
constexpr std::size_t listed_max = 4;

bool speaks(std::string_view condition) {
    return condition == runs || condition == "isolated" || condition == "cannot testify";
}

}  // namespace

double LanePainter::lane(const LaneRows& rows, double y) {
    svg_.open(fmt::format("what {} says", listed(rows.observers)));
    svg_.line(page_margin, y, scale_.right(), y, {.colour = "#999999"});
    y = head(rows.observers, y + 5);
    const double top = y;
    for (const Row& each : rows.rows) y = row(rows.observers, each, y) + row_gap;
    if (!rows.quiet.empty()) {
        const std::string who = names(rows.observers, rows.quiet);
        y = quiet_row("of " + who, who + ": alive throughout", rows.observers, y);
    }
    mute(rows.observers.front(), top, y);
    svg_.close();
    return y + lane_gap - row_gap;
}

double LanePainter::quiet_lanes(const std::vector<std::size_t>& observers, double y) {
    svg_.line(page_margin, y, scale_.right(), y, {.colour = "#999999"});
    const bool all = observers.size() == recording_.lanes().size();
    const std::string who = all ? "every node" : listed(observers);
    const std::string verb = all || observers.size() == 1 ? " says" : " say";
    y = quiet_row(who + verb, who + verb + " of all others: alive throughout", {}, y + row_gap);
    return y + row_gap;
}

double LanePainter::quiet_row(const std::string& gutter, const std::string& words,
                              const std::vector<std::size_t>& observers, double y) {
    const double room = scale_.left() - gutter_gap - page_margin;
    svg_.box({scale_.left(), y, scale_.right() - scale_.left(), quiet_height}, quiet);
    svg_.text(scale_.left() - gutter_gap, y + 11, shortened(gutter, faint, room), faint_end);
    Labels labels(scale_.left(), scale_.right());
    if (!observers.empty()) keep_off_mute(observers.front(), labels);
    const std::string fitting =
        shortened(words, faint, scale_.right() - scale_.left() - 2 * gutter_gap);
    labels.wish({scale_.left(), scale_.right(), {fitting, "alive throughout"}, faint});
    labels.draw(svg_, y + 11);
    return y + quiet_height + row_gap;
}

// ---- The observer itself ------------------------------------------------------------------------

/// The title of a lane, on a line of its own if it is too long for the gutter.
double LanePainter::lane_title(const std::vector<std::size_t>& observers, double y) {
    const bool many = observers.size() > listed_max;
    const std::size_t first = observers.front();
    std::string words = many ? others(observers, "all nodes") : listed(observers);
    const Role role = recording_.cluster().members[first].role;
    if (observers.size() == 1 && role == Role::witness) words += " (witness)";
    words += observers.size() == 1 ? " says" : " say";
    svg_.text(page_margin, y + 13, shortened(words, title_font, scale_.right() - page_margin),
              title_font);
    const bool fits = text_width(words, title_font) <= scale_.left() - page_margin;
    return fits ? y : y + head_height;
}

/// How the observer itself fares. Where there are several, all of them ran all the time.
double LanePainter::head(const std::vector<std::size_t>& observers, double y) {
    y = lane_title(observers, y);
    const std::size_t observer = observers.front();
    const Lane& lane = recording_.lanes()[observer];
    std::vector<Stretch> all = stretches_of(lane.condition, scale_, recording_.length());
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const Stretch& each) { return each.change->word == runs; }),
              all.end());
    const std::string itself = name(observer) + " itself";
    draw_bars(svg_, scale_, all,
              {.colour = condition_colour, .of = itself, .y = y, .room = head_height - 3});

    Labels labels(scale_.left(), scale_.right());
    for (const Stretch& each : all) {
        const Colour& colour = condition_colour(each.change->word);
        labels.wish({each.from,
                     each.to,
                     {fmt::format("{} itself: {}", name(observer), colour.meaning),
                      fmt::format("{}: {}", name(observer), each.change->word), each.change->word},
                     strong,
                     10 + colour.rank,
                     Label::Room::beside});
        labels.bar(each.from, each.to);
    }
    note_stalls(lane, labels, y);
    note_faults(labels);
    labels.draw(svg_, y + 12);
    return y + head_height + 2;
}

void LanePainter::note_stalls(const Lane& lane, Labels& labels, double y) {
    for (const Mark& stall : lane.stalls) {
        const double x = scale_.x(stall.when);
        svg_.line(x, y, x, y + head_height - 3, {.colour = ink, .width = 2});
        labels.wish({x - 1, x + 1, {stall.text, "woke late"}, faint, 5, Label::Room::free});
    }
}

/// The numbers of the faults again, beside their lines: nobody wants to look up to the strip.
void LanePainter::note_faults(Labels& labels) const {
    const std::vector<Trouble>& all = recording_.troubles();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double x = scale_.x(all[i].from);
        Font font = number;
        if (all[i].kind == Trouble::Kind::mending) font.colour = mended;
        labels.wish({x - 2, x - 2, {std::to_string(i + 1)}, font, 30, Label::Room::exact});
    }
}

/// Hatches the rows while the observer says nothing.
void LanePainter::mute(std::size_t observer, double top, double bottom) {
    const History& condition = recording_.lanes()[observer].condition;
    for (const Stretch& each : stretches_of(condition, scale_, recording_.length())) {
        if (speaks(each.change->word)) continue;
        svg_.box({each.from, top, each.to - each.from, std::max(bottom - top - row_gap, 6.0)},
                 picture::mute,
                 fmt::format("{}: {}, says nothing", name(observer), each.change->word));
    }
}

/// No words where the rows will be hatched.
void LanePainter::keep_off_mute(std::size_t observer, Labels& labels) const {
    const History& condition = recording_.lanes()[observer].condition;
    for (const Stretch& each : stretches_of(condition, scale_, recording_.length())) {
        if (!speaks(each.change->word)) labels.block(each.from, each.to);
    }
}

std::string LanePainter::listed(const std::vector<std::size_t>& places) const {
    std::string result;
    for (const std::size_t place : places) {
        if (!result.empty()) result += ", ";
        result += name(place);
    }
    return result;
}

/// `all others but n4`: everybody but those that are missing in `places`.
std::string LanePainter::others(const std::vector<std::size_t>& places,
                                const std::string& all) const {
    std::vector<std::size_t> missing;
    for (std::size_t place = 0; place < recording_.lanes().size(); ++place) {
        if (std::find(places.begin(), places.end(), place) == places.end())
            missing.push_back(place);
    }
    if (missing.size() >= places.size()) return listed(places);
    return missing.empty() ? all : all + " but " + listed(missing);
}

std::string LanePainter::names(const std::vector<std::size_t>& observers,
                               const std::vector<std::size_t>& peers) const {
    if (observers.size() == 1) {
        if (peers.size() <= listed_max) return listed(peers);
        std::vector<std::size_t> known = peers;
        known.push_back(observers.front());
        const std::string shorter = others(known, "all others");
        return known.size() * 2 > recording_.lanes().size() ? shorter : listed(peers);
    }
    std::vector<std::size_t> rest;
    std::set_difference(peers.begin(), peers.end(), observers.begin(), observers.end(),
                        std::back_inserter(rest));
    if (rest.size() == peers.size()) return listed(rest);
    return rest.empty() ? "each other" : "each other, " + listed(rest);
}

}  // namespace inquest::sim::picture
