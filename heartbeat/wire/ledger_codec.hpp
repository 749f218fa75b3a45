// Ledger v1: what ledgers say to each other, as the body of a bus message and back.
//
// The bus's header, in front of this, says who speaks to whom, and the carrier authenticates it.
// All integers are little-endian; ledger_parts.hpp has the layout of an entry and of a membership.
//
//   offset  bytes  every body
//        0      1  version, 1
//        1      1  type, 1..8
//        2      8  term of the sender
//
//   offset  bytes  1: VoteRequest           offset  bytes  2: VoteReply
//       10      1  0 would you, 1 give          10      1  0 would you, 1 give
//       11      8  last index                   11      1  0 no, 1 yes
//       19      8  last term
//
//   offset  bytes  3: Append                offset  bytes  6: SnapshotChunk
//       10      8  previous index               10      8  index of the snapshot
//       18      8  its term                     18      8  its term
//       26      8  commit index                 26      8  bytes of the whole
//       34      1  entries                      34      8  offset, <= bytes of the whole
//       35      –  each entry; the first        42      2  bytes of this piece: the whole's
//                  is at previous + 1                      end at most
//                                               44      –  membership as of the index
//   offset  bytes  4: AppendAccepted             –      n  the piece
//       10      8  through
//                                           offset  bytes  7: ChunkTaken
//   offset  bytes  5: AppendRefused             10      8  index of the snapshot
//       10      8  previous                     18      8  bytes taken
//       18      8  hint, < previous
//                  or both 0                offset  bytes  8: NotMember
//                                               10      8  index of the change
//
// A body has exactly one form, and decode() takes no other. What a message says is the ledger's to
// judge; here counts as malformed only what no ledger can hold or answer with.
#pragma once

#include "heartbeat/ledger/message.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace inquest::wire {

inline constexpr std::uint8_t ledger_version = 1;

/// A chunk is a bus message of kind snapshot, everything else of kind ledger.
enum class LedgerSort : std::uint8_t { ordinary, chunk };
LedgerSort sort_of(const ledger::Message& message);

/// Longest body. With the bus's header an ordinary one fits a datagram.
constexpr std::size_t ledger_body_bytes_max(LedgerSort sort) {
    return sort == LedgerSort::chunk ? ledger::chunk_header_bytes + ledger::membership_bytes_max +
                                           ledger::chunk_room_bytes
                                     : ledger::append_header_bytes + ledger::append_room_bytes;
}
static_assert(ledger_body_bytes_max(LedgerSort::ordinary) + ledger::envelope_bytes_max <=
              ledger::message_bytes_max);
static_assert(ledger_body_bytes_max(LedgerSort::chunk) + ledger::envelope_bytes_max <=
              ledger::chunk_message_bytes_max);

/// Why bytes are no body of a ledger's message, in the order in which they are examined. The words
/// are what metrics count by.
enum class LedgerRefusal : std::uint8_t {
    version,    ///< a version that this node does not read
    oversized,  ///< longer than its sort may be
    truncated,  ///< its end is missing
    type,       ///< a type that this node does not know
    misplaced,  ///< a chunk of a snapshot in an ordinary message, or the reverse
    malformed,  ///< longer than it says, or not what encode() writes
};
inline constexpr std::size_t ledger_refusals = 6;

constexpr std::string_view word(LedgerRefusal refusal) {
    switch (refusal) {
        case LedgerRefusal::version: return "version";
        case LedgerRefusal::oversized: return "oversized";
        case LedgerRefusal::truncated: return "truncated";
        case LedgerRefusal::type: return "type";
        case LedgerRefusal::misplaced: return "misplaced";
        case LedgerRefusal::malformed: return "malformed";
    }
    return "?";
}

/// What the bus's header has said of a body.
struct LedgerRoute {
    MemberId from;
    MemberId to;
    LedgerSort sort = LedgerSort::ordinary;
};

/// Is this a message that has a form on the wire? A ledger makes no other.
bool sound(const ledger::Message& message);

/// How long its body is. Result: at most ledger_body_bytes_max(), if it is sound.
std::size_t body_bytes(const ledger::Message& message);

/// Writes the body to the front of `to`; says how many bytes. Pre: sound(message), and room.
std::size_t encode(const ledger::Message& message, std::span<std::byte> to);

/// Reads a whole body; any bytes are answered, without an exception, and what is made of them is
/// bounded by their number.
tl::expected<ledger::Message, LedgerRefusal> decode(std::span<const std::byte> body,
                                                    const LedgerRoute& route);

}  // namespace inquest::wire
