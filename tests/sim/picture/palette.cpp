#include "tests/sim/picture/palette.hpp"

#include <algorithm>

namespace inquest::sim::picture {
namespace {

constexpr Colour other{"", "#dddddd", 0, ""};

const std::vector<Colour>& condition_colours() {
    static const std::vector<Colour> colours = {
        {"off", "#8c8c8c", 6, "off, no power"},
        {"hung", "#a99bbd", 5, "hung, its software stands still"},
        {"no daemon", "#b9b9b9", 4, "no daemon runs"},
        {"removed", "#c7c1cf", 4, "removed: it beats no more"},
        {"paused", "#c9b994", 3, "paused, its software stands still"},
        {"isolated", "#7db8e8", 2, "isolated, hears nobody"},
        {"cannot testify", "#e3d9b0", 1, "cannot testify, woke late three times"},
    };
    return colours;
}

const Colour& find(const std::vector<Colour>& colours, std::string_view word) {
    const auto found = std::find_if(colours.begin(), colours.end(),
                                    [&](const Colour& colour) { return colour.word == word; });
    return found == colours.end() ? other : *found;
}

}  // namespace

const std::vector<Colour>& verdict_colours() {
    static const std::vector<Colour> colours = {
        {"alive", "#d3ebe1", 0, "alive"},     {"degraded", "#f5ea7a", 3, "degraded"},
        {"suspect", "#f2b54a", 4, "suspect"}, {"partitioned", "#d694bd", 5, "partitioned"},
        {"lost", "#e8703a", 6, "lost"},       {"held", "#cf5f77", 7, "condemned, held"},
        {"fenced", "#9db4c0", 2, "fenced"},   {"left", "#bcbcbc", 2, "left: said goodbye"},
        {"unknown", "#e2e2e2", 1, "unknown"},
    };
    return colours;
}

const std::vector<Colour>& path_colours() {
    static const std::vector<Colour> colours = {
        {"fresh", "#8fd0b5", 0, "fresh"},
        {"late", "#f0d943", 2, "late"},
        {"silent", "#a5432d", 4, "silent"},
        {"blind", "url(#blind)", 1, "blind: the observer cannot tell"},
        {"frozen", "#56b4e9", 3, "frozen"},
    };
    return colours;
}

const Colour& verdict_colour(std::string_view word) { return find(verdict_colours(), word); }
const Colour& path_colour(std::string_view word) { return find(path_colours(), word); }
const Colour& condition_colour(std::string_view word) { return find(condition_colours(), word); }

double band_thickness(std::string_view word) {
    if (word == "fresh") return 0.35;
    return word == "late" ? 0.65 : 0.95;
}

std::string_view patterns() {
    return R"(<pattern id="blind" width="5" height="5" patternUnits="userSpaceOnUse">)"
           R"(<rect width="5" height="5" fill="#dcdcdc"/>)"
           R"(<path d="M-1 1L1 -1M0 5L5 0M4 6L6 4" stroke="#777777" stroke-width="1"/></pattern>)"
           R"(<pattern id="mute" width="8" height="8" patternUnits="userSpaceOnUse">)"
           R"(<rect width="8" height="8" fill="#ffffff" fill-opacity="0.55"/>)"
           R"(<path d="M-1 7L1 9M0 0L8 8M7 -1L9 1" stroke="#999999" stroke-width="0.8"/>)"
           "</pattern>";
}

}  // namespace inquest::sim::picture
