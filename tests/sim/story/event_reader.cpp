#include "tests/sim/story/event_reader.hpp"

#include "heartbeat/config/suggestion.hpp"
#include "tests/sim/story/name_reader.hpp"
#include "tests/sim/story/quantity.hpp"
#include "tests/sim/story/question_reader.hpp"
#include "tests/sim/story/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim {
namespace {

/// Reads what stands after one verb into the event.
class Arguments {
 public:
    Arguments(const VerbEntry& entry, Words words, NameReader& names, Event& event)
        : entry_(entry), rest_(words), names_(names), event_(event) {}

    /// Whatever is wrong is noted. Fills in the fields of the verb.
    void read() {
        switch (entry_.shape) {
            case Shape::nodes:
                if (has(1)) names_.nodes(rest_, event_.nodes);
                break;
            case Shape::nodes_length: nodes_with(parse_length, event_.length); break;
            case Shape::nodes_step: nodes_with(parse_step, event_.length); break;
            case Shape::nodes_rate: nodes_with(parse_ppm, event_.millionths); break;
            case Shape::nodes_paths:
                if (has(2)) places(rest_, event_.nodes, PathWords::needed);
                break;
            case Shape::link: link(PathWords::may_be_left_out); break;
            case Shape::link_or_all:
                if (rest_.size() != 1 || rest_.front() != everything)
                    link(PathWords::may_be_left_out);
                break;
            case Shape::link_share: link_with(parse_percent, event_.millionths); break;
            case Shape::link_length: link_with(parse_length, event_.length); break;
            case Shape::link_bytes: link_with(parse_packet, event_.bytes); break;
            case Shape::nodes_switch:
                if (has(2)) nodes_switch();
                break;
            case Shape::node_device:
                if (has(1)) node_device();
                break;
            case Shape::fate:
                if (has(1)) fate();
                break;
            case Shape::expect:
            case Shape::never:
                if (has(2)) read_question(rest_, names_, event_);
                break;
            case Shape::nothing:
                if (!rest_.empty())
                    names_.note("takes nothing, and " + shown(rest_.front()) + " follows",
                                "remove it");
                break;
        }
    }

 private:
    std::string form() const { return fmt::format("write it as `{}`", usage()); }
    std::string usage() const { return fmt::format("{} {}", entry_.word, entry_.arguments); }

    bool has(std::size_t least) {
        if (rest_.size() >= least) return true;
        names_.note("is not complete", form());
        return false;
    }

    template <typename Value>
    using Parse = tl::expected<Value, Mistake> (*)(std::string_view);

    void node_device() {
        if (rest_.size() > 2)
            return names_.note("names more than one device", "write a line for each");
        if (rest_.size() == 2) event_.word = rest_.back();
        names_.nodes(rest_.first(1), event_.nodes);
    }

    /// The last word, by the function that reads its kind.
    template <typename Value>
    void take(Parse<Value> parse, Value& value) {
        const auto parsed = parse(rest_.back());
        rest_ = rest_.first(rest_.size() - 1);
        if (parsed)
            value = *parsed;
        else
            names_.note(parsed.error().what, parsed.error().remedy);
    }

    template <typename Value>
    void nodes_with(Parse<Value> parse, Value& value) {
        if (!has(2)) return;
        take(parse, value);
        names_.nodes(rest_, event_.nodes);
    }

    void nodes_switch() {
        event_.word = rest_.back();
        if (event_.word != "on" && event_.word != "off")
            return names_.note(shown(rest_.back()) + " is neither on nor off", form());
        names_.nodes(rest_.first(rest_.size() - 1), event_.nodes);
    }

    /// Two sides with an arrow, a path and the value are five words.
    template <typename Value>
    void link_with(Parse<Value> parse, Value& value) {
        if (!has(5)) return;
        take(parse, value);
        link(PathWords::needed);
    }

    void link(PathWords paths) {
        const auto is_arrow = [](std::string_view word) { return word == "->" || word == "<->"; };
        const auto arrow = std::find_if(rest_.begin(), rest_.end(), is_arrow);
        if (arrow == rest_.end()) return names_.note("has no arrow -> or <->", form());
        const auto place = static_cast<std::size_t>(arrow - rest_.begin());
        const Words from = rest_.first(place);
        const Words to = rest_.subspan(place + 1);
        if (std::any_of(to.begin(), to.end(), is_arrow))
            return names_.note("has two arrows", "write a line for each");
        if (from.empty() || to.empty()) return names_.note("is not complete", form());
        event_.ways = *arrow == "<->" ? Ways::both : Ways::one;
        names_.nodes(from, event_.nodes);
        places(to, event_.to, paths);
        if (event_.nodes.size() == 1 && event_.nodes == event_.to)
            names_.note("nothing goes from " + shown(from.front()) + " to itself over a path",
                        "name another node");
    }

    /// Nodes, then paths.
    void places(Words words, Nodes& nodes, PathWords paths) {
        const NameReader::Parted parted = names_.parted(words, paths);
        names_.nodes(parted.nodes, nodes);
        const bool announced = paths == PathWords::needed || words.back() == ":";
        if (announced && parted.paths.empty()) return names_.note("names no path", form());
        names_.paths(parted.paths, event_.paths, paths);
    }

    void fate() {
        if (rest_.size() > 1)
            return names_.note("names more than one switch", "write a line for each");
        names_.fate(rest_.front(), event_.fate);
    }

    const VerbEntry& entry_;
    Words rest_;
    NameReader& names_;
    Event& event_;
};

const VerbEntry* known_verb(const Line& line, Margin& margin) {
    const std::string_view word = line.words[1];
    const VerbEntry* entry = find_verb(word);
    if (!entry) {
        Names::List known;
        for (const VerbEntry& each : verbs()) known.push_back(each.word);
        margin.note(line.number, word, "is no verb", config::suggestion(word, known));
    } else if (!entry->verb) {
        margin.note(line.number, word, "is not in the world yet",
                    fmt::format("it waits for {}", entry->waits_for));
    }
    return entry && entry->verb ? entry : nullptr;
}

}  // namespace

std::optional<Event> read_event(const Line& line, const Names& names, Margin& margin) {
    const auto time = parse_time(line.words.front());
    if (!time) margin.note(line.number, "time", time.error().what, time.error().remedy);
    if (line.words.size() == 1) {
        margin.note(line.number, "", "has a time and no verb", "write what happens then");
        return std::nullopt;
    }
    const VerbEntry* entry = known_verb(line, margin);
    if (!entry) return std::nullopt;
    Event event{.when = time.value_or(Duration{}), .line = line.number, .verb = *entry->verb};
    NameReader reader(names, line.number, entry->word, margin);
    Arguments(*entry, Words(line.words).subspan(2), reader, event).read();
    return time && reader.sound() ? std::optional(std::move(event)) : std::nullopt;
}

}  // namespace inquest::sim
