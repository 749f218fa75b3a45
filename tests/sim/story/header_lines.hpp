// The lines of a timeline that stand before its first event, found by their first word.
#pragma once

#include "tests/sim/story/margin.hpp"
#include "tests/sim/story/timeline_line.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace inquest::sim {

/// Does such a line begin with this word?
bool is_header(std::string_view word);
std::vector<std::string_view> header_words();

class HeaderLines {
 public:
    /// Notes lines that are not complete or come too often. Pre: is_header() of each first word.
    /// The margin outlives this.
    HeaderLines(std::vector<Line> lines, Margin& margin);

    /// The first complete line of this word; nullptr where there is none.
    const Line* find(std::string_view word) const;
    /// Is there such a line, be it complete or not?
    bool mentions(std::string_view word) const;
    /// All of them that are complete.
    std::vector<const Line*> all(std::string_view word) const;

    void note(int line, std::string_view key, std::string what, std::string remedy);
    void note(const Line& line, std::string what, std::string remedy) {
        note(line.number, line.words.front(), std::move(what), std::move(remedy));
    }
    Margin& margin() { return margin_; }
    bool sound() const { return sound_; }  ///< nothing has been noted of these lines
    void unsound() { sound_ = false; }     ///< another reader has noted something

 private:
    std::vector<Line> lines_;
    Margin& margin_;
    bool sound_ = true;
};

}  // namespace inquest::sim
