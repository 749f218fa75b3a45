// What ledgers say to each other. The codec and the authentication are the wire's; what is bounded
// here is how large each message can become, so that all but a snapshot's chunk fit one datagram.
#pragma once

#include "heartbeat/ledger/snapshot.hpp"

#include <cstdint>
#include <variant>
#include <vector>

namespace inquest::ledger {

/// May I have your vote (3.4)? First only: would you give it (9.6)? The latter binds nobody.
struct VoteRequest {
    enum class Stage : std::uint8_t { would_you, give };
    Stage stage = Stage::would_you;
    Index last_index;  ///< of the candidate's log
    Term last_term;
};

struct VoteReply {
    enum class Answer : std::uint8_t { no, yes };
    VoteRequest::Stage stage = VoteRequest::Stage::would_you;
    Answer answer = Answer::no;
};

/// Entries for a follower, or none: the leader still leads (3.5).
struct Append {
    Index previous;  ///< the entry before the first of these
    Term previous_term;
    Index commit;  ///< what the leader knows to be committed
    std::vector<Entry> entries;
};

/// The log is the leader's, up to what the answered request showed and no further, and durable.
struct AppendAccepted {
    Index through;
};

/// The entry before is not here, or another. `hint`: the highest index that may be the same.
struct AppendRefused {
    Index previous;  ///< of the answered request
    Index hint;      ///< < previous
};

/// A piece of the leader's snapshot (5.3).
struct SnapshotChunk {
    Index index;  ///< of the snapshot
    Term term;
    Membership membership;
    std::uint64_t total_bytes = 0;
    std::uint64_t offset_bytes = 0;
    Bytes bytes;
};

/// So many bytes of the snapshot are here; go on from there.
struct ChunkTaken {
    Index index;  ///< of the snapshot
    std::uint64_t taken_bytes = 0;
};

/// The committed change at `change` has made you a stranger: ask for no votes.
struct NotMember {
    Index change;
};

struct Message {
    using Body = std::variant<VoteRequest, VoteReply, Append, AppendAccepted, AppendRefused,
                              SnapshotChunk, ChunkTaken, NotMember>;
    MemberId from;
    MemberId to;
    Term term;  ///< the sender's
    Body body;
};

/// What one datagram carries, everything included.
inline constexpr std::size_t message_bytes_max = 1200;
/// What the wire may add around a message: version, cluster, generation, key, authentication.
inline constexpr std::size_t envelope_bytes_max = 96;
/// Sender, receiver, term, type, and an Append's fixed part.
inline constexpr std::size_t append_header_bytes = 2 + 2 + 8 + 1 + 8 + 8 + 8 + 2;
/// Term, kind, length. The index follows from the place in the message.
inline constexpr std::size_t entry_header_bytes = 8 + 1 + 2;
inline constexpr std::size_t append_room_bytes =
    message_bytes_max - envelope_bytes_max - append_header_bytes;

/// Encoded, all but the entry's own bytes. Members only where a change is told.
inline std::size_t overhead_bytes(const Entry& entry) {
    if (entry.kind != EntryKind::membership) return entry_header_bytes;
    const std::size_t members = entry.members.voters.size() + entry.members.learners.size();
    return entry_header_bytes + 2 + members * sizeof(MemberId);
}
inline std::size_t encoded_bytes(const Entry& entry) {
    return overhead_bytes(entry) + entry.bytes.size();
}

/// The most that a command, or the cluster's own part of a change, may have.
inline constexpr std::size_t command_bytes_max = append_room_bytes - entry_header_bytes;
inline constexpr std::size_t change_bytes_max =
    command_bytes_max - 2 - members_max * sizeof(MemberId);
static_assert(command_bytes_max >= 1024 && change_bytes_max >= 960);

}  // namespace inquest::ledger
