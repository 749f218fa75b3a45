// The names on one line of a timeline, looked up; what is wrong is noted in the margin.
#pragma once

#include "tests/sim/story/margin.hpp"
#include "tests/sim/story/names.hpp"
#include "tests/sim/story/timeline_line.hpp"
#include "tests/sim/world/timeline.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::sim {

enum class PathWords : std::uint8_t { needed, may_be_left_out };

class NameReader {
 public:
    /// `key` is the line's verb or header word. All arguments outlive the reader.
    NameReader(const Names& names, int line, std::string_view key, Margin& margin)
        : names_(names), line_(line), key_(key), margin_(margin) {}

    /// One node or several, each once; or all.
    void nodes(Words words, Nodes& out);
    /// The same of paths; all of them are an empty list.
    void paths(Words words, std::vector<PathId>& out, PathWords wanted);
    void fate(std::string_view word, std::string& out);

    struct Parted {
        Words nodes;
        Words paths;
    };
    /// Where nodes end and paths begin. The first word is a node, and where a path is needed the
    /// last is one; between them a word is a node as long as there is a node of that name. A lone
    /// `:` parts them where that is not what is meant. Pre: there is a word.
    Parted parted(Words words, PathWords paths) const;

    void note(std::string what, std::string remedy);
    const Names& names() const { return names_; }
    bool sound() const { return sound_; }  ///< nothing has been noted

 private:
    void note_no_node(std::string_view word);
    void note_no_path(std::string_view word, bool may_be_node);

    const Names& names_;
    int line_;
    std::string_view key_;
    Margin& margin_;
    bool sound_ = true;
};

}  // namespace inquest::sim
