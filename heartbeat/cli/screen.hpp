// Where text is drawn: its width, whether it has colours, and which signs it can show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::cli {

struct Screen {
    enum class Signs : std::uint8_t {
        words,    ///< a pipe, a log, NO_COLOR: letters and words only
        symbols,  ///< a terminal that shows UTF-8
    };

    std::size_t width = 100;  ///< columns
    std::size_t height = 0;   ///< lines; 0 where there is no end
    Signs signs = Signs::words;
    bool colours = false;
};

/// What a colour stands for. It never says anything that the text does not say too.
enum class Tone : std::uint8_t { plain, good, warning, bad, faint, strong };

/// `text` in the colour of `tone`, where the screen has colours.
std::string paint(const Screen& screen, Tone tone, std::string_view text);

/// Columns that `text` fills: one a character of UTF-8, none for the colours of paint().
std::size_t columns(std::string_view text);

/// `text` and spaces up to `width` columns.
std::string padded(std::string_view text, std::size_t width);

/// At most `width` columns of a text without colours, the last one "~" where it was cut.
std::string cut(std::string_view text, std::size_t width);

/// The words of `text` in lines of at most `width` columns; a longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// Like wrapped(), as one text: `first` stands before the first line, the others are indented
/// alike.
std::string paragraph(std::string_view first, std::string_view text, std::size_t width);

/// The colour that a verdict or a path state has.
Tone tone_of(std::string_view word);

}  // namespace inquest::cli
