// "You are a member no more": what a member answers to the beats of one that was removed while it
// was away, so that its own status can say so. It grants nothing and asks for nothing; a member's
// id never comes back, so one that is played again later says nothing that is not true.
//
//   offset  bytes  all integers little-endian
//        0      3  magic "INR"
//        3      1  version, 1
//        4      4  cluster tag
//        8      1  key id: the one under which the beat came, since the other end knows no newer
//        9      1  0
//       10      2  sender, not 0
//       12      2  the member that was removed, not 0, not the sender
//       14      2  0
//       16      8  index of the entry that removed it, not 0
//       24     16  keyed BLAKE2b-128 of all before
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/wire/keys.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace inquest::wire {

inline constexpr std::uint8_t dismissal_version = 1;
inline constexpr std::size_t dismissal_bytes = 40;

struct Dismissal {
    MemberId sender;
    MemberId removed;
    std::uint64_t index = 0;

    friend bool operator==(const Dismissal&, const Dismissal&) = default;
};

using DismissalBytes = std::array<std::byte, dismissal_bytes>;

/// Nothing where the keyring has no key of this id any more.
std::optional<DismissalBytes> encode(const Dismissal& dismissal, const Keyring& keyring, KeyId key);

/// Nothing where it is no authentic dismissal of this cluster in its one form.
std::optional<Dismissal> decode_dismissal(std::span<const std::byte> datagram,
                                          const Keyring& keyring);

}  // namespace inquest::wire
