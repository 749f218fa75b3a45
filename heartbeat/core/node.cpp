#include "heartbeat/core/node.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/phrase.hpp"
#include "heartbeat/core/quorum.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest {
namespace {

std::vector<bool> connections(const Roster& roster, std::size_t place) {
    std::vector<bool> connects(roster.path_count());
    for (std::size_t path = 0; path < connects.size(); ++path) {
        connects[path] = roster.connects(path, roster.self(), place);
    }
    return connects;
}

std::string path_word(const Cell& cell) {
    if (cell.state != PathState::blind) return std::string(word(cell.state));
    return fmt::format("{}({})", word(cell.state), word(cell.reason));
}

}  // namespace

Node::Node(const ClusterConfig& cluster, const Identity& identity, Instant now)
    : timing_(cluster.timing),
      identity_(identity),
      config_hash_(cluster.hash),
      roster_(cluster, identity.self),
      started_(now),
      schedule_(timing_.beat_interval, roster_.path_count(), now, identity.seed),
      gate_({timing_.stall_limit(), timing_.beat_interval, timing_.path_limit}),
      matrix_(roster_, timing_.path_limit),
      relays_(roster_, timing_.beat_interval),
      halves_(roster_.path_count()),
      self_since_(now),
      promised_(schedule_.due()) {
    INQUEST_ASSERT(identity.incarnation.value >= 1 && identity.session.value >= 1);
    for (std::size_t place = 0; place < roster_.size(); ++place) {
        peers_.push_back({PeerEvidence(timing_, connections(roster_, place), now), Verdict::unknown,
                          now, Finding{}, std::nullopt, std::nullopt, false, false});
    }
    write_own_view(now);
}

void Node::step(Instant now, const Event& event, Actions& out) {
    std::visit([&](const auto& happened) { on(happened, now, out); }, event);
}

// --- Evidence ------------------------------------------------------------------------------------

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
    accept(*place, heard, now, out);
}

void Node::accept(std::size_t place, const BeatHeard& heard, Instant now, Actions&) {
    ++beats_heard_;
    ever_heard_anyone_ = true;
    peers_[place].ancient_told = false;
    const Instant arrived = std::min(heard.arrived, now);
    matrix_.heard(place, heard.beat, arrived);
    relays_.heard(place, heard.beat, arrived);
    if (heard.beat.via != nobody) return;
    LocalHalf& half = halves_[heard.path.value];
    half.heard_anyone = true;
    half.last_heard_anyone = std::max(half.last_heard_anyone, arrived);
    note_echo(place, heard);
}

void Node::note_echo(std::size_t place, const BeatHeard& heard) {
    for (const PeerRow& row : heard.beat.row) {
        if (row.peer != identity_.self || !row.echo || row.incarnation != identity_.incarnation)
            continue;
        if (const auto trip = sent_.round_trip(*row.echo, std::min(heard.arrived, never))) {
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
    const char* reason = before == Incarnation{} ? "reason=\"first heard\""
                         : rebooted              ? "reason=\"new incarnation: it has booted\""
                                    : "reason=\"new session: its daemon has restarted\"";
    out.push_back(Transition{Transition::Kind::member, now, roster_.name(roster_.self()),
                             roster_.name(place), "", name(before, session_before),
                             name(evidence.incarnation(), evidence.session()), reason});
}

void Node::tell_ancient(std::size_t place, const Beat& beat, Instant now, Actions& out) {
    Peer& peer = peers_[place];
    if (peer.ancient_told) return;
    // A beat that was only delayed is no news; a node that lives in the past is.
    if (peer.evidence.last_heard() && now - *peer.evidence.last_heard() < timing_.path_limit)
        return;
    peer.ancient_told = true;
    out.push_back(Transition{
        Transition::Kind::member, now, roster_.name(roster_.self()), roster_.name(place), "",
        fmt::format("{}.{}", peer.evidence.incarnation().value, peer.evidence.session().value),
        "refused",
        fmt::format("reason=\"beats as incarnation {} session {}: older than the one that was "
                    "heard, or another "
                    "boot under its number; was its boot file lost?\"",
                    beat.incarnation.value, beat.session.value)});
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
    if (half.broken) half.blind_until = now + timing_.path_limit;
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
    for (Peer& peer : peers_) peer.evidence.extend(stall, now);
    matrix_.extend(stall, now);
    ++stalls_.count;
    stalls_.total += stall;
    stalls_.longest = std::max(stalls_.longest, stall);
    // Small stalls are counted, not told: they are many on a shared machine, and harmless.
    if (stall < timing_.path_limit) return;
    const std::string& self = roster_.name(roster_.self());
    out.push_back(Transition{Transition::Kind::stall, now, self, self, "", "running", "woke-late",
                             fmt::format("reason=\"woke {} late: testifies nothing for {}\"",
                                         phrase(stall), phrase(timing_.beat_interval))});
}

void Node::tell_fitness(Instant now, Actions& out) {
    if (gate_.cannot_testify() == unfit_told_) return;
    unfit_told_ = gate_.cannot_testify();
    const std::string& self = roster_.name(roster_.self());
    const char* from = unfit_told_ ? "running" : "cannot-testify";
    const char* to = unfit_told_ ? "cannot-testify" : "running";
    const char* reason = unfit_told_ ? "reason=\"woke late three times in a row\"" : "";
    out.push_back(Transition{Transition::Kind::stall, now, self, self, "", from, to, reason});
}

void Node::judge_paths(Instant now, Actions& out) {
    const PeerEvidence::Gate gate{gate_.closed(now)};
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        PeerEvidence& evidence = peers_[place].evidence;
        const FixedVector<Cell, paths_max> before = evidence.cells();
        evidence.judge(now, halves_, gate);
        for (std::size_t path = 0; path < before.size(); ++path) {
            const Cell& cell = evidence.path(path).cell;
            if (cell == before[path]) continue;
            const std::string reason = evidence.reason(path, now, halves_);
            out.push_back(Transition{Transition::Kind::path, now, roster_.name(roster_.self()),
                                     roster_.name(place), roster_.path_name(path),
                                     path_word(before[path]), path_word(cell),
                                     reason.empty() ? "" : fmt::format("reason=\"{}\"", reason)});
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

// --- The heartbeat of the state machine ---------------------------------------------------------

void Node::on(const Wake&, Instant now, Actions& out) {
    if (const Duration stall = gate_.woke(now, promised_); stall > Duration::zero()) {
        stalled(stall, now, out);
    }
    tell_fitness(now, out);
    judge_paths(now, out);
    write_own_view(now);
    if (!gate_.closed(now)) judge_verdicts(now, out);
    send_due(now, out);
    promised_ = find_deadline(now);
}

Instant Node::find_deadline(Instant now) const {
    Instant next = std::min(schedule_.due(), matrix_.next_deadline(now));
    if (gate_.closed(now)) next = std::min(next, gate_.opens_at());
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        const Peer& peer = peers_[place];
        next = std::min(next, peer.evidence.next_deadline(now, halves_));
        if (peer.verdict == Verdict::lost && !peer.recorded) {
            const Instant due = silent_since(peer) + timing_.condemn_after;
            if (due > now) next = std::min(next, due);
        }
    }
    return std::max(next, now);
}

// --- Verdicts -----------------------------------------------------------------------------------

bool Node::boot_grace_over(Instant now) const { return now >= after(started_, timing_.boot_grace); }

Finding Node::find(std::size_t place, Instant now) const {
    const PeerEvidence& evidence = peers_[place].evidence;
    return judge(matrix_, roster_,
                 {.peer = place,
                  .newest = evidence.incarnation(),
                  .own = identity_.incarnation,
                  .relayed = evidence.hears_by_relay(now),
                  .left = evidence.left(),
                  .ever_heard = evidence.ever_heard(),
                  .boot_grace_over = boot_grace_over(now)},
                 now);
}

void Node::judge_verdicts(Instant now, Actions& out) {
    judge_self(now, out);
    was_quorate_ =
        has_quorum(matrix_.votes_together(roster_, identity_.incarnation, now), roster_.voters());
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        Peer& peer = peers_[place];
        peer.finding = find(place, now);
        const Verdict verdict = settle(peer, peer.finding.verdict, now);
        if (verdict != peer.verdict) {
            const Verdict before = peer.verdict;
            peer.verdict = verdict;
            peer.since = now;
            peer.recorded = false;
            out.push_back(Transition{Transition::Kind::verdict, now, roster_.name(roster_.self()),
                                     roster_.name(place), "", std::string(word(before)),
                                     std::string(word(verdict)), verdict_reason(place, now)});
        }
        record_failover(place, now, out);
    }
}

/// Keeps a verdict from flickering. Views are a little old, so that two of them contradict each
/// other in passing at every loss, boot and healed cut: a peer is called partitioned only when that
/// has outlived the age at which a view ends. One that was missed is called alive only when it has
/// been well for as long, and one that is just met is not called degraded before. Every other
/// change for the worse is told at once.
Verdict Node::settle(Peer& peer, Verdict found, Instant now) const {
    const auto for_long = [&](std::optional<Instant>& since, bool holds) {
        if (!holds)
            since.reset();
        else if (!since)
            since = now;
        return since && now - *since >= timing_.path_limit;
    };
    const bool heard =
        found == Verdict::alive || found == Verdict::degraded || found == Verdict::partitioned;
    const bool heard_for_long = for_long(peer.heard_since, heard);
    const bool well_for_long = for_long(peer.well_since, found == Verdict::alive);
    const bool cut_for_long = for_long(peer.cut_since, found == Verdict::partitioned);
    const Verdict before = peer.verdict;
    const bool missed =
        before != Verdict::alive && before != Verdict::unknown && before != Verdict::left;
    if (found == Verdict::partitioned && (cut_for_long || before == found)) return found;
    if (found == Verdict::alive && (well_for_long || !missed)) return found;
    if (!heard) return found;
    return before == Verdict::unknown && !heard_for_long ? Verdict::unknown : Verdict::degraded;
}

bool Node::hears_anyone(Instant now) const {
    for (std::size_t place = 0; place < peers_.size(); ++place) {
        if (place == roster_.self()) continue;
        const PeerEvidence& evidence = peers_[place].evidence;
        const Testimony heard = testimony(evidence.cells());
        if (heard == Testimony::hears || heard == Testimony::doubts) return true;
        if (evidence.hears_by_relay(now)) return true;
    }
    return false;
}

void Node::judge_self(Instant now, Actions& out) {
    const bool all_broken = std::all_of(halves_.begin(), halves_.end(),
                                        [](const LocalHalf& half) { return half.broken; });
    Verdict verdict = Verdict::alive;
    if (!hears_anyone(now)) {
        const bool can_tell = ever_heard_anyone_ || all_broken || boot_grace_over(now);
        verdict = can_tell ? Verdict::isolated : Verdict::unknown;
    }
    if (verdict == self_verdict_) return;
    const Verdict before = self_verdict_;
    self_verdict_ = verdict;
    self_since_ = now;
    const std::string& self = roster_.name(roster_.self());
    const char* reason = verdict != Verdict::isolated ? ""
                         : all_broken
                             ? "reason=\"every path is broken on this side: accuses nobody\""
                             : "reason=\"hears nobody on any path: accuses nobody\"";
    out.push_back(Transition{Transition::Kind::verdict, now, self, self, "",
                             std::string(word(before)), std::string(word(verdict)), reason});
}

/// Since when the silence counts: the newest beat that anyone heard, or the end of this node's own
/// last stall, whichever is later.
Instant Node::silent_since(const Peer& peer) const {
    return std::max({peer.finding.last_heard.value_or(started_), gate_.opens_at(), started_});
}

void Node::record_failover(std::size_t place, Instant now, Actions& out) {
    Peer& peer = peers_[place];
    if (peer.verdict != Verdict::lost || peer.recorded) return;
    if (now < silent_since(peer) + timing_.condemn_after) return;
    peer.recorded = true;
    out.push_back(Transition{
        Transition::Kind::would_have_failed_over, now, roster_.name(roster_.self()),
        roster_.name(place), "", "observing", "would-have-failed-over",
        fmt::format("silence={} condemn_after={} votes={}/{}", phrase(now - silent_since(peer)),
                    phrase(timing_.condemn_after), peer.finding.deaf_votes, peer.finding.voters)});
}

// --- Sending ------------------------------------------------------------------------------------

bool Node::on_path(std::size_t path) const {
    for (std::size_t place = 0; place < roster_.size(); ++place) {
        if (place != roster_.self() && roster_.connects(path, roster_.self(), place)) return true;
    }
    return false;
}

void Node::send_due(Instant now, Actions& out) {
    while (now >= schedule_.due()) send(schedule_.take(now), now, out);
}

void Node::send(Schedule::Slot slot, Instant now, Actions& out) {
    if (!on_path(slot.path.value)) return;
    Beat& beat = std::get<SendBeat>(out.emplace_back(SendBeat{})).beat;
    beat.sender = identity_.self;
    beat.path = slot.path;
    beat.incarnation = identity_.incarnation;
    beat.session = identity_.session;
    beat.sequence = slot.sequence;
    beat.boot_tag = identity_.boot_tag;
    beat.config_hash = config_hash_;
    beat.goodbye = leaving_;
    beat.stalled = gate_.closed(now);
    beat.paths = static_cast<std::uint8_t>(roster_.path_count());
    for (std::size_t place = 0; place < roster_.size(); ++place) {
        if (place != roster_.self()) beat.row.push_back(row(place, slot.path.value, now));
    }
    sent_.sent(slot.sequence, now);
    if (!leaving_) relays_.send(slot.path.value, matrix_, roster_, now, out);
}

PeerRow Node::row(std::size_t place, std::size_t path, Instant now) const {
    using std::chrono::milliseconds;
    const PeerEvidence& evidence = peers_[place].evidence;
    PeerRow row;
    row.peer = roster_.id(place);
    row.incarnation = evidence.incarnation();
    if (const auto heard = evidence.last_heard()) {
        const auto age = std::chrono::duration_cast<milliseconds>(now - *heard).count();
        if (age >= 0 && age < age_unknown_ms) row.age_ms = static_cast<std::uint16_t>(age);
    }
    row.relayed = evidence.hears_by_relay(now);
    row.left = evidence.left();
    const PeerEvidence::PathNotes& notes = evidence.path(path);
    if (notes.detector) {
        const Duration held = now - notes.detector->last_arrival();
        if (held >= Duration::zero() && held < Duration(std::uint32_t(-1))) {
            row.echo = Echo{static_cast<std::uint16_t>(notes.newest.value & 0xffff),
                            static_cast<std::uint32_t>(held.count())};
        }
    }
    row.cells = evidence.cells();
    return row;
}

void Node::on(const Leave&, Instant now, Actions& out) {
    leaving_ = true;
    for (std::size_t i = 0; i < roster_.path_count(); ++i) send(schedule_.hurry(), now, out);
}

}  // namespace inquest
