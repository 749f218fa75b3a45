// What ledgers say to each other. The layout is heartbeat/wire's and the authentication the
// carrier's; what is bounded here is how large each message can become, so that all but a
// snapshot's chunk fit one datagram.
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

    friend bool operator==(const VoteRequest&, const VoteRequest&) = default;
};

struct VoteReply {
    enum class Answer : std::uint8_t { no, yes };
    VoteRequest::Stage stage = VoteRequest::Stage::would_you;
    Answer answer = Answer::no;

    friend bool operator==(const VoteReply&, const VoteReply&) = default;
};

/// Entries for a follower, or none: the leader still leads (3.5).
struct Append {
    Index previous;  ///< the entry before the first of these
    Term previous_term;
    Index commit;  ///< what the leader knows to be committed
    std::vector<Entry> entries;

    friend bool operator==(const Append&, const Append&) = default;
};

/// The log is the leader's, up to what the answered request showed and no further, and durable.
struct AppendAccepted {
    Index through;

    friend bool operator==(const AppendAccepted&, const AppendAccepted&) = default;
};

/// The entry before is not here, or another. `hint`: the highest index that may be the same.
struct AppendRefused {
    Index previous;  ///< of the answered request
    Index hint;      ///< < previous; both 0: a request of a lower term

    friend bool operator==(const AppendRefused&, const AppendRefused&) = default;
};

/// A piece of the leader's snapshot (5.3).
struct SnapshotChunk {
    Index index;  ///< of the snapshot
    Term term;
    Membership membership;
    std::uint64_t total_bytes = 0;
    std::uint64_t offset_bytes = 0;
    Bytes bytes;

    friend bool operator==(const SnapshotChunk&, const SnapshotChunk&) = default;
};

/// So many bytes of the snapshot are here; go on from there.
struct ChunkTaken {
    Index index;  ///< of the snapshot
    std::uint64_t taken_bytes = 0;

    friend bool operator==(const ChunkTaken&, const ChunkTaken&) = default;
};

/// The committed change at `change` has made you a stranger: ask for no votes.
struct NotMember {
    Index change;

    friend bool operator==(const NotMember&, const NotMember&) = default;
};

struct Message {
    using Body = std::variant<VoteRequest, VoteReply, Append, AppendAccepted, AppendRefused,
                              SnapshotChunk, ChunkTaken, NotMember>;
    MemberId from;
    MemberId to;
    Term term;  ///< the sender's
    Body body;

    friend bool operator==(const Message&, const Message&) = default;
};

/// No log and no election count so far: a microsecond each would take 146,000 years. What is higher
/// is malformed, so that no number overflows because a holder of the key wrote it.
inline constexpr std::uint64_t number_max = std::uint64_t{1} << 62;

/// What one datagram carries, everything included; and a snapshot's chunk, which needs several.
inline constexpr std::size_t message_bytes_max = 1200;
inline constexpr std::size_t chunk_message_bytes_max = 60 * 1024;
/// What stands around a message: the bus's header, 16 bytes. The rest is left free, since entries
/// stay in logs, and whatever comes later must still carry the longest of them.
inline constexpr std::size_t envelope_bytes_max = 80;

/// Version, type and term, which every message has.
inline constexpr std::size_t body_header_bytes = 1 + 1 + 8;
/// An Append's fixed part: previous, its term, commit, how many entries.
inline constexpr std::size_t append_header_bytes = body_header_bytes + 8 + 8 + 8 + 1;
/// Term, kind, length. The index follows from the place in the message.
inline constexpr std::size_t entry_header_bytes = 8 + 1 + 2;
inline constexpr std::size_t append_room_bytes =
    message_bytes_max - envelope_bytes_max - append_header_bytes;
inline constexpr std::size_t append_entries_max = append_room_bytes / entry_header_bytes;
static_assert(append_entries_max <= 0xff, "the count has its room");

/// Two counts, and the ids.
inline std::size_t encoded_bytes(const Members& members) {
    return 2 + (members.voters.size() + members.learners.size()) * sizeof(MemberId);
}
/// Encoded, all but the entry's own bytes. Members only where a change is told.
inline std::size_t overhead_bytes(const Entry& entry) {
    if (entry.kind != EntryKind::membership) return entry_header_bytes;
    return entry_header_bytes + encoded_bytes(entry.members);
}
inline std::size_t encoded_bytes(const Entry& entry) {
    return overhead_bytes(entry) + entry.bytes.size();
}

/// The most that a command, or the cluster's own part of a change, may have.
inline constexpr std::size_t command_bytes_max = append_room_bytes - entry_header_bytes;
inline constexpr std::size_t change_bytes_max =
    command_bytes_max - 2 - members_max * sizeof(MemberId);
static_assert(command_bytes_max >= 1024 && change_bytes_max >= 960);

/// The members, who voted before, and where the last change stands and is settled.
inline constexpr std::size_t membership_bytes_max =
    2 + members_max * sizeof(MemberId) + 1 + voters_max * sizeof(MemberId) + 8 + 8;
/// A SnapshotChunk's fixed part: index, term, total, offset, length.
inline constexpr std::size_t chunk_header_bytes = body_header_bytes + 8 + 8 + 8 + 8 + 2;
/// The most of a snapshot that one message may carry.
inline constexpr std::size_t chunk_room_bytes =
    chunk_message_bytes_max - envelope_bytes_max - chunk_header_bytes - membership_bytes_max;
static_assert(chunk_room_bytes <= 0xffff, "the length has its room");

}  // namespace inquest::ledger
