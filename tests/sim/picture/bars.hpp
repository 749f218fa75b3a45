// A history as bars in a row.
#pragma once

#include "tests/sim/picture/palette.hpp"
#include "tests/sim/picture/recording.hpp"
#include "tests/sim/picture/scale.hpp"
#include "tests/sim/picture/svg.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace inquest::sim::picture {

/// One word of a history, on the paper. However short, it is wide enough to be seen.
struct Stretch {
    const Change* change = nullptr;
    double from = 0;
    double to = 0;
    Duration end{};
};

std::vector<Stretch> stretches_of(const History& history, const Scale& scale, Duration end);

struct BarStyle {
    const Colour& (*colour)(std::string_view word) = verdict_colour;
    /// How much of the row's height a word takes: what is worse looks thicker, too.
    double (*height)(std::string_view word) = [](std::string_view) { return 1.0; };
    std::string of;  ///< for the hint: `n1 says n3`, before the word
    double y = 0;
    double room = 0;  ///< height of the row
};

/// What is worse is drawn over what is less bad, so that nothing bad is hidden.
void draw_bars(Svg& svg, const Scale& scale, std::vector<Stretch> all, const BarStyle& style);

}  // namespace inquest::sim::picture
