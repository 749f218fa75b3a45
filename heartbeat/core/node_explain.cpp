// Why a verdict is what it is: Node::explain and the reasons in transitions.
//
// The tree goes from the verdict over the witnesses to their single paths. Every sentence can be
// read aloud; figures carry their limit, so that the reader sees how far it was from another word.
#include <fmt/format.h>

#include <algorithm>

#include "heartbeat/core/fault_side.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"

namespace inquest {
namespace {

std::string join(const std::vector<std::string>& words, std::string_view between) {
    return fmt::format("{}", fmt::join(words, between));
}

template <std::size_t N>
std::vector<std::string> names(const FixedVector<std::uint8_t, N>& places, const Roster& roster) {
    std::vector<std::string> result;
    for (std::uint8_t place : places) result.push_back(roster.name(place));
    return result;
}

/// `n1`, `n1 and n2`, `n1, n2 and n3`.
std::string listing(const std::vector<std::string>& words) {
    if (words.empty()) return "nobody";
    if (words.size() == 1) return words.front();
    const std::vector<std::string> head(words.begin(), words.end() - 1);
    return join(head, ", ") + " and " + words.back();
}

std::string_view says(std::size_t count) { return count == 1 ? "says" : "say"; }

bool is_bad(const Cell& cell) { return cell != off_cell && cell.state != PathState::fresh; }

}  // namespace

/// The faults that make this peer's paths less than fresh, each with the side that it is on.
std::string Node::faults(std::size_t place, Instant now) const {
    std::vector<std::string> found;
    for (std::size_t path = 0; path < roster_.path_count(); ++path) {
        bool concerned = false;
        for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
            const auto& cells = matrix_.view(observer).of[place].cells;
            if (observer == place || !matrix_.current(observer, now) || path >= cells.size()) continue;
            concerned = concerned || is_bad(cells[path]);
        }
        if (!concerned) continue;
        std::string text = sentence(fault_side(path, matrix_, roster_, now), path, roster_);
        if (halves_[path].broken) text += fmt::format(" ({})", halves_[path].reason);
        if (!text.empty()) found.push_back(std::move(text));
    }
    return join(found, "; ");
}

std::string Node::verdict_reason(std::size_t place, Instant now) const {
    const Peer& peer = peers_[place];
    const Finding& finding = peer.finding;
    const auto quoted = [](const std::string& text) {
        return text.empty() ? text : fmt::format("reason=\"{}\"", text);
    };
    switch (peer.verdict) {
        case Verdict::unknown:
        case Verdict::isolated: return "";
        case Verdict::alive: return "";
        case Verdict::left: return quoted("it said goodbye");
        case Verdict::degraded: {
            const std::string text = faults(place, now);
            if (text.empty() && peer.well_since) return quoted("well again, not yet for long");
            return quoted(text.empty() ? "not heard on every path" : text);
        }
        case Verdict::partitioned: {
            std::vector<std::string> deaf = names(finding.deaf, roster_);
            std::vector<std::string> hearing = names(finding.hearing, roster_);
            if (hearing.empty()) hearing.push_back("a relaying member");
            return quoted(fmt::format("{} {} not hear it, {} {}", listing(deaf),
                                      deaf.size() == 1 ? "does" : "do", listing(hearing),
                                      hearing.size() == 1 ? "does" : "do"));
        }
        case Verdict::suspect:
        case Verdict::lost: break;
    }
    std::size_t fresh = 0;
    std::size_t all = 0;
    for (const Cell& cell : peer.evidence.cells()) {
        all += cell != off_cell ? 1 : 0;
        fresh += cell.state == PathState::fresh ? 1 : 0;
    }
    const std::string last =
        finding.last_heard ? phrase(now - *finding.last_heard) + " ago" : std::string("never");
    return fmt::format("paths={}/{} votes={}/{} last_beat=\"{}\"{}", fresh, all, finding.deaf_votes,
                       finding.voters, last,
                       peer.verdict == Verdict::suspect && !finding.quorate ? " reason=\"no quorum here\"" : "");
}

std::optional<Explanation> Node::explain(std::string_view member, Instant now) const {
    const auto place = roster_.place(member);
    if (!place) return std::nullopt;
    return *place == roster_.self() ? explain_self(now) : explain_peer(*place, now);
}

namespace {

/// One path as its observer sees it.
Explanation explain_cell(const Cell& cell, const std::string& path, std::string detail) {
    Explanation leaf;
    std::string state(word(cell.state));
    if (cell.state == PathState::blind) state += fmt::format(" ({})", word(cell.reason));
    leaf.claim = detail.empty() ? fmt::format("{}: {}", path, state)
                                : fmt::format("{}: {}, {}", path, state, detail);
    return leaf;
}

std::string_view testimony_words(Testimony testimony) {
    switch (testimony) {
        case Testimony::hears: return "hears it";
        case Testimony::doubts: return "is not sure: no path is fresh, the limit is not reached on all";
        case Testimony::silent: return "testifies that it does not hear it on any path";
        case Testimony::none: return "does not testify: it is blind on every path to it";
    }
    return "?";
}

std::string rule_of(const Finding& finding, Verdict verdict, const Timing& timing) {
    const int needed = votes_needed(finding.voters);
    switch (verdict) {
        case Verdict::alive: return "every observer hears it on every path that is switched on";
        case Verdict::degraded:
            return "somebody hears it on a path, another path is late, silent or blind: an alert, never a failover";
        case Verdict::partitioned:
            return "some member hears it and another testifies that it does not: a cut network, never a reason to fence";
        case Verdict::lost:
            return fmt::format(
                "nobody in a quorate component hears it on any path, and a majority of all voters testifies so "
                "({} of {}, needed {})",
                finding.deaf_votes, finding.voters, needed);
        case Verdict::suspect:
            if (!finding.doubting.empty()) {
                return fmt::format("no path is fresh, and the limit of {} is not yet reached everywhere",
                                   phrase(timing.path_limit));
            }
            if (!finding.quorate) {
                return fmt::format("nobody here hears it, but this side has {} of {} votes, needed {}: it accuses nobody",
                                   finding.votes_together, finding.voters, needed);
            }
            return fmt::format("nobody here hears it, but only {} of {} votes testify so, needed {}",
                               finding.deaf_votes, finding.voters, needed);
        case Verdict::left: return "it said goodbye, and has not been heard since";
        case Verdict::unknown: return "too little evidence yet; boot_grace bounds the wait";
        case Verdict::isolated: return "this node hears nobody: it accuses nobody";
    }
    return "?";
}

std::vector<std::string> changers(const Finding& finding, Verdict verdict, const std::string& name,
                                  const Roster& roster, const Timing& timing) {
    const int needed = votes_needed(finding.voters);
    switch (verdict) {
        case Verdict::alive:
            return {fmt::format("more than {} without a beat on one path would make it degraded",
                                phrase(2 * timing.beat_interval))};
        case Verdict::degraded:
            return {"beats on every path, for everybody, would make it alive",
                    fmt::format("if {} testified that it hears nothing on any path, it would be partitioned",
                                finding.hearing.size() == 1 ? "another member" : "one of its hearers")};
        case Verdict::partitioned:
            return {fmt::format("if {} heard a beat of {} on any path, it would be degraded",
                                listing(names(finding.deaf, roster)), name),
                    fmt::format("if {} stopped hearing it too, it would be lost (with {} of {} votes)",
                                finding.hearing.empty() ? "the relaying member"
                                                        : listing(names(finding.hearing, roster)),
                                needed, finding.voters)};
        case Verdict::lost: {
            const int spare = finding.deaf_votes - needed;
            return {fmt::format("one beat of {}, heard by anybody on any path, would clear it", name),
                    fmt::format("{} testimony fewer, and there would be no majority: suspect",
                                spare == 0 ? "one" : fmt::format("{}", spare + 1))};
        }
        case Verdict::suspect:
            return {fmt::format("a beat of {} would make it degraded or alive", name),
                    fmt::format("{} of {} votes testifying its silence would make it lost", needed,
                                finding.voters)};
        case Verdict::left: return {fmt::format("a beat of a new session of {}", name)};
        case Verdict::unknown: return {fmt::format("a beat of {}, or the end of boot_grace", name)};
        case Verdict::isolated: return {"a beat of anybody"};
    }
    return {};
}

std::string headline(const Finding& finding, Verdict verdict, const std::string& name,
                     const Roster& roster) {
    switch (verdict) {
        case Verdict::alive: return fmt::format("{} is alive: heard on every path by {}.", name,
                                                listing(names(finding.hearing, roster)));
        case Verdict::degraded: return fmt::format("{} is alive but degraded: heard, though not on every path.", name);
        case Verdict::suspect: return fmt::format("{} is suspect: nobody here hears it, and that is not enough to say more.", name);
        case Verdict::partitioned:
            return fmt::format("{} is partitioned: {} {} it, {} {} that it is not heard. The network is cut; the node runs.",
                               name, finding.hearing.empty() ? "another member" : listing(names(finding.hearing, roster)),
                               finding.hearing.size() <= 1 ? "hears" : "hear",
                               listing(names(finding.deaf, roster)), says(finding.deaf.size()));
        case Verdict::lost:
            return fmt::format("{} is lost: {} of {} voters testify that they hear nothing of it, and nobody hears it.",
                               name, finding.deaf_votes, finding.voters);
        case Verdict::left: return fmt::format("{} left: it said goodbye.", name);
        case Verdict::unknown: return fmt::format("{} is unknown: nothing has been heard of it yet.", name);
        case Verdict::isolated: return fmt::format("{} is isolated.", name);
    }
    return "";
}

}  // namespace

Explanation Node::explain_peer(std::size_t place, Instant now) const {
    const Peer& peer = peers_[place];
    const std::string& name = roster_.name(place);
    // The verdict may be older than this instant's finding only while this node woke late.
    Explanation root;
    root.claim = headline(peer.finding, peer.verdict, name, roster_);
    root.instant = peer.since;
    root.age = now - peer.since;
    root.rule = rule_of(peer.finding, peer.verdict, timing_);
    root.would_have_changed_it = changers(peer.finding, peer.verdict, name, roster_, timing_);

    if (const auto last = peer.finding.last_heard) {
        Explanation heard;
        heard.claim = fmt::format("the last beat that anybody here heard of {} came {} ago", name, phrase(now - *last));
        heard.instant = last;
        heard.age = now - *last;
        root.because.push_back(std::move(heard));
    }
    for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
        if (observer == place || !matrix_.view(observer).present) continue;
        root.because.push_back(explain_witness(observer, place, now));
    }
    if (const std::string where = faults(place, now); !where.empty() && peer.verdict != Verdict::lost) {
        Explanation side;
        side.claim = "whose side: " + where;
        root.because.push_back(std::move(side));
    }
    if (peer.verdict == Verdict::lost) {
        const Instant due = silent_since(peer) + timing_.condemn_after;
        Explanation next;
        next.claim = fmt::format("observing only: an armed cluster {} condemned it, after {} of unanimous silence",
                                 now >= due ? "would have" : "would have, at the instant shown,",
                                 phrase(timing_.condemn_after));
        next.instant = due;
        root.because.push_back(std::move(next));
    }
    return root;
}

Explanation Node::explain_witness(std::size_t observer, std::size_t place, Instant now) const {
    const View& view = matrix_.view(observer);
    const Claim& claim = view.of[place];
    const bool here = observer == roster_.self();
    Explanation witness;
    std::string who = roster_.name(observer);
    if (here) {
        who += " (this node)";
    } else {
        who += fmt::format(" (its view is {} old{})", phrase(now - view.received),
                           view.via == nobody ? ""
                                              : fmt::format(", relayed by {}", roster_.name(roster_.place(view.via).value_or(0))));
    }
    if (!here && !matrix_.current(observer, now)) {
        witness.claim = view.left ? fmt::format("{} has left and does not count", who)
                                  : fmt::format("{} is not heard from any more: its view does not count", who);
        return witness;
    }
    const Testimony testimony = matrix_.says(observer, place, peers_[place].evidence.incarnation(), now);
    witness.claim = fmt::format("{} {}", who, testimony_words(testimony));
    if (view.stalled) witness.claim += "; it woke late, and its silence does not count";
    witness.instant = claim.heard_at;
    if (claim.heard_at) witness.age = now - *claim.heard_at;
    for (std::size_t path = 0; path < claim.cells.size(); ++path) {
        if (claim.cells[path] == off_cell) continue;
        const std::string detail = here ? peers_[place].evidence.reason(path, now, halves_) : "";
        witness.because.push_back(explain_cell(claim.cells[path], roster_.path_name(path), detail));
    }
    return witness;
}

Explanation Node::explain_self(Instant now) const {
    const std::string& name = roster_.name(roster_.self());
    const int votes = matrix_.votes_together(roster_, identity_.incarnation, now);
    Explanation root;
    root.instant = self_since_;
    root.age = now - self_since_;
    if (self_verdict_ == Verdict::isolated) {
        root.claim = fmt::format("{} (this node) is isolated: it hears nobody on any path.", name);
        root.rule = "a node that hears nobody cannot tell its own deafness from the loss of all others: it accuses nobody";
        root.would_have_changed_it = {"one beat of anybody, on any path"};
    } else {
        root.claim = fmt::format("{} (this node) runs: incarnation {}, session {}.", name,
                                 identity_.incarnation.value, identity_.session.value);
        root.rule = fmt::format("its side has {} of {} votes, needed {}: {}", votes, roster_.voters(),
                                votes_needed(roster_.voters()),
                                has_quorum(votes, roster_.voters()) ? "quorate" : "no quorum");
    }
    for (std::size_t path = 0; path < halves_.size(); ++path) {
        if (!on_path(path)) continue;
        const LocalHalf& half = halves_[path];
        Explanation leaf;
        leaf.claim = half.broken ? fmt::format("{}: {}", roster_.path_name(path), half.reason)
                     : half.heard_anyone
                         ? fmt::format("{}: newest beat of anybody {} ago", roster_.path_name(path),
                                       phrase(now - half.last_heard_anyone))
                         : fmt::format("{}: nobody heard yet", roster_.path_name(path));
        root.because.push_back(std::move(leaf));
    }
    if (stalls_.count > 0) {
        Explanation leaf;
        leaf.claim = fmt::format("this node woke late {} times, {} in all, at worst {}{}", stalls_.count,
                                 phrase(stalls_.total), phrase(stalls_.longest),
                                 gate_.cannot_testify() ? "; it cannot testify now" : "");
        root.because.push_back(std::move(leaf));
    }
    return root;
}

}  // namespace inquest
