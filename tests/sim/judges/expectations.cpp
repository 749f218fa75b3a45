#include "tests/sim/judges/expectations.hpp"

#include "tests/sim/story/question_reader.hpp"
#include "tests/sim/story/verbs.hpp"
#include "tests/sim/world/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace inquest::sim {
namespace {

bool is_among(std::string_view word, std::span<const std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

const std::string& name(const World& world, std::size_t place) {
    return world.cluster().members[place].name;
}

/// Is it in a state to say anything: does it run, and is it not isolated?
bool can_say(const World& world, std::size_t observer) {
    const Host& host = world.host(observer);
    return host.is_member() && host.awake(world.now()) &&
           world.verdict(observer, observer) != Verdict::isolated;
}

bool is_of_lease(std::string_view wanted) { return is_among(wanted, lease_words); }
bool is_a_record(std::string_view wanted) { return is_among(wanted, words_of_records); }

/// `lease` or `no-lease`: whether the node itself holds one now.
std::string_view lease_word(const World& world, std::size_t node) {
    const Host& host = world.host(node);
    const bool holds = host.is_member() && host.lease_remaining(world.now()) > Duration::zero();
    return lease_words[holds ? 0 : 1];
}

/// Who is asked about a node: the one named; itself, if it is to be isolated or about its lease; or
/// all others that can say something.
std::vector<std::size_t> observers_of(const World& world, const Event& event, std::size_t node) {
    if (event.observer) return {*event.observer};
    if (event.word == word(Verdict::isolated) || is_of_lease(event.word)) return {node};
    std::vector<std::size_t> observers;
    for (std::size_t place = 0; place < world.size(); ++place) {
        if (place != node && can_say(world, place)) observers.push_back(place);
    }
    return observers;
}

std::string said_by(const World& world, std::size_t observer, std::size_t node) {
    const Host& host = world.host(observer);
    if (!host.runs()) return "nothing: it does not run";
    if (!host.is_member()) return "nothing: it was removed";
    const auto verdict = world.pronounced(observer, node);
    return verdict ? std::string(word(*verdict)) : std::string(membership_words[0]);
}

/// Do the observer's members, as the cluster has agreed on them, show the node so?
bool shows(const World& world, std::size_t observer, std::size_t node, std::string_view wanted) {
    const Host& host = world.host(observer);
    if (!host.is_member()) return false;
    const AgreedMember* member =
        host.scribe().agreement().state().member(std::string_view(name(world, node)));
    if (member == nullptr) return wanted == membership_words[0];
    if (wanted == condemnation_words[0]) return member->condemnation.has_value();
    if (wanted == condemnation_words[1]) return !member->condemnation;
    if (wanted == "votes") return member->votes == Vote::yes;
    const bool joined = member->standing == AgreedMember::Standing::joined;
    return wanted == (joined ? "joined" : "invited");
}

/// Is it about what was agreed?
bool is_agreed(std::string_view wanted) {
    return is_among(wanted, membership_words) || is_among(wanted, condemnation_words);
}

}  // namespace

void Expectations::told(const World& world, std::size_t host, const Transition& transition) {
    const bool verdict = transition.kind == Transition::Kind::verdict;
    if (verdict || is_a_record(word(transition.kind)))
        note({host, transition.peer, transition.to, world.now()});
}

void Expectations::agreed(const World& world, std::size_t host, const agreement::Action& action) {
    const auto* told = std::get_if<agreement::Applied>(&action);
    if (told == nullptr || told->outcome != EntryRefusal::none) return;
    const auto* condemned = std::get_if<Condemned>(&told->entry.body);
    const auto place = condemned == nullptr ? std::nullopt : world.place(condemned->member);
    if (place) note({host, name(world, *place), std::string(condemnation_words[0]), world.now()});
}

void Expectations::note(Said said) {
    const bool known = std::any_of(said_.begin(), said_.end(), [&](const Said& before) {
        return before.observer == said.observer && before.peer == said.peer &&
               before.word == said.word;
    });
    if (!known) said_.push_back(std::move(said));
}

void Expectations::happened(const World& world, const Event& event) {
    for (const std::size_t node : event.nodes) {
        if (event.verb == Verb::expect) expect(world, event, node);
        if (event.verb == Verb::never) never_said(world, event, node);
    }
}

void Expectations::left_out(const World& world, const Event& event) {
    const bool asks = event.verb == Verb::expect || event.verb == Verb::never;
    if (asks) violate(world, event, std::string(entry_of(event.verb).word), "nobody leads");
}

void Expectations::expect(const World& world, const Event& event, std::size_t node) {
    if (is_a_record(event.word)) {
        const bool recorded = std::any_of(said_.begin(), said_.end(), [&](const Said& said) {
            return said.peer == name(world, node) && said.word == event.word &&
                   (!event.observer || said.observer == *event.observer);
        });
        if (!recorded)
            violate(world, event, "expect",
                    fmt::format("nobody has said of {}: {}", name(world, node), event.word));
        return;
    }
    const std::vector<std::size_t> observers = observers_of(world, event, node);
    if (observers.empty())
        violate(world, event, "expect",
                fmt::format("nobody can say anything of {}", name(world, node)));
    for (const std::size_t observer : observers) {
        if (is_agreed(event.word)) {
            if (!shows(world, observer, node, event.word))
                violate(world, event, "expect",
                        fmt::format("{} does not have {} as: {}", name(world, observer),
                                    name(world, node), event.word));
            continue;
        }
        const std::string said = is_of_lease(event.word) ? std::string(lease_word(world, node))
                                                         : said_by(world, observer, node);
        if (said == event.word) continue;
        violate(world, event, "expect",
                fmt::format("{} says of {}: {}, expected {}", name(world, observer),
                            name(world, node), said, event.word));
    }
}

void Expectations::never_said(const World& world, const Event& event, std::size_t node) {
    for (const Said& said : said_) {
        if (said.peer != name(world, node) || said.word != event.word) continue;
        violate(world, event, "never",
                fmt::format("{} said of {} at {:.3f}s: {}", name(world, said.observer), said.peer,
                            std::chrono::duration<double>(said.when.time_since_epoch()).count(),
                            said.word));
    }
}

void Expectations::violate(const World& world, const Event& event, std::string rule,
                           std::string what) {
    if (event.line > 0) what += fmt::format(" (line {})", event.line);
    violations_.push_back({world.now(), std::move(rule), std::move(what)});
}

}  // namespace inquest::sim
