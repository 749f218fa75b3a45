// "did you mean `beat_interval`?": the known word nearest to one that is not known.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::config {

/// Letters to insert, delete, replace, or swap with a neighbour, to come from `a` to `b`
/// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known`, where it is near enough to be a slip of the fingers; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

/// The remedy for an unknown word: "did you mean `x`?", or "use one of: ..." with all that are
/// known; empty where none is.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace inquest::config
