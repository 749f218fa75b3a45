// What stands on a shared disk: a header, and for each member a slot with what it says now.
//
// The disk is a row of blocks of 4096 bytes: a whole number of sectors of 512 and of 4096 bytes, so
// that one write is never more than one block, and no two members ever write the same sector.
//
//   block        0  header, written once by `inquest disk init`
//   block   1..64  slot 1..64: the beats of the member that has the slot
//   block 65..128  what is said to the member of slot 1..64 (disk_word.hpp)
//
// A member's slot is its address on the path, agreed on like an IP address: all compute it alike,
// no two have the same, and it may be given to another member once its owner was removed. Beats
// name their sender and are signed, so that a slot is believed by what is in it alone.
//
// All integers are little-endian; what has no meaning is 0. A block has exactly one form.
//
//   offset  bytes  header
//        0      8  magic "INQ-DISK"
//        8      4  version, 1
//       12      4  slots, 64
//       16      4  bytes of a block, 4096
//       20      4  bytes of a sector of the device, when it was written
//       24     16  the disk's own number, drawn at random
//       40     64  the cluster's name
//     4080     16  BLAKE2b-128 of all before
//
//   offset  bytes  slot
//        0      4  magic "INQS"
//        4      1  version, 1
//        5      1  datagrams
//        6      2  owner: the member that has written it, not 0
//        8      8  number of the write, not 0: another one each time
//       16         the datagrams: length (2 bytes, not 0), then its bytes
//     4072     16  BLAKE2b-128 of all before
//     4088      8  number of the write again
//
// The digests are no proof against anybody. They find a block that was read while it was written:
// a device promises no more than whole sectors. Who may speak is known by the MAC of each datagram.
#pragma once

#include "heartbeat/base/ids.hpp"

#include <tl/expected.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace inquest::wire {

inline constexpr std::size_t disk_block_bytes = 4096;
inline constexpr std::uint16_t disk_slots = 64;
/// A disk has to have at least so many bytes.
inline constexpr std::size_t disk_bytes = (1 + 2 * std::size_t{disk_slots}) * disk_block_bytes;
static_assert(disk_slots >= members_max);

using DiskBlock = std::span<const std::byte, disk_block_bytes>;
using DiskBlockBytes = std::span<std::byte, disk_block_bytes>;
using DiskNumber = std::array<std::byte, 16>;

/// Why a block is not what it should be.
enum class DiskRefusal : std::uint8_t {
    empty,      ///< all bytes are 0: nobody has written it
    magic,      ///< something else
    version,    ///< a version of the format that this node does not read
    torn,       ///< read while it was written, or damaged
    malformed,  ///< whole, and yet not what encode() writes
};
inline constexpr int disk_refusals = 5;
std::string_view word(DiskRefusal refusal);

// ---- The header --------------------------------------------------------------------------------

struct DiskHeader {
    DiskNumber number{};
    std::string cluster;  ///< 1 to 63 bytes
    std::uint32_t sector_bytes = 512;

    friend bool operator==(const DiskHeader&, const DiskHeader&) = default;
};

/// Has it a form on the disk?
bool sound(const DiskHeader& header);

/// Pre: sound(header).
void encode(const DiskHeader& header, DiskBlockBytes to);
tl::expected<DiskHeader, DiskRefusal> decode_disk_header(DiskBlock block);

// ---- A slot ------------------------------------------------------------------------------------

inline constexpr std::size_t disk_slot_head_bytes = 16;
inline constexpr std::size_t disk_slot_tail_bytes = 24;  ///< digest, and the number again
/// Room for datagrams, each with its length.
inline constexpr std::size_t disk_slot_room =
    disk_block_bytes - disk_slot_head_bytes - disk_slot_tail_bytes;

/// Fills a slot, datagram by datagram.
class DiskSlotWriter {
 public:
    /// Begins anew, with nothing said yet.
    void clear() { used_ = datagrams_ = 0; }
    /// Adds a datagram. False where it is empty, or there is no room left for it.
    bool add(std::span<const std::byte> datagram);
    /// Pre: owner and number are not 0.
    void finish(MemberId owner, std::uint64_t number, DiskBlockBytes to) const;

 private:
    std::array<std::byte, disk_slot_room> bytes_{};
    std::size_t used_ = 0;
    std::uint8_t datagrams_ = 0;
};

/// What tells one write of a slot from another: equal only where the whole slot is, unless somebody
/// has made it so.
using DiskSlotMark = std::array<std::byte, disk_slot_tail_bytes>;
DiskSlotMark mark_of(DiskBlock block);

/// A slot that was read whole. It looks into the block that it was read from.
class DiskSlot {
 public:
    MemberId owner() const { return owner_; }
    std::uint64_t number() const { return number_; }

    /// Calls visit(std::span<const std::byte>) for each datagram.
    template <typename Visit>
    void each(Visit&& visit) const {
        std::span<const std::byte> left = datagrams_;
        while (!left.empty()) {
            const std::size_t length = length_of(left);
            visit(left.subspan(2, length));
            left = left.subspan(2 + length);
        }
    }

    friend tl::expected<DiskSlot, DiskRefusal> decode_disk_slot(DiskBlock block);

 private:
    static std::size_t length_of(std::span<const std::byte> datagrams);

    MemberId owner_;
    std::uint64_t number_ = 0;
    std::span<const std::byte> datagrams_;  ///< whole ones, each with its length
};

tl::expected<DiskSlot, DiskRefusal> decode_disk_slot(DiskBlock block);

}  // namespace inquest::wire
