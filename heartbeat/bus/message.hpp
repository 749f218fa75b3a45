// A message on the bus: sixteen bytes of header and a body that the bus does not look into.
//
// The carrier authenticates and encrypts whole messages with the cluster's key; the header says who
// speaks to whom about what, so that a message that strayed, or that another cluster sent, goes no
// further. Whoever holds the cluster's key can claim any sender.
//
//   offset  bytes  all integers little-endian
//        0      3  magic "INB"
//        3      1  version, 1
//        4      4  cluster tag
//        8      2  sender, not 0
//       10      2  receiver, not 0, not the sender
//       12      1  kind
//       13      1  0
//       14      2  bytes of the body, which is all that follows
//
// A message has exactly one form, and decode() takes no other.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/wire/digest.hpp"

#include <tl/expected.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace inquest::bus {

inline constexpr std::uint8_t message_version = 1;
inline constexpr std::size_t header_bytes = 16;

/// What the body is; each kind belongs to one reader.
enum class Kind : std::uint8_t {
    ledger = 1,    ///< Raft between the ledgers
    snapshot = 2,  ///< a piece of the ledger's snapshot, the only long message
    request = 3,   ///< a member asks the coordinator
    reply = 4,     ///< and is answered
    probe = 5,     ///< goes there and back, to show that messages of every size pass
};

/// Longest message, header included. What is no snapshot fits one datagram of every carrier.
inline constexpr std::size_t message_bytes_max = 1200;
inline constexpr std::size_t long_message_bytes_max = 60 * 1024;

/// A probe may be long, since it shows that snapshots would pass.
constexpr std::size_t body_bytes_max(Kind kind) {
    const bool may_be_long = kind == Kind::snapshot || kind == Kind::probe;
    return (may_be_long ? long_message_bytes_max : message_bytes_max) - header_bytes;
}

/// Why bytes are no message for us, in the order in which they are examined. The words are what
/// metrics count by.
enum class Refusal : std::uint8_t {
    truncated,      ///< shorter than a header, or its end is missing
    magic,          ///< no message at all
    version,        ///< a version that this node does not read
    other_cluster,  ///< of a cluster with another name
    sender,         ///< nobody, or not the one whom the carrier knows behind it
    receiver,       ///< for another member
    kind,           ///< a kind that this node does not know
    oversized,      ///< longer than its kind may be
    malformed,      ///< longer than it says, or not what encode() writes
};
inline constexpr std::size_t refusals = 9;
using RefusalCounts = std::array<std::uint64_t, refusals>;

constexpr std::string_view word(Refusal refusal) {
    switch (refusal) {
        case Refusal::truncated: return "truncated";
        case Refusal::magic: return "magic";
        case Refusal::version: return "version";
        case Refusal::other_cluster: return "other-cluster";
        case Refusal::sender: return "sender";
        case Refusal::receiver: return "receiver";
        case Refusal::kind: return "kind";
        case Refusal::oversized: return "oversized";
        case Refusal::malformed: return "malformed";
    }
    return "?";
}

/// Where a message comes from and goes to.
struct Route {
    wire::ClusterTag cluster;
    MemberId sender;
    MemberId receiver;
};

/// A message that was heard. The body is the reader's buffer, and gone when the reader goes on.
struct Message {
    MemberId sender;
    Kind kind = Kind::probe;
    std::span<const std::byte> body;
};

using Header = std::array<std::byte, header_bytes>;

/// The header of a message with a body of so many bytes. Pre: sender and receiver are two members,
/// and body_bytes <= body_bytes_max(kind).
Header encode(const Route& route, Kind kind, std::size_t body_bytes);

/// Reads a whole message; any bytes are answered. `expected` is this node's cluster, the member
/// that the carrier knows to have sent it, and this node.
tl::expected<Message, Refusal> decode(std::span<const std::byte> bytes, const Route& expected);

/// What bytes that begin as a message say of their addresses, without any check; nobody where they
/// begin otherwise. For carriers.
MemberId sender_of(std::span<const std::byte> bytes);
MemberId receiver_of(std::span<const std::byte> bytes);

}  // namespace inquest::bus
