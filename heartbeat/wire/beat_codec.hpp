// Beat v2: a beat as bytes and back, authenticated.
//
// Everything in front of the MAC is signed, and nothing behind the cluster tag, key id and counts
// is looked at before the MAC holds. All integers are little-endian. All rows of a beat have the
// same length, so the counts in the header alone say how long the datagram is.
//
//   offset  bytes  header
//        0      3  magic "INQ"
//        3      1  version, 2
//        4      4  cluster tag
//        8      1  key id
//        9      1  bit 0 goodbye, bit 1 stalled, bit 2 restarting
//       10      1  bits 0-3 path, bits 4-7 number of paths - 1
//       11      1  rows, 0..31
//       12      2  sender, not 0
//       14      2  via: the member that relays it, 0: it came straight
//       16      4  boot tag
//       20      4  config hash
//       24      4  incarnation, not 0
//       28      4  session, not 0
//       32      8  sequence
//       40     10  electorate: ids of 2 bytes, ascending, the sender among them; the rest 0
//
//   offset  bytes  row, one a peer, in any order
//        0      2  peer, not 0, not the sender, in no other row
//        2      4  incarnation of the peer, 0: never heard
//        6      2  age in ms, 0xffff: unknown
//        8      1  bit 0 relayed, bit 1 left, bit 2 has echo, bit 3 has grant
//        9      2  echo: low 16 bits of the sequence heard
//       11      4  echo: held back for so many ns
//       15      4  grant: session heard, not 0
//       19      8  grant: sequence heard
//       27  paths  cells, one a path: bits 0-2 state, bits 3-7 reason
//
//   16 bytes at the end: keyed BLAKE2b-128 of all before them
//
// Bits without a meaning are 0, and so are the bytes of an echo or a grant that is not there; who
// names no electorate grants nothing, nor to a peer that was never heard; a keeper (restarting)
// says no goodbye and grants nothing: a beat has exactly one form, and decode() takes no other.
//
// Four nodes on three paths: 156 bytes of the 160 that a beat may have, 32 nodes on four paths:
// 1,027 of 1,200; the largest there is, 32 nodes on 16 paths, fits an Ethernet frame.
#pragma once

#include "heartbeat/core/beat.hpp"
#include "heartbeat/wire/keys.hpp"
#include "heartbeat/wire/refusal.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace inquest::wire {

inline constexpr std::uint8_t beat_version = 2;
inline constexpr std::size_t beat_header_bytes = 50;
inline constexpr std::size_t beat_row_bytes = 27;  ///< without its cells

/// Length of a beat with so many rows of so many cells.
constexpr std::size_t beat_bytes(std::size_t rows, std::size_t paths) {
    return beat_header_bytes + rows * (beat_row_bytes + paths) + mac_bytes;
}

/// Room for every beat there can be.
inline constexpr std::size_t beat_bytes_max = beat_bytes(members_max - 1, paths_max);

/// What an Ethernet frame of 1,500 bytes leaves behind the heads of IPv6 and UDP.
inline constexpr std::size_t datagram_bytes_max = 1500 - 40 - 8;
static_assert(beat_bytes(3, 3) <= 160);
static_assert(beat_bytes(31, 4) <= 1200);
static_assert(beat_bytes_max <= datagram_bytes_max, "no beat is fragmented");

/// Whose hand is under a beat.
struct Signature {
    enum class Key : std::uint8_t { signing, retired };
    KeyId id;
    Key key = Key::signing;  ///< the one this node signs with, or another that it still accepts

    friend constexpr bool operator==(const Signature&, const Signature&) = default;
};

/// Is this a beat that has a form on the wire? The core makes no other.
bool sound(const Beat& beat);

/// Writes the beat, signed with the keyring's signing key, to the front of `to`; says how many
/// bytes. Pre: sound(beat), a key in the keyring, and room: beat_bytes_max always is enough.
std::size_t encode(const Beat& beat, const Keyring& keyring, std::span<std::byte> to);

/// Reads a datagram into `beat`, without allocation or exception; any bytes are answered.
/// After a refusal the content of `beat` means nothing. Reuse one Beat: its rows keep their place.
tl::expected<Signature, Refusal> decode(std::span<const std::byte> datagram, const Keyring& keyring,
                                        Beat& beat);

}  // namespace inquest::wire
