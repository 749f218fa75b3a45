#include "heartbeat/paths/slot_watch.hpp"

#include "heartbeat/base/assert.hpp"

namespace inquest::paths {

SlotWatch::Look SlotWatch::look(std::uint16_t slot, wire::DiskBlock block, Read read,
                                Duration patience) {
    INQUEST_ASSERT(slot >= 1 && slot <= wire::disk_slots);
    Slot& seen = slots_[slot];
    const wire::DiskSlotMark mark = wire::mark_of(block);
    if (seen.known && mark == seen.mark) {
        seen.read_from = read.began;
        return {Found::unchanged, {}, {}};
    }
    auto decoded = wire::decode_disk_slot(block);
    if (!decoded && decoded.error() == wire::DiskRefusal::torn) return {Found::torn, {}, {}};
    const Slot before = seen;
    seen = {true, mark, read.began};
    if (!before.known) return {Found::first, {}, {}};
    if (!decoded) return {Found::refused, {}, {}};
    const bool close_together = read.done - before.read_from <= patience;
    return {Found::news, close_together ? read.began : before.read_from, *decoded};
}

}  // namespace inquest::paths
