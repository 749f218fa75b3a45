// What is said to one member over the disk, in the block that is set aside for it: "you are
// condemned", so that it learns it where no network carries the ledger to it any more.
//
// Any member may write it, and all that do write the same: what the ledger has decided. It is
// signed, for others may reach the disk too; it names the incarnation that is meant and the
// condemnation, so that one that was played again says nothing that is not true.
//
//   offset  bytes  all integers little-endian; a block of zeros says nothing
//        0      4  magic "INQW"
//        4      1  version, 1
//        5      1  what is said: 1 condemned
//        6      1  key id
//        7      1  0
//        8      4  cluster tag
//       12      2  who says it, not 0
//       14      2  to whom, not 0, not who says it
//       16      4  to which incarnation of it, not 0
//       20      4  0
//       24      8  index of the condemnation, not 0
//       32     16  keyed BLAKE2b-128 of all before
//       48         0
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/wire/disk_slot.hpp"
#include "heartbeat/wire/keys.hpp"

#include <cstdint>
#include <optional>

namespace inquest::wire {

struct DiskWord {
    MemberId sender;
    MemberId condemned;
    Incarnation incarnation;
    std::uint64_t index = 0;

    friend bool operator==(const DiskWord&, const DiskWord&) = default;
};

/// Signed with the key that signs. False where no member can say that: nothing was written then.
bool encode(const DiskWord& said, const Keyring& keyring, DiskBlockBytes to);

/// Nothing where it is no authentic word of this cluster in its one form.
std::optional<DiskWord> decode_disk_word(DiskBlock block, const Keyring& keyring);

}  // namespace inquest::wire
