// Snapshots and the log's bound: chapter 5.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/ledger/ledger.hpp"

#include <algorithm>
#include <utility>

namespace inquest::ledger {

// ---- Taking one --------------------------------------------------------------------------------

/// A snapshot that a follower is being sent is not replaced under its hands, or it might never
/// catch up; up to a bound, since memory has one.
void Ledger::ask_for_snapshot() {
    if (asked_for_ || applied_ <= snapshot_.index) return;
    const std::size_t patience = (settings_.log_bytes_compact + settings_.log_bytes_max) / 2;
    if (log_.bytes() < (sends_snapshot() ? patience : settings_.log_bytes_compact)) return;
    asked_for_ = applied_;
    actions_.emplace_back(TakeSnapshot{applied_});
}

/// Is one on its way to somebody who answers?
bool Ledger::sends_snapshot() const {
    return std::any_of(followers_.begin(), followers_.end(), [this](const auto& follower) {
        return follower.second.state == Progress::State::snapshot &&
               now_ < after(follower.second.heard, settings_.election_max);
    });
}

/// The last entries stay in memory for followers that are close behind. The members are those as of
/// the snapshot's index: a later change may be truncated yet.
void Ledger::on(const SnapshotTaken& taken) {
    if (asked_for_ != taken.index) return;
    asked_for_.reset();
    if (taken.index <= snapshot_.index) return;
    snapshot_ = {.index = taken.index,
                 .term = log_.term_at(taken.index).value(),
                 .membership = log_.membership_at(taken.index),
                 .bytes = taken.bytes};
    draft_.snapshot = snapshot_;
    const std::uint64_t here = taken.index - log_.base();
    log_.compact_through(taken.index - std::min<std::uint64_t>(here, settings_.kept_entries));
}

// ---- Sending it --------------------------------------------------------------------------------

void Ledger::send_chunk(MemberId follower, Progress& progress) {
    if (progress.sent != snapshot_.index) progress.send_snapshot(snapshot_.index);
    if (progress.pace == Progress::Pace::waiting) return;
    progress.pace = Progress::Pace::waiting;
    const Bytes& bytes = snapshot_.bytes;
    const std::size_t begin = std::min<std::size_t>(progress.taken_bytes, bytes.size());
    // Nobody sends much to one who has not answered for long.
    const bool here = now_ < after(progress.heard, settings_.election_max);
    const std::size_t size = here ? std::min(settings_.chunk_bytes_max, bytes.size() - begin) : 0;
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(begin);
    send(follower, SnapshotChunk{.index = snapshot_.index,
                                 .term = snapshot_.term,
                                 .membership = snapshot_.membership,
                                 .total_bytes = bytes.size(),
                                 .offset_bytes = begin,
                                 .bytes = {first, first + static_cast<std::ptrdiff_t>(size)}});
}

void Ledger::on(const Message& message, const ChunkTaken& reply) {
    const auto follower = followers_.find(message.from);
    if (follower == followers_.end()) return;
    Progress& progress = follower->second;
    progress.answers(now_);
    const bool awaited = progress.state == Progress::State::snapshot &&
                         progress.sent == reply.index && progress.taken_bytes != reply.taken_bytes;
    if (!awaited) return;
    progress.taken_bytes = reply.taken_bytes;
    progress.pace = Progress::Pace::free;
}

// ---- Receiving it ------------------------------------------------------------------------------

void Ledger::on(const Message& message, const SnapshotChunk& chunk) {
    if (!follow(message)) return;
    if (chunk.index > commit_) take_chunk(message.term, chunk);
    // Committed entries are the same everywhere, however they came here.
    if (chunk.index <= commit_) return reply(message.from, AppendAccepted{chunk.index});
    const std::uint64_t taken = incoming_ ? incoming_->bytes.size() : 0;
    reply(message.from, ChunkTaken{chunk.index, taken});
}

/// Pieces of two leaders are never put together.
void Ledger::take_chunk(Term sender, const SnapshotChunk& chunk) {
    if (chunk.total_bytes > settings_.snapshot_bytes_max) return drop(Dropped::malformed);
    if (!incoming_ || incoming_->index != chunk.index || incoming_->sender != sender ||
        incoming_->total_bytes != chunk.total_bytes) {
        incoming_ = {.sender = sender,
                     .index = chunk.index,
                     .term = chunk.term,
                     .membership = chunk.membership,
                     .total_bytes = chunk.total_bytes};
    }
    Bytes& bytes = incoming_->bytes;
    if (chunk.offset_bytes != bytes.size()) return;
    if (chunk.bytes.size() > chunk.total_bytes - bytes.size()) return drop(Dropped::malformed);
    bytes.insert(bytes.end(), chunk.bytes.begin(), chunk.bytes.end());
    if (bytes.size() == chunk.total_bytes) install();
}

/// What follows the snapshot in a log that holds its last entry is kept; any other log is not the
/// leader's and goes (5.3).
void Ledger::install() {
    Incoming whole = std::move(*incoming_);
    incoming_.reset();
    const bool holds_it = log_.term_at(whole.index) == whole.term;
    if (!holds_it) {
        draft_.truncate_from = whole.index + 1;
        close_proposals(whole.index + 1, Index(UINT64_MAX), Proposed::Outcome::lost);
        log_.begin_anew({whole.index, whole.term, whole.membership});
    } else {
        log_.compact_through(whole.index);
    }
    close_proposals(Index{}, whole.index, Proposed::Outcome::unknown);
    snapshot_ = {whole.index, whole.term, whole.membership, std::move(whole.bytes)};
    draft_.snapshot = snapshot_;
    learn_commit(whole.index);
    applied_ = commit_;
    asked_for_.reset();
    actions_.emplace_back(Restore{snapshot_});
}

}  // namespace inquest::ledger
