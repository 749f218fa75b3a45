// A timeline as lines of words, without comments and blank lines.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace inquest::sim {

using Words = std::span<const std::string_view>;

struct Line {
    int number = 0;  ///< from 1
    std::vector<std::string_view> words;
};

/// The lines of `text` that say something; their words are views into it. `#` begins a comment,
/// spaces, tabs and carriage returns part words.
std::vector<Line> lines_of(std::string_view text);

}  // namespace inquest::sim
