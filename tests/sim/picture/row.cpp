// The rows of a lane: a verdict's bar, and under it a band for each path.
#include "tests/sim/picture/bars.hpp"
#include "tests/sim/picture/lanes.hpp"
#include "tests/sim/picture/palette.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim::picture {
namespace {

constexpr double bar_height = 17;
constexpr double band_height = 10;
constexpr double gutter_gap = 8;

constexpr Font peer_name{.anchor = Font::Anchor::end};
constexpr Font verdict_word{.weight = Font::Weight::bold};
constexpr Font alive_word{.size = 10.5, .colour = faint_ink};
constexpr Font record_words{
    .size = 11.5, .colour = "#000000", .weight = Font::Weight::bold, .halo = Font::Halo::white};
constexpr Font path_word{.size = 8, .colour = "#111111", .halo = Font::Halo::white};
constexpr Font blind_word{.size = 8, .colour = "#111111", .halo = Font::Halo::white};
constexpr Font path_name{.size = 8.5, .colour = faint_ink, .anchor = Font::Anchor::end};

}  // namespace

double LanePainter::row(const std::vector<std::size_t>& observers, const Row& row, double y) {
    const double room = scale_.left() - gutter_gap - page_margin;
    svg_.text(scale_.left() - gutter_gap, y + 12,
              shortened("of " + names(observers, row.peers), peer_name, room), peer_name);
    verdict_bar(observers, row, y);
    y += bar_height + 1;
    // Those that were fresh all the time share a band, below the others.
    std::vector<std::size_t> fresh;
    for (std::size_t path = 0; path < recording_.cluster().paths.size(); ++path) {
        if (!shares(observers.front(), row, path)) continue;
        if (is_quiet_path(row.regard->paths[path], recording_))
            fresh.push_back(path);
        else
            y = path_band(observers, row, {path}, y);
    }
    return fresh.empty() ? y : path_band(observers, row, fresh, y);
}

void LanePainter::verdict_bar(const std::vector<std::size_t>& observers, const Row& row, double y) {
    const std::string of =
        fmt::format("{} says {}", listed(observers), names(observers, row.peers));
    draw_bars(svg_, scale_, stretches_of(row.regard->verdict, scale_, recording_.length()),
              {.of = of, .y = y, .room = bar_height});
    Labels labels(scale_.left(), scale_.right());
    keep_off_mute(observers.front(), labels);
    note_verdicts(observers, row, labels);
    mark_failovers(observers, row, labels, y + bar_height / 2);
    labels.draw(svg_, y + 12.5);
}

void LanePainter::note_verdicts(const std::vector<std::size_t>& observers, const Row& row,
                                Labels& labels) const {
    const std::vector<Stretch> all = stretches_of(row.regard->verdict, scale_, recording_.length());
    int worst = 0;
    for (const Stretch& each : all) worst = std::max(worst, verdict_colour(each.change->word).rank);
    for (const Stretch& each : all) {
        const std::string& word = each.change->word;
        const int rank = verdict_colour(word).rank;
        const bool tells = rank > verdict_colour("unknown").rank;
        std::vector<std::string> words = {fmt::format("{}: {}", names(observers, row.peers), word),
                                          word};
        const std::string explained = fmt::format("{} ({})", words.front(), each.change->reason);
        const bool has_room = text_width(explained, verdict_word) + 12 < each.to - each.from;
        if (tells && !each.change->reason.empty() && has_room)
            words.insert(words.begin(), explained);
        labels.wish({each.from, each.to, std::move(words), tells ? verdict_word : alive_word, rank,
                     tells && rank == worst ? Label::Room::beside : Label::Room::inside});
        if (tells) labels.bar(each.from, each.to);
    }
}

void LanePainter::mark_failovers(const std::vector<std::size_t>& observers, const Row& row,
                                 Labels& labels, double y) {
    for (const Duration when : row.regard->failovers) {
        const double x = scale_.x(when);
        const std::string words =
            fmt::format("seen enough to condemn {}", names(observers, row.peers));
        svg_.diamond(x, y, 8, fmt::format("{}, {}", words, scale_.words(when)));
        labels.wish({x - 6, x + 6, {words, "seen enough"}, record_words, 20, Label::Room::free});
        labels.block(x - 5, x + 5);
    }
}

/// One band for paths that fared alike.
double LanePainter::path_band(const std::vector<std::size_t>& observers, const Row& row,
                              const std::vector<std::size_t>& paths, double y) {
    std::string named;
    for (const std::size_t path : paths)
        named += (named.empty() ? "" : ", ") + recording_.cluster().paths[path].name;
    const double room = scale_.left() - gutter_gap - page_margin;
    svg_.text(scale_.left() - gutter_gap, y + 8, shortened(named, path_name, room), path_name);

    const History& history = row.regard->paths[paths.front()];
    const std::vector<Stretch> all = stretches_of(history, scale_, recording_.length());
    draw_bars(
        svg_, scale_, all,
        {.colour = path_colour,
         .height = band_thickness,
         .of = fmt::format("{} of {} on {}", listed(observers), names(observers, row.peers), named),
         .y = y,
         .room = band_height});
    Labels labels(scale_.left(), scale_.right());
    for (const Stretch& each : all) {
        const std::string& word = each.change->word;
        if (word == "fresh") continue;
        // Only what the observer says of itself tells more than the word.
        const std::string more =
            word == "blind" ? fmt::format("{}: {}", word, each.change->reason) : word;
        labels.wish({each.from, each.to, {more, word}, word == "blind" ? blind_word : path_word});
    }
    keep_off_mute(observers.front(), labels);
    labels.draw(svg_, y + 7.8);
    return y + band_height + 1;
}

/// Are both on this path? Of a path that one of them is not on there is nothing to see.
bool LanePainter::shares(std::size_t observer, const Row& row, std::size_t path) const {
    const ClusterConfig& cluster = recording_.cluster();
    const auto is_on = [&](std::size_t place) {
        const std::vector<PathId>& paths = cluster.members[place].paths;
        return std::any_of(paths.begin(), paths.end(),
                           [&](PathId each) { return each.value == path; });
    };
    return cluster.paths[path].admin == Switched::on && is_on(observer) &&
           std::any_of(row.peers.begin(), row.peers.end(), is_on);
}

}  // namespace inquest::sim::picture
