#include "tests/sim/story/name_reader.hpp"

#include "heartbeat/config/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace inquest::sim {
namespace {

/// Names of nodes differ in a digit: all of them say more than the nearest one.
std::string one_of(const Names::List& known) { return config::suggestion("", known); }

template <typename Value>
bool add_once(std::vector<Value>& list, Value value) {
    if (std::find(list.begin(), list.end(), value) != list.end()) return false;
    list.push_back(value);
    return true;
}

}  // namespace

void NameReader::note(std::string what, std::string remedy) {
    sound_ = false;
    margin_.note(line_, key_, std::move(what), std::move(remedy));
}

void NameReader::nodes(Words words, Nodes& out) {
    if (words.empty()) return note("names no node", "name one, or `all`");
    if (!names_.known()) return;
    if (words.size() == 1 && words.front() == everything) {
        out.resize(names_.nodes().size());
        std::iota(out.begin(), out.end(), std::size_t{0});
        return;
    }
    for (const std::string_view word : words) {
        if (margin_.full()) return;
        const auto place = names_.node(word);
        if (!place)
            note_no_node(word);
        else if (!add_once(out, *place))
            return note(shown(word) + " is named twice", "name it once");
    }
}

void NameReader::note_no_node(std::string_view word) {
    if (word == everything)
        note("`all` stands for every node already", "write it alone");
    else
        note("no node " + shown(word), one_of(names_.nodes()));
}

void NameReader::paths(Words words, std::vector<PathId>& out, PathWords wanted) {
    if (!names_.known()) return;
    if (words.size() == 1 && words.front() == everything) return;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto path = names_.path(words[i]);
        if (!path) {
            const bool last = wanted == PathWords::needed && i + 1 == words.size();
            return note_no_path(words[i], i == 0 && !last);
        }
        if (!add_once(out, *path)) return note(shown(words[i]) + " is named twice", "name it once");
    }
}

void NameReader::note_no_path(std::string_view word, bool may_be_node) {
    if (word == everything) return note("`all` stands for every path already", "write it alone");
    if (names_.node(word))
        return note(shown(word) + " is a node, and a path belongs there",
                    "write the nodes first, then the paths");
    Names::List known = names_.paths();
    if (!may_be_node) return note("no path " + shown(word), config::suggestion(word, known));
    const Names::List nodes = names_.nodes();
    known.insert(known.begin(), nodes.begin(), nodes.end());
    note("no node or path " + shown(word), one_of(known));
}

void NameReader::fate(std::string_view word, std::string& out) {
    if (!names_.known()) return;
    const Names::List known = names_.fates();
    if (std::find(known.begin(), known.end(), word) == known.end())
        return note("no fate " + shown(word), config::suggestion(word, known));
    out = word;
}

NameReader::Parted NameReader::parted(Words words, PathWords paths) const {
    const auto colon = static_cast<std::size_t>(
        std::find(words.begin(), words.end(), std::string_view(":")) - words.begin());
    if (colon < words.size()) return {words.first(colon), words.subspan(colon + 1)};
    const std::size_t end = words.size() - (paths == PathWords::needed ? 1 : 0);
    std::size_t nodes = std::min<std::size_t>(1, end);
    while (nodes < end && words[nodes - 1] != everything && names_.node(words[nodes])) ++nodes;
    return {words.first(nodes), words.subspan(nodes)};
}

}  // namespace inquest::sim
