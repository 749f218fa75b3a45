// What a node says: its beats with its view, the beats it passes on, its goodbye.
#include "heartbeat/core/node.hpp"

namespace inquest {
namespace {

/// So many slots a boot has to itself: a year of them and more with the default timings.
constexpr int slot_bits = 30;

/// No beats of two boots have one number. A grant names its beat by numbers alone, and a machine
/// whose boot file is lost counts its boots and sessions from one again: what was granted to the
/// boot before would otherwise be a lease of this one.
Sequence number_of(std::uint32_t boot_tag, Sequence slot) {
    return Sequence((std::uint64_t{boot_tag} << slot_bits) + slot.value);
}

}  // namespace

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
    beat.sequence = number_of(identity_.boot_tag, slot.sequence);
    beat.boot_tag = identity_.boot_tag;
    beat.config_hash = config_hash_;
    beat.goodbye = leaving_;
    beat.stalled = gate_.closed(now);
    beat.paths = static_cast<std::uint8_t>(roster_.path_count());
    for (std::size_t place = 0; place < roster_.size(); ++place) {
        if (place != roster_.self()) beat.row.push_back(row(place, slot.path.value, now));
    }
    if (ledger_.grants) beat.electorate = ledger_.voters;
    lease_.sent(beat.sequence, reading(now));
    sent_.sent(beat.sequence, now);
    if (!leaving_) relays_.send(slot.path.value, matrix_, roster_, now, out);
}

PeerRow Node::row(std::size_t place, std::size_t path, Instant now) const {
    using std::chrono::milliseconds;
    const PeerEvidence& evidence = peers_[place].evidence;
    PeerRow row;
    row.peer = roster_.id(place);
    row.incarnation = evidence.incarnation();
    // A goodbye is told with its own age, however it came.
    const auto newest = evidence.left() ? evidence.last_life() : evidence.last_heard();
    if (const auto heard = newest) {
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
    row.grant = grant_for(place);
    row.cells = evidence.cells();
    return row;
}

std::optional<Will> Node::will() const {
    if (leaving_) return std::nullopt;
    Will will{.self = identity_.self,
              .incarnation = identity_.incarnation,
              .session = identity_.session,
              .boot_tag = identity_.boot_tag,
              .config_hash = config_hash_,
              .beat_interval = timing_.beat_interval,
              .restart_grace = timing_.restart_grace,
              .paths = static_cast<std::uint8_t>(roster_.path_count())};
    for (std::uint8_t path = 0; path < will.paths; ++path) {
        if (on_path(path)) will.speaks_on.push_back(PathId(path));
    }
    for (std::size_t place = 0; place < roster_.size(); ++place) {
        if (place != roster_.self()) will.peers.push_back(roster_.id(place));
    }
    return will;
}

void Node::on(const Leave&, Instant now, Actions& out) {
    leaving_ = true;
    for (std::size_t i = 0; i < roster_.path_count(); ++i) send(schedule_.hurry(), now, out);
}

}  // namespace inquest
