#include "tests/sim/picture/page.hpp"

#include "tests/sim/picture/lanes.hpp"
#include "tests/sim/picture/palette.hpp"
#include "tests/sim/picture/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace inquest::sim::picture {
namespace {

constexpr double page_width = 1320;
constexpr double gutter = 175;  ///< names stand left of this
constexpr double right_margin = 24;

constexpr Font heading{.size = 18, .weight = Font::Weight::bold};
constexpr Font under_heading{.size = 11.5, .colour = faint_ink};
constexpr Font axis_word{.size = 10.5, .colour = faint_ink, .anchor = Font::Anchor::middle};

std::string counted(std::size_t count, const std::string& noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// `3 nodes (n1, n2, n3), 2 paths (lan-a on sw-a, lan-b on sw-b)`
std::string topology(const ClusterConfig& cluster) {
    std::string nodes;
    for (const MemberConfig& member : cluster.members) {
        nodes += (nodes.empty() ? "" : ", ") + member.name;
        if (member.role == Role::witness) nodes += " (witness)";
    }
    std::string paths;
    for (const PathConfig& path : cluster.paths)
        paths += fmt::format("{}{} on {}", paths.empty() ? "" : ", ", path.name, path.fate);
    return fmt::format("{}: {}; {}: {}", counted(cluster.members.size(), "node"), nodes,
                       counted(cluster.paths.size(), "path"), paths);
}

}  // namespace

Page::Page(const std::string& name, std::uint64_t seed, const Recording& recording)
    : name_(name),
      seed_(seed),
      recording_(recording),
      scale_(gutter, page_width - right_margin, recording.length()) {}

std::string Page::document() {
    title();
    axis();
    strip();
    const double top = y_;
    lanes();
    const double bottom = y_;
    shade(top - 4, bottom);
    grid(top - 4, bottom);
    marks(bottom);
    legend();
    under_.append(over_);
    return under_.document(page_width, y_, name_ + ": a run of inquest-sim", patterns());
}

void Page::title() {
    const double room = page_width - page_margin - right_margin;
    over_.text(page_margin, 28, shortened(name_, heading, room), heading);
    const std::string under = fmt::format("{}; {}, seed {}", topology(recording_.cluster()),
                                          seconds_words(recording_.length()), seed_);
    over_.text(page_margin, 46, shortened(under, under_heading, room), under_heading);
    y_ = 58;
}

void Page::axis() {
    const Duration tick = scale_.tick();
    for (Duration when{}; when <= recording_.length(); when += tick) {
        const double x = scale_.x(when);
        over_.line(x, y_ + 16, x, y_ + 21, {.colour = faint_ink});
        over_.text(x, y_ + 12, scale_.words(when), axis_word);
    }
    over_.line(scale_.left(), y_ + 21, scale_.right(), y_ + 21, {.colour = faint_ink});
    y_ += 30;
}

void Page::grid(double top, double bottom) {
    const Duration tick = scale_.tick();
    for (Duration when{}; when <= recording_.length(); when += tick)
        under_.line(scale_.x(when), top, scale_.x(when), bottom, {.colour = picture::grid});
}

// ---- Lanes --------------------------------------------------------------------------------------

void Page::lanes() {
    LanePainter painter(recording_, scale_, over_);
    // Two observers learn of the same thing within two beats of each other.
    const Duration alike =
        std::max(recording_.length() / 150, 2 * recording_.cluster().timing.beat_interval);
    const Arrangement all = arrange(recording_, alike);
    for (const LaneRows& rows : all.lanes) y_ = painter.lane(rows, y_);
    if (!all.quiet.empty()) y_ = painter.quiet_lanes(all.quiet, y_);
}

/// Colours the time in which something was broken, once however many faults there were.
void Page::shade(double top, double bottom) {
    struct Time {
        Duration from;
        Duration to;
    };
    std::vector<Time> broken;
    for (const Trouble& trouble : recording_.troubles()) {
        // A clock's rate or a slow scheduler is how a machine is, rather than a time of trouble.
        const bool nature = trouble.event.verb == Verb::drift || trouble.event.verb == Verb::lag;
        if (trouble.kind != Trouble::Kind::lasting || nature) continue;
        if (!broken.empty() && trouble.from <= broken.back().to)
            broken.back().to = std::max(broken.back().to, end_of(trouble));
        else
            broken.push_back({trouble.from, end_of(trouble)});
    }
    for (const Time& time : broken) {
        const double x = scale_.x(time.from);
        under_.box({x, top, scale_.x(time.to) - x, bottom - top}, broken_time);
    }
}

// ---- Legend -------------------------------------------------------------------------------------

double Page::legend_word(double x, const std::string& words) {
    const Font font{.size = 10.5};
    over_.text(x, y_ + 10, words, font);
    return x + text_width(words, font) + 16;
}

void Page::legend() {
    const Font bold{.size = 10.5, .weight = Font::Weight::bold};
    y_ += 4;
    over_.line(page_margin, y_, scale_.right(), y_, {.colour = "#999999"});
    y_ += 10;
    over_.text(page_margin, y_ + 10, "Bars: the verdict", bold);
    double x = gutter;
    for (const Colour& colour : verdict_colours()) {
        over_.box({x, y_, 22, 12}, colour.fill);
        x = legend_word(x + 27, std::string(colour.meaning));
    }
    y_ += 19;
    over_.text(page_margin, y_ + 10, "Bands: each path", bold);
    x = gutter;
    for (const Colour& colour : path_colours()) {
        const double height = band_thickness(colour.word) * 10;
        over_.box({x, y_ + 6 - height / 2, 22, height}, colour.fill);
        x = legend_word(x + 27, std::string(colour.meaning));
    }
    y_ += 19;
    over_.text(page_margin, y_ + 10, "Marks", bold);
    over_.disc(gutter + 8, y_ + 6, 7.5, fault);
    x = legend_word(gutter + 27, "a fault, and its line through the lanes");
    over_.box({x, y_, 22, 12}, broken_time);
    x = legend_word(x + 27, "something is broken");
    over_.line(x + 11, y_, x + 11, y_ + 13, {.colour = mended, .width = 1.5, .dashes = "2 3"});
    x = legend_word(x + 27, "mended");
    over_.diamond(x + 11, y_ + 6, 7);
    x = legend_word(x + 27, "seen enough to condemn");
    over_.box({x, y_, 22, 12}, mute);
    legend_word(x + 27, "the observer itself stands still or is off");
    y_ += 28;
}

}  // namespace inquest::sim::picture
