// What a node takes note of: beats heard and refused, its own links and stalls, the state of paths.
#include "heartbeat/core/node.hpp"
#include "heartbeat/core/phrase.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {
namespace {

/// Whoever passes a beat on signs it with a key that grants.
Beat without_grants(Beat beat) {
    beat.electorate.clear();
    for (PeerRow& row : beat.row) row.grant.reset();
    return beat;
}

}  // namespace

void Node::on(const BeatHeard& heard, Instant now, Actions& out) {
    const auto refuse = [&](BeatRefusal refusal) { ++refused_[static_cast<std::size_t>(refusal)]; };
    if (heard.beat.sender == identity_.self) return refuse(BeatRefusal::own);
    const auto place = roster_.place(heard.beat.sender);
    if (!place) return refuse(BeatRefusal::unknown_member);

    PeerEvidence& evidence = peers_[*place].evidence;
    const Incarnation incarnation = evidence.incarnation();
    const Session session = evidence.session();
    const Instant arrived = std::min(heard.arrived, now);
    const BeatRefusal refusal = heard.beat.via == nobody
                                    ? evidence.heard(heard.beat, heard.path, arrived, now)
                                    : evidence.relayed(heard.beat, arrived, now);
    if (refusal != BeatRefusal::none) {
        if (refusal == BeatRefusal::ancient || refusal == BeatRefusal::other_boot) {
            tell_ancient(*place, heard.beat, now, out);
        }
        return refuse(refusal);
    }
    tell_member_change(*place, incarnation, session, now, out);
    accept(*place, heard, now);
}

void Node::accept(std::size_t place, const BeatHeard& heard, Instant now) {
    ++beats_heard_;
    ever_heard_anyone_ = true;
    peers_[place].refused_as.clear();
    peers_[place].refused_life = {};
    const Instant arrived = std::min(heard.arrived, now);
    matrix_.heard(place, heard.beat, arrived);
    if (matrix_.view(place).of[roster_.self()].made)
        peers_[place].evidence.speaks_to_us(now);
    else
        peers_[place].evidence.speaks_to_others(now);
    take_grant(heard);
    relays_.heard(place, heard.retired_key ? without_grants(heard.beat) : heard.beat, arrived);
    if (heard.beat.via != nobody) return;
    note_end_of_isolation(arrived);
    LocalHalf& half = halves_[heard.path.value];
    half.heard_anyone = true;
    half.last_heard_anyone = std::max(half.last_heard_anyone, arrived);
    note_echo(place, heard);
}

/// The first beat after a silence of everybody ends it for one peer alone. To testify against the
/// others now would accuse whoever beats last.
void Node::note_end_of_isolation(Instant arrived) {
    std::optional<Instant> newest;
    for (const LocalHalf& half : halves_) {
        if (half.heard_anyone) newest = std::max(newest, std::optional(half.last_heard_anyone));
    }
    if (newest && arrived - *newest >= patience_.limit)
        listens_anew_until_ = std::max(listens_anew_until_, arrived + patience_.limit);
}

void Node::note_echo(std::size_t place, const BeatHeard& heard) {
    for (const PeerRow& row : heard.beat.row) {
        if (row.peer != identity_.self || !row.echo || row.incarnation != identity_.incarnation)
            continue;
        if (const auto trip = sent_.round_trip(*row.echo, heard.arrived)) {
            peers_[place].evidence.round_trip(heard.path, *trip);
        }
    }
}

void Node::tell_member_change(std::size_t place, Incarnation before, Session session_before,
                              Instant now, Actions& out) const {
    const PeerEvidence& evidence = peers_[place].evidence;
    if (evidence.incarnation() == before && evidence.session() == session_before) return;
    const bool rebooted = evidence.incarnation() != before;
    const auto name = [](Incarnation incarnation, Session session) {
        return incarnation == Incarnation{}
                   ? std::string("never-heard")
                   : fmt::format("{}.{}", incarnation.value, session.value);
    };
    Transition told = transition(Transition::Kind::member, place, now);
    told.from = name(before, session_before);
    told.to = name(evidence.incarnation(), evidence.session());
    told.reason = before == Incarnation{} ? "first heard"
                  : rebooted              ? "new incarnation: it has booted"
                                          : "new session: its daemon has restarted";
    out.push_back(std::move(told));
}

void Node::tell_ancient(std::size_t place, const Beat& beat, Instant now, Actions& out) {
    Peer& peer = peers_[place];
    // A life that has been told is no news, and two of them that take turns would never end.
    if (beat.incarnation <= peer.refused_life) return;
    // Nor is a beat that was only delayed; a node that lives in the past is.
    const auto heard = std::max(peer.evidence.last_heard(), peer.evidence.last_relayed());
    if (heard && now - *heard < timing_.path_limit) return;
    peer.refused_life = beat.incarnation;
    peer.refused_as = fmt::format("{}.{}", beat.incarnation.value, beat.session.value);
    Transition told = transition(Transition::Kind::member, place, now);
    told.from =
        fmt::format("{}.{}", peer.evidence.incarnation().value, peer.evidence.session().value);
    told.to = "refused";
    told.facts = "as=" + peer.refused_as;
    told.reason =
        "older than what was heard, or another boot under its number: was its boot file lost?";
    out.push_back(std::move(told));
}

void Node::on(const LocalHalfBroken& broken, Instant now, Actions&) {
    if (broken.path.value >= halves_.size()) return;
    LocalHalf& half = halves_[broken.path.value];
    half.known_good = false;
    half.reason = broken.reason;
    if (half.broken) return;
    half.broken = true;
    half.broken_since = now;
    promised_ = std::min(promised_, now);
}

void Node::on(const LocalHalfGood& good, Instant now, Actions&) {
    if (good.path.value >= halves_.size()) return;
    LocalHalf& half = halves_[good.path.value];
    half.known_good = true;
    // What was not heard while the link was down is no silence: the count begins anew.
    if (half.broken) half.blind_until = now + patience_.limit;
    half.broken = false;
    half.reason.clear();
    promised_ = std::min(promised_, now);
}

void Node::on(const Overrun& overrun, Instant now, Actions&) {
    if (overrun.path.value >= halves_.size()) return;
    halves_[overrun.path.value].overrun_until = now + timing_.beat_interval;
    for (Peer& peer : peers_) peer.evidence.excuse(overrun.path, now);
}

void Node::stalled(Duration stall, Instant now, Actions& out) {
    for (Peer& peer : peers_) {
        peer.evidence.extend(stall, now);
        peer.silent_from =
            std::min(peer.silent_from + stall + timing_.beat_interval, gate_.opens_at());
    }
    matrix_.extend(stall, now);
    ++stalls_.count;
    stalls_.total += stall;
    stalls_.longest = std::max(stalls_.longest, stall);
    // Small stalls are counted, not told: they are many on a shared machine, and harmless.
    if (stall < timing_.path_limit) return;
    Transition told = transition(Transition::Kind::stall, roster_.self(), now);
    told.from = "running";
    told.to = "woke-late";
    told.reason = fmt::format("woke {} late: testifies nothing for {}", phrase(stall),
                              phrase(timing_.beat_interval));
    out.push_back(std::move(told));
}

void Node::tell_fitness(Instant now, Actions& out) {
    if (gate_.cannot_testify() == unfit_told_) return;
    unfit_told_ = gate_.cannot_testify();
    Transition told = transition(Transition::Kind::stall, roster_.self(), now);
    told.from = unfit_told_ ? "running" : "cannot-testify";
    told.to = unfit_told_ ? "cannot-testify" : "running";
    if (unfit_told_) told.reason = "woke late three times in a row";
    out.push_back(std::move(told));
}

void Node::judge_paths(Instant now, Actions& out) {
    const PeerEvidence::Gate gate{gate_.closed(now), listens_anew_until_};
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        PeerEvidence& evidence = peers_[place].evidence;
        const FixedVector<Cell, paths_max> before = evidence.cells();
        evidence.judge(now, halves_, gate);
        for (std::size_t path = 0; path < before.size(); ++path) {
            const Cell& cell = evidence.path(path).cell;
            if (cell.state == before[path].state) continue;
            Transition told = transition(Transition::Kind::path, place, now);
            told.path = roster_.path_name(path);
            told.from = word(before[path].state);
            told.to = word(cell.state);
            told.reason = evidence.reason(path, now, halves_);
            out.push_back(std::move(told));
        }
    }
}

void Node::write_own_view(Instant now) {
    View& view = matrix_.own();
    view.stalled = gate_.closed(now);
    view.incarnation = identity_.incarnation;
    view.session = identity_.session;
    view.received = now;
    view.counted_from = now;
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        view.of[place] = claim(row(place, 0, now), roster_.path_count(), now, Unheard::counted);
        view.of[place].heard_at = peers_[place].evidence.last_heard();
    }
}

}  // namespace inquest
