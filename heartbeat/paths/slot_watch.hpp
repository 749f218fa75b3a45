// What is new in the slots of a shared disk, and when it came to be there. Pure.
//
// A slot lies there for ever: what its owner wrote last can be read long after its owner has died.
// So a slot proves nothing by what is in it, only by having *changed* between two reads; what the
// first read finds is what was there before, and no news at all.
//
// When was it written? After the read before this one began, which found the old content, and
// before this one was done. Where the two are close together the instant at which this read began
// is taken: it is wrong by less than one read, in whichever direction. Where they are not, because
// the disk was slow or away, only the oldest instant is safe: what comes to light after a minute
// may be as old as that, and must not look like a sign of life from just now.
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/wire/disk_slot.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace inquest::paths {

class SlotWatch {
 public:
    enum class Found : std::uint8_t {
        first,      ///< what was there before this node began to look
        unchanged,  ///< its owner has said nothing since
        torn,       ///< read while it was written: the next read tells
        refused,    ///< changed, and no slot of this format
        news,
    };
    struct Read {
        Instant began;
        Instant done;
    };
    struct Look {
        Found found = Found::first;
        Instant arrived{};                   ///< of news; never later than the read was done
        std::optional<wire::DiskSlot> slot;  ///< news; it looks into the block
    };

    /// Looks at the slot as a read has found it. `patience`: a longer time between two reads is not
    /// "close together".
    Look look(std::uint16_t slot, wire::DiskBlock block, Read read, Duration patience);

    /// Forgets everything: it is another disk.
    void forget() { slots_ = {}; }

 private:
    struct Slot {
        bool known = false;
        wire::DiskSlotMark mark{};
        Instant read_from{};  ///< when the last read began that found it whole
    };
    std::array<Slot, wire::disk_slots + 1> slots_{};
};

}  // namespace inquest::paths
