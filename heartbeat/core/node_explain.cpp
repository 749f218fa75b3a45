// Why a verdict is what it is: Node::explain and the reasons in transitions.
//
// The tree goes from the verdict over the witnesses to their single paths. Every sentence can be
// read aloud; figures carry their limit, so that the reader sees how far it was from another word.
#include "heartbeat/core/fault_side.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"

#include <fmt/format.h>

#include <algorithm>

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

bool is_bad(const Cell& cell) { return cell != off_cell && cell.state != PathState::fresh; }

/// The same fault on several paths is told once: `cut n3->n1 on lan-a and lan-b`.
class FaultList {
 public:
    void add(std::string fault, const std::string& path) {
        const std::string suffix = " on " + path;
        if (!fault.ends_with(suffix)) return entries_.push_back({std::move(fault), {}});
        fault.resize(fault.size() - suffix.size());
        for (Entry& entry : entries_) {
            if (entry.fault == fault && !entry.paths.empty()) return entry.paths.push_back(path);
        }
        entries_.push_back({std::move(fault), {path}});
    }

    std::string text() const {
        std::vector<std::string> told;
        for (const Entry& entry : entries_) {
            told.push_back(entry.paths.empty() ? entry.fault
                                               : entry.fault + " on " + listing(entry.paths));
        }
        return join(told, "; ");
    }

 private:
    struct Entry {
        std::string fault;
        std::vector<std::string> paths;  ///< empty: `fault` says it all
    };
    std::vector<Entry> entries_;
};

}  // namespace

/// The faults that make this peer's paths less than fresh, each with the side that it is on.
std::string Node::faults(std::size_t place, Instant now) const {
    FaultList found;
    for (std::size_t path = 0; path < roster_.path_count(); ++path) {
        bool concerned = false;
        for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
            const auto& cells = matrix_.view(observer).of[place].cells;
            if (observer == place || !matrix_.current(observer, now) || path >= cells.size())
                continue;
            concerned = concerned || is_bad(cells[path]);
        }
        if (!concerned) continue;
        const std::string& name = roster_.path_name(path);
        std::string text = sentence(fault_side(path, matrix_, roster_, now), path, roster_);
        if (halves_[path].broken) {
            text = fmt::format("{} ({})", text.empty() ? "this node's side: " + name : text,
                               halves_[path].reason);
        }
        if (!text.empty()) found.add(std::move(text), name);
    }
    return found.text();
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
    return fmt::format(
        "paths={}/{} votes={}/{} last_beat=\"{}\"{}", fresh, all, finding.deaf_votes,
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
Explanation explain_cell(const Cell& cell, const std::string& path, const std::string& detail) {
    Explanation leaf;
    leaf.claim = fmt::format("{}: {}", path, word(cell.state));
    if (!detail.empty()) {
        leaf.claim += ", " + detail;
    } else if (cell.state == PathState::blind) {
        leaf.claim += fmt::format(" ({})", word(cell.reason));
    }
    return leaf;
}

/// `made` is what the view said, `now` what that is worth by now.
std::string_view testimony_words(Testimony now, Testimony made) {
    switch (now) {
        case Testimony::hears: return "hears it";
        case Testimony::doubts: return "is not sure: no path is fresh, and not all are silent yet";
        case Testimony::silent: return "testifies that it does not hear it on any path";
        case Testimony::none: break;
    }
    if (made == Testimony::silent)
        return "does not testify: it woke late, its silence does not count";
    if (made == Testimony::hears) return "does not testify: what it heard is too long ago";
    return "does not testify: it is blind on every path to it";
}

std::string rule_of(const Finding& finding, Verdict verdict, const Timing& timing) {
    const int needed = votes_needed(finding.voters);
    switch (verdict) {
        case Verdict::alive: return "every observer hears it on every path that is switched on";
        case Verdict::degraded:
            return "somebody hears it, and another path is late, silent or blind: an alert, never "
                   "a "
                   "failover";
        case Verdict::partitioned:
            return "a member hears it and another testifies that it does not: a cut network, never "
                   "a "
                   "reason to fence";
        case Verdict::lost:
            return fmt::format(
                "nobody in a quorate component hears it on any path, and a majority of all voters "
                "testifies so ({} of {}, needed {})",
                finding.deaf_votes, finding.voters, needed);
        case Verdict::suspect:
            if (!finding.doubting.empty()) {
                return fmt::format(
                    "no path is fresh, and the limit of {} is not yet reached everywhere",
                    phrase(timing.path_limit));
            }
            if (!finding.quorate) {
                return fmt::format(
                    "nobody here hears it, but this side has {} of {} votes and needs {}: it "
                    "accuses "
                    "nobody",
                    finding.votes_together, finding.voters, needed);
            }
            return fmt::format(
                "nobody here hears it, but only {} of {} votes testify so, needed {}",
                finding.deaf_votes, finding.voters, needed);
        case Verdict::left: return "it said goodbye, and has not been heard since";
        case Verdict::unknown:
            return fmt::format("too little evidence yet; the wait ends after boot_grace, {}",
                               phrase(timing.boot_grace));
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
            return {
                fmt::format("{} with beats on every path, at every observer, would make it alive",
                            phrase(timing.path_limit)),
                fmt::format("a member testifying that it hears nothing of {} would make it "
                            "partitioned",
                            name)};
        case Verdict::partitioned:
            return {
                fmt::format("if {} heard a beat of {} on any path, it would be degraded",
                            listing(names(finding.deaf, roster)), name),
                fmt::format("if {} stopped hearing it too, it would be lost, with {} of {} votes",
                            finding.hearing.empty() ? "the member that passes its beats on"
                                                    : listing(names(finding.hearing, roster)),
                            needed, finding.voters)};
        case Verdict::lost: {
            const int spare = finding.deaf_votes - needed + 1;
            return {
                fmt::format("one beat of {}, heard by anybody on any path, would clear it", name),
                spare == 1
                    ? "one vote fewer against it would leave no majority: it would be suspect"
                    : fmt::format("{} votes fewer against it would leave no majority: it would "
                                  "be suspect",
                                  spare)};
        }
        case Verdict::suspect:
            return {fmt::format("a beat of {} would make it degraded", name),
                    fmt::format("{} of {} votes testifying to its silence would make it lost",
                                needed, finding.voters)};
        case Verdict::left:
            return {fmt::format("a beat of a new session of {} would bring it back", name)};
        case Verdict::unknown:
            return {fmt::format("a beat of {} would make it alive", name),
                    "the end of boot_grace without one would make it suspect or lost"};
        case Verdict::isolated: return {"a beat of anybody"};
    }
    return {};
}

std::string degraded_headline(const std::string& name, const std::string& faults, bool well,
                              const Timing& timing) {
    if (!faults.empty()) {
        return fmt::format("{} is degraded: it runs, but not every path carries its beats; {}.",
                           name, faults);
    }
    if (!well) return fmt::format("{} is degraded: it runs and is heard, not on every path.", name);
    return fmt::format("{} is degraded: heard on every path again, but not for {} yet.", name,
                       phrase(timing.path_limit));
}

std::string headline(const Finding& finding, Verdict verdict, const std::string& name,
                     const Roster& roster) {
    const std::string hearing = finding.hearing.empty() ? "a member that passes its beats on"
                                                        : listing(names(finding.hearing, roster));
    switch (verdict) {
        case Verdict::degraded: break;  // has a sentence of its own, above
        case Verdict::alive:
            return fmt::format("{} is alive: heard on every path by {}.", name, hearing);
        case Verdict::suspect:
            return fmt::format(
                "{} is suspect: nobody here hears it, and that is not enough to say more.", name);
        case Verdict::partitioned:
            return fmt::format(
                "{} is partitioned: {} {} it, {} {} not. The network is cut; the node runs.", name,
                hearing, finding.hearing.size() <= 1 ? "hears" : "hear",
                listing(names(finding.deaf, roster)), finding.deaf.size() == 1 ? "does" : "do");
        case Verdict::lost:
            return fmt::format(
                "{} is lost: {} of {} voters testify that they hear nothing of it, and nobody "
                "hears "
                "it.",
                name, finding.deaf_votes, finding.voters);
        case Verdict::left: return fmt::format("{} has left: it said goodbye.", name);
        case Verdict::unknown:
            return fmt::format("{} is unknown: too little has been heard of it yet.", name);
        case Verdict::isolated: return fmt::format("{} is isolated.", name);
    }
    return "";
}

Explanation explain_last_beat(std::optional<Instant> last, const std::string& name, Instant now) {
    Explanation heard;
    if (!last) {
        heard.claim = fmt::format("nobody here has ever heard a beat of {}", name);
        return heard;
    }
    heard.claim = fmt::format("the last beat of {} that anybody here heard came {} ago", name,
                              phrase(now - *last));
    heard.instant = last;
    heard.age = now - *last;
    return heard;
}

/// Nothing acts yet: what an armed cluster would do about a lost node, and when.
Explanation explain_failover(Instant due, const Timing& timing, Instant now) {
    Explanation next;
    const std::string silence = phrase(timing.condemn_after) + " of unanimous silence";
    next.claim = now < due
                     ? fmt::format(
                           "this cluster only observes; an armed one would condemn it after {}, "
                           "in {}",
                           silence, phrase(due - now))
                     : fmt::format(
                           "this cluster only observes; an armed one would have condemned it "
                           "after {}, {} ago",
                           silence, phrase(now - due));
    next.instant = due;
    return next;
}

}  // namespace

Explanation Node::explain_peer(std::size_t place, Instant now) const {
    const Peer& peer = peers_[place];
    const std::string& name = roster_.name(place);
    const std::string where = faults(place, now);
    // The verdict may be older than this instant's finding only while this node woke late.
    Explanation root;
    root.claim = peer.verdict == Verdict::degraded
                     ? degraded_headline(name, where, peer.well_since.has_value(), timing_)
                     : headline(peer.finding, peer.verdict, name, roster_);
    root.instant = peer.since;
    root.age = now - peer.since;
    root.rule = rule_of(peer.finding, peer.verdict, timing_);
    if (peer.verdict == Verdict::degraded && where.empty() && peer.well_since) {
        root.rule =
            fmt::format("a node that was missed is called alive when it has been well for {}",
                        phrase(timing_.path_limit));
    }
    root.would_have_changed_it = changers(peer.finding, peer.verdict, name, roster_, timing_);

    root.because.push_back(explain_last_beat(peer.finding.last_heard, name, now));
    for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
        if (observer == place || !matrix_.view(observer).present) continue;
        root.because.push_back(explain_witness(observer, place, now));
    }
    if (peer.verdict == Verdict::partitioned && !where.empty()) {
        Explanation side;
        side.claim = "where the fault is: " + where;
        root.because.push_back(std::move(side));
    }
    if (peer.verdict == Verdict::lost) {
        // A node that was never heard is lost only when boot_grace is over.
        const Instant due = std::max(peer.since, silent_since(peer) + timing_.condemn_after);
        root.because.push_back(explain_failover(due, timing_, now));
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
        const auto via = roster_.place(view.via);
        who += fmt::format(" (its view is {} old{})", phrase(now - view.received),
                           via ? ", relayed by " + roster_.name(*via) : "");
    }
    if (!here && !matrix_.current(observer, now)) {
        witness.claim = view.left ? fmt::format("{} has left and does not count", who)
                                  : fmt::format("{} is not heard any more and does not count", who);
        return witness;
    }
    const Incarnation newest = peers_[place].evidence.incarnation();
    const Testimony testimony = matrix_.says(observer, place, newest, now);
    witness.claim = fmt::format("{} {}", who, testimony_words(testimony, claim.testimony));
    if (claim.left) witness.claim += "; its goodbye arrived there";
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
        root.rule =
            "a node that hears nobody cannot tell its own deafness from the loss of all others: it "
            "accuses nobody";
        root.would_have_changed_it = {"one beat of anybody, on any path"};
    } else {
        root.claim = fmt::format("{} (this node) runs: incarnation {}, session {}.", name,
                                 identity_.incarnation.value, identity_.session.value);
        root.rule = fmt::format("its side has {} of {} votes, needed {}: {}", votes,
                                roster_.voters(), votes_needed(roster_.voters()),
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
        leaf.claim =
            stalls_.count == 1
                ? fmt::format("this node woke late once, by {}", phrase(stalls_.longest))
                : fmt::format("this node woke late {} times, {} in all, at worst {}", stalls_.count,
                              phrase(stalls_.total), phrase(stalls_.longest));
        if (gate_.cannot_testify()) leaf.claim += "; it cannot testify now";
        root.because.push_back(std::move(leaf));
    }
    return root;
}

}  // namespace inquest
