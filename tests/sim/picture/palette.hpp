// The colours of the words. After Okabe and Ito's palette, which tells them apart for colour-blind
// eyes; and every bar that has room bears its word as well.
#pragma once

#include <string_view>
#include <vector>

namespace inquest::sim::picture {

struct Colour {
    std::string_view word;
    std::string_view fill;
    int rank;  ///< what is worse is drawn over what is less bad
    std::string_view meaning;
};

/// Of verdicts, paths and a node's own condition. A word that none of them has: a plain grey.
const Colour& verdict_colour(std::string_view word);
const Colour& path_colour(std::string_view word);
const Colour& condition_colour(std::string_view word);

/// For the legend, in its order.
const std::vector<Colour>& verdict_colours();
const std::vector<Colour>& path_colours();

/// Patterns that the fills name.
std::string_view patterns();

inline constexpr std::string_view ink = "#222222";
inline constexpr std::string_view faint_ink = "#666666";
inline constexpr std::string_view grid = "#e4e4e4";
inline constexpr std::string_view fault = "#a50026";
inline constexpr std::string_view mended = "#1b7837";
inline constexpr std::string_view broken_time = "#fff3e0";  ///< shade while something is broken
inline constexpr std::string_view mute = "url(#mute)";      ///< over a node that says nothing
inline constexpr std::string_view quiet = "#e9f3ee";

/// How much of a band's height a state of a path takes: what is worse is thicker, for eyes that do
/// not tell the colours apart.
double band_thickness(std::string_view word);

}  // namespace inquest::sim::picture
