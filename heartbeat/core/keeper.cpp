#include "heartbeat/core/keeper.hpp"

#include <algorithm>

namespace inquest {

void Keeper::daemon_speaks(const std::optional<Will>& will) {
    will_ = will;
    fall_silent();
}

void Keeper::daemon_died(Instant now) {
    // One that died before it spoke is under the grace of the one before.
    if (ends_ || !will_) return;
    if (excused_ && now - *excused_ < keeper_rest) return;
    excused_ = now;
    ends_ = after(now, will_->restart_grace);
    schedule_.emplace(will_->beat_interval, will_->paths, now, will_->boot_tag);
    spoke_ = false;
}

void Keeper::step(Instant now, Actions& out) {
    if (!ends_) return;
    if (now >= *ends_) return daemon_speaks(std::nullopt);
    // Nobody shall wait longer for the first one than for any beat.
    for (std::uint8_t i = 0; !spoke_ && i < will_->paths; ++i) send(schedule_->hurry(), out);
    spoke_ = true;
    while (now >= schedule_->due()) send(schedule_->take(now), out);
}

Instant Keeper::next_deadline() const {
    if (!ends_) return never;
    return spoke_ ? std::min(*ends_, schedule_->due()) : Instant{};
}

void Keeper::fall_silent() {
    ends_.reset();
    schedule_.reset();
}

void Keeper::send(Schedule::Slot slot, Actions& out) const {
    const auto& spoken = will_->speaks_on;
    if (std::find(spoken.begin(), spoken.end(), slot.path) == spoken.end()) return;
    Beat& beat = std::get<SendBeat>(out.emplace_back(SendBeat{})).beat;
    beat.sender = will_->self;
    beat.path = slot.path;
    beat.incarnation = will_->incarnation;
    beat.session = will_->session;
    beat.sequence = Sequence(keeper_sequence_min + slot.sequence.value);
    beat.boot_tag = will_->boot_tag;
    beat.config_hash = will_->config_hash;
    beat.restarting = true;
    beat.paths = will_->paths;
    // It hears nobody, and says so.
    for (const MemberId peer : will_->peers) {
        PeerRow row;
        row.peer = peer;
        row.cells.resize(will_->paths);
        beat.row.push_back(row);
    }
}

}  // namespace inquest
