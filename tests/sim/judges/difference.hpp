// What differs between two texts, line by line.
#pragma once

#include <string>
#include <string_view>

namespace inquest::sim {

/// The lines of `expected` that are missing in `actual` (-), those that are new (+), and a line or
/// two around them; with the number of each first line. Empty where the texts are the same.
std::string difference(std::string_view expected, std::string_view actual);

}  // namespace inquest::sim
