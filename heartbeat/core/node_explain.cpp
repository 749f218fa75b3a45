// Why a verdict is what it is: Node::explain and the reasons in transitions.
//
// The tree goes from the verdict over the witnesses to their single paths. Every sentence can be
// read aloud; figures carry their limit, so that the reader sees how far it was from another word.
#include "heartbeat/core/fault_side.hpp"
#include "heartbeat/core/keeper.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"
#include "heartbeat/core/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {
namespace {

constexpr const char* not_off =
    "it is heard, though a fence device has said that it is off: the device does not tell the "
    "truth, or belongs to another machine";

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

    std::vector<std::string> sentences() const {
        std::vector<std::string> told;
        for (const Entry& entry : entries_) {
            told.push_back(entry.paths.empty() ? entry.fault
                                               : entry.fault + " on " + listing(entry.paths));
        }
        return told;
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
        concerned = concerned || (matrix_.current(place, now) && matrix_.isolated(place));
        if (!concerned) continue;
        if (std::string text = fault_on(path, now); !text.empty()) {
            found.add(std::move(text), roster_.path_name(path));
        }
    }
    return join(found.sentences(), "; ");
}

/// The faults of all paths.
std::vector<std::string> Node::faults(Instant now) const {
    FaultList found;
    for (std::size_t path = 0; path < roster_.path_count(); ++path) {
        if (std::string text = fault_on(path, now); !text.empty()) {
            found.add(std::move(text), roster_.path_name(path));
        }
    }
    return found.sentences();
}

/// What the matrix says of one path, with what this node knows of its own half.
std::string Node::fault_on(std::size_t path, Instant now) const {
    std::string text = sentence(fault_side(path, matrix_, roster_, now), path, roster_);
    if (!halves_[path].broken) return text;
    if (text.empty()) text = "this node's side: " + roster_.path_name(path);
    return fmt::format("{} ({})", text, halves_[path].reason);
}

/// The newest beat that anybody told of, or that came here by relay.
std::optional<Instant> Node::newest_beat(const Peer& peer) {
    return std::max(peer.finding.last_heard, peer.evidence.last_relayed());
}

std::string Node::verdict_reason(std::size_t place, Instant now) const {
    const Peer& peer = peers_[place];
    const Finding& finding = peer.finding;
    const auto newest = newest_beat(peer);
    const std::string last = newest ? "last beat " + phrase(now - *newest) + " ago" : "never heard";
    switch (peer.verdict) {
        case Verdict::unknown:
            return roster_.joined(place) ? "" : "invited, and has not joined yet";
        case Verdict::isolated:
        case Verdict::alive: return belies_a_device(place) ? not_off : "";
        case Verdict::left: return "it said goodbye";
        case Verdict::degraded: {
            if (belies_a_device(place)) return not_off;
            if (finding.restarting) return "daemon-restart: its daemon has died, it runs on";
            std::string text = faults(place, now);
            if (!text.empty()) return text;
            return peer.well_since ? "well again, not yet for long" : unsettled(place, now);
        }
        case Verdict::partitioned: {
            const std::vector<std::string> deaf = names(finding.deaf, roster_);
            std::vector<std::string> hearing = names(finding.hearing, roster_);
            if (hearing.empty()) hearing.push_back("a relaying member");
            return fmt::format("{} {} not hear it, {} {}", listing(deaf),
                               deaf.size() == 1 ? "does" : "do", listing(hearing),
                               hearing.size() == 1 ? "does" : "do");
        }
        case Verdict::suspect:
            return finding.quorate ? "nobody hears it, " + last : "no quorum here, " + last;
        case Verdict::lost:
            return fmt::format("nobody hears it, {} of {} voters say so, {}{}", finding.deaf_votes,
                               finding.voters, last,
                               peer.refused_as.empty() ? "" : "; its beats come and are refused");
        case Verdict::held:
        case Verdict::fenced: break;  // made of a verdict, and none of their own
    }
    return "";
}

/// What keeps a peer from being well where no path has a fault: beats that are late, or a path that
/// nobody has heard yet.
std::string Node::unsettled(std::size_t place, Instant now) const {
    std::vector<std::string> late;
    std::vector<std::string> unheard;
    for (std::size_t path = 0; path < roster_.path_count(); ++path) {
        for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
            const auto& cells = matrix_.view(observer).of[place].cells;
            if (observer == place || !matrix_.current(observer, now) || path >= cells.size())
                continue;
            const std::string where = roster_.path_name(path) + " at " + roster_.name(observer);
            if (cells[path].state == PathState::late) late.push_back(where);
            if (cells[path].reason == BlindReason::not_heard_yet) unheard.push_back(where);
        }
    }
    if (!late.empty()) return "beats are late on " + listing(late);
    if (!unheard.empty()) return "not heard yet on " + listing(unheard);
    return "not heard on every path";
}

std::string Node::verdict_facts(std::size_t place, Instant now) const {
    const Peer& peer = peers_[place];
    if (peer.verdict != Verdict::suspect && peer.verdict != Verdict::lost) return "";
    std::size_t fresh = 0;
    std::size_t all = 0;
    for (const Cell& cell : peer.evidence.cells()) {
        all += cell != off_cell ? 1 : 0;
        fresh += cell.state == PathState::fresh ? 1 : 0;
    }
    const auto last = newest_beat(peer);
    return fmt::format("paths={}/{} votes={}/{} last_beat={}", fresh, all, peer.finding.deaf_votes,
                       peer.finding.voters, last ? phrase(now - *last) : "never");
}

std::optional<Explanation> Node::explain(std::string_view member, Instant now) const {
    const auto place = roster_.place(member);
    if (!place) return std::nullopt;
    return *place == roster_.self() ? explain_self(now) : explain_peer(*place, now);
}

Explanation Node::explain_peer(std::size_t place, Instant now) const {
    const Peer& peer = peers_[place];
    const std::string& name = roster_.name(place);
    const std::string where = faults(place, now);
    // The verdict may be older than this instant's finding only while this node woke late.
    Explanation root;
    const bool restarting = peer.verdict == Verdict::degraded && peer.finding.restarting;
    root.claim = restarting ? fmt::format(
                                  "{} is degraded: its daemon has died, and its keeper says "
                                  "that it runs on.",
                                  name)
                 : peer.verdict == Verdict::degraded
                     ? degraded_headline(name, where, peer.well_since.has_value(), timing_)
                     : headline(peer.finding, peer.pronounced, name, roster_);
    root.instant = peer.since;
    root.age = now - peer.since;
    root.rule = rule_of(peer.finding, peer.pronounced, timing_);
    if (restarting) {
        root.rule = fmt::format(
            "a keeper's beats count as heard for restart_grace, {}, once in {}; they earn no lease",
            phrase(timing_.restart_grace), phrase(keeper_rest));
    } else if (peer.verdict == Verdict::degraded && where.empty() && peer.well_since) {
        root.rule =
            fmt::format("a node that was missed is called alive when it has been well for {}",
                        phrase(timing_.path_limit));
    }
    root.would_have_changed_it = changers(peer.finding, peer.pronounced, name, roster_, timing_);

    root.because.push_back(explain_last_beat(newest_beat(peer), name, now));
    if (!peer.refused_as.empty()) {
        const PeerEvidence& evidence = peer.evidence;
        Explanation refused;
        refused.claim = fmt::format(
            "its beats come and are refused: they say {}, and {}.{} has been heard; its boot file "
            "was lost or restored: write `incarnation = {}` into it and restart its inquestd",
            peer.refused_as, evidence.incarnation().value, evidence.session().value,
            evidence.incarnation().value + 1);
        root.because.push_back(std::move(refused));
    }
    for (std::size_t observer = 0; observer < roster_.size(); ++observer) {
        if (observer == place || !matrix_.view(observer).present) continue;
        root.because.push_back(explain_witness(observer, place, now));
    }
    if (peer.verdict == Verdict::partitioned && !where.empty()) {
        Explanation side;
        side.claim = "where the fault is: " + where;
        root.because.push_back(std::move(side));
    }
    if (is_condemned(place, peer.evidence.incarnation())) {
        root.because.push_back(explain_condemnation(place, now));
    } else if (peer.verdict == Verdict::lost) {
        // A node that was never heard is lost only when boot_grace is over.
        const Instant due = std::max(peer.since, silent_since(peer) + patience_.condemn);
        root.because.push_back(explain_failover(due, timing_, ledger_.armed, now));
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
    if (is_condemned(roster_.self(), identity_.incarnation))
        root.because.push_back(explain_condemnation(roster_.self(), now));
    root.because.push_back(explain_lease(now));
    if (watchdog_) root.because.push_back(explain_watchdog(now));
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
