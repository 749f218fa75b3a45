#include "tests/sim/story/question_reader.hpp"

#include "heartbeat/config/suggestion.hpp"
#include "heartbeat/core/verdict.hpp"

#include <algorithm>
#include <array>

namespace inquest::sim {
namespace {

/// Nobody can say it yet.
constexpr std::array<std::string_view, 1> words_of_fencing{"hung"};

Names::List words_there_are() {
    Names::List words;
    for (int verdict = 0; verdict <= static_cast<int>(Verdict::fenced); ++verdict)
        words.push_back(word(static_cast<Verdict>(verdict)));
    words.insert(words.end(), words_of_records.begin(), words_of_records.end());
    words.insert(words.end(), condemnation_words.begin(), condemnation_words.end());
    words.insert(words.end(), membership_words.begin(), membership_words.end());
    words.insert(words.end(), lease_words.begin(), lease_words.end());
    return words;
}

bool is_of_guests(std::string_view word) {
    return word == "running" || word == "stopped" || word.starts_with("running@");
}

/// `vm1`, and no node has taken that name.
bool is_guest(std::string_view name, const Names& names) {
    return name.size() > 2 && name.starts_with("vm") &&
           name.find_first_not_of("0123456789", 2) == std::string_view::npos && !names.node(name);
}

bool is_of_lease(std::string_view word) {
    return std::find(lease_words.begin(), lease_words.end(), word) != lease_words.end();
}

class Question {
 public:
    Question(NameReader& names, Event& event) : names_(names), event_(event) {}

    void read(Words words) {
        word(words.back());
        words = words.first(words.size() - 1);
        std::vector<std::string_view> nodes(words.begin(), words.end());
        if (!observer(nodes.front())) return;
        for (const std::string_view node : nodes) {
            if (node.find(':') != std::string_view::npos)
                return names_.note("the observer of " + shown(node) + " stands too late",
                                   "write it once, in front of the first node");
            if (is_guest(node, names_.names())) return note_guests(node);
        }
        names_.nodes(nodes, event_.nodes);
    }

 private:
    void note_guests(std::string_view what) {
        if (!guests_)
            names_.note(shown(what) + " is of guests, and none are in the world yet",
                        "they wait for the VM guard");
        guests_ = true;
    }

    void word(std::string_view word) {
        const bool fencing = std::find(words_of_fencing.begin(), words_of_fencing.end(), word) !=
                             words_of_fencing.end();
        const Names::List known = words_there_are();
        if (is_of_guests(word)) return note_guests(word);
        if (fencing && event_.verb == Verb::expect)
            return names_.note("nobody can be " + shown(word) + ", for no pulse is read yet",
                               "it waits for RDMA");
        if (!fencing && std::find(known.begin(), known.end(), word) == known.end())
            return names_.note("no word " + shown(word), config::suggestion(word, known));
        const bool agreed = std::find(membership_words.begin(), membership_words.end(), word) !=
                            membership_words.end();
        if (agreed && event_.verb == Verb::never)
            return names_.note(shown(word) + " is agreed on, and nobody tells it as a verdict",
                               "ask with `expect`");
        if (word == condemnation_words[1] && event_.verb == Verb::never)
            return names_.note(shown(word) + " is asked of a node at an instant",
                               "ask with `expect`");
        if (is_of_lease(word) && event_.verb == Verb::never)
            return names_.note(shown(word) + " is asked of a node at an instant, and is no verdict",
                               "ask with `expect`");
        event_.word = word;
    }

    /// Takes `n1:` away from `n1:n2`. False: then there is no node to look up.
    bool observer(std::string_view& first) {
        const std::size_t colon = first.find(':');
        if (colon == std::string_view::npos) return true;
        const std::string_view observer = first.substr(0, colon);
        first.remove_prefix(colon + 1);
        if (observer.empty() || first.empty()) {
            names_.note("has a colon and no name on each side of it",
                        "write OBSERVER:NODE, or the node alone");
            return false;
        }
        if (is_of_lease(event_.word)) {
            names_.note(shown(event_.word) + " is asked of the node itself",
                        "remove `" + shown(observer) + ":`");
        } else if (event_.verb == Verb::never) {
            names_.note("is a question to everybody", "remove `" + shown(observer) + ":`");
        } else if (observer == everything) {
            names_.note("`all` is no observer", "write the node alone to ask all others");
        } else {
            Nodes found;
            names_.nodes(Words(&observer, 1), found);
            if (!found.empty()) event_.observer = found.front();
        }
        return true;
    }

    NameReader& names_;
    Event& event_;
    bool guests_ = false;  ///< noted
};

}  // namespace

void read_question(Words words, NameReader& names, Event& event) {
    Question(names, event).read(words);
}

}  // namespace inquest::sim
