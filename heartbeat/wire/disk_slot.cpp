#include "heartbeat/wire/disk_slot.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/little_endian.hpp"
#include "heartbeat/wire/seal.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace inquest::wire {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view header_magic = "INQ-DISK";
constexpr std::string_view slot_magic = "INQS";
constexpr std::uint32_t header_version = 1;
constexpr std::uint8_t slot_version = 1;

constexpr std::size_t seal_bytes = std::tuple_size_v<Seal>;
constexpr std::size_t header_version_at = 8, slots_at = 12, block_bytes_at = 16, sector_at = 20,
                      disk_number_at = 24, cluster_at = 40, cluster_bytes = 64,
                      header_digest_at = disk_block_bytes - seal_bytes;
constexpr std::size_t slot_version_at = 4, datagrams_at = 5, owner_at = 6, number_at = 8,
                      digest_at = disk_block_bytes - disk_slot_tail_bytes,
                      number_again_at = disk_block_bytes - sizeof(std::uint64_t);
static_assert(number_at + sizeof(std::uint64_t) == disk_slot_head_bytes);
static_assert(digest_at + seal_bytes == number_again_at);

bool is_zero(std::span<const std::byte> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

bool begins_with(DiskBlock block, std::string_view magic) {
    return std::memcmp(block.data(), magic.data(), magic.size()) == 0;
}

void put(DiskBlockBytes to, std::size_t at, std::string_view text) {
    std::memcpy(to.data() + at, text.data(), text.size());
}

/// Is it the digest of all that stands before it?
bool is_sealed(DiskBlock block, std::size_t at) {
    const Seal seal = seal_of(block.first(at));
    return std::equal(seal.begin(), seal.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

void seal(DiskBlockBytes block, std::size_t at) {
    const Seal seal = seal_of(block.first(at));
    std::copy(seal.begin(), seal.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

bool is_sector(std::uint32_t bytes) {
    return bytes >= 512 && bytes <= disk_block_bytes && (bytes & (bytes - 1)) == 0;
}

/// A name is printed: nothing in it may move a terminal's cursor.
bool is_name(std::string_view name) {
    return !name.empty() && name.size() < cluster_bytes &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

std::string_view word(DiskRefusal refusal) {
    switch (refusal) {
        case DiskRefusal::empty: return "empty";
        case DiskRefusal::magic: return "magic";
        case DiskRefusal::version: return "version";
        case DiskRefusal::torn: return "torn";
        case DiskRefusal::malformed: return "malformed";
    }
    return "?";
}

// ---- The header --------------------------------------------------------------------------------

bool sound(const DiskHeader& header) {
    return is_name(header.cluster) && is_sector(header.sector_bytes) && !is_zero(header.number);
}

void encode(const DiskHeader& header, DiskBlockBytes to) {
    INQUEST_ASSERT(sound(header));
    std::fill(to.begin(), to.end(), std::byte{0});
    put(to, 0, header_magic);
    store_little_endian(to.data() + header_version_at, header_version);
    store_little_endian(to.data() + slots_at, std::uint32_t{disk_slots});
    store_little_endian(to.data() + block_bytes_at, std::uint32_t{disk_block_bytes});
    store_little_endian(to.data() + sector_at, header.sector_bytes);
    std::copy(header.number.begin(), header.number.end(), to.begin() + disk_number_at);
    put(to, cluster_at, header.cluster);
    seal(to, header_digest_at);
}

tl::expected<DiskHeader, DiskRefusal> decode_disk_header(DiskBlock block) {
    if (!begins_with(block, header_magic))
        return tl::unexpected(is_zero(block) ? DiskRefusal::empty : DiskRefusal::magic);
    if (load_u32(block.data() + header_version_at) != header_version)
        return tl::unexpected(DiskRefusal::version);
    if (!is_sealed(block, header_digest_at)) return tl::unexpected(DiskRefusal::torn);
    DiskHeader header;
    header.sector_bytes = load_u32(block.data() + sector_at);
    std::copy_n(block.begin() + disk_number_at, header.number.size(), header.number.begin());
    const char* const name = reinterpret_cast<const char*>(block.data() + cluster_at);
    header.cluster = std::string_view(name, ::strnlen(name, cluster_bytes));
    if (!sound(header)) return tl::unexpected(DiskRefusal::malformed);
    alignas(8) std::array<std::byte, disk_block_bytes> again;
    encode(header, again);
    if (!std::equal(again.begin(), again.end(), block.begin()))
        return tl::unexpected(DiskRefusal::malformed);
    return header;
}

// ---- A slot ------------------------------------------------------------------------------------

bool DiskSlotWriter::add(std::span<const std::byte> datagram) {
    const std::size_t room = bytes_.size() - used_;
    if (datagram.empty() || datagrams_ == 255 || room < 2 || datagram.size() > room - 2)
        return false;
    store_little_endian(bytes_.data() + used_, static_cast<std::uint16_t>(datagram.size()));
    std::copy(datagram.begin(), datagram.end(), bytes_.begin() + static_cast<int>(used_) + 2);
    used_ += 2 + datagram.size();
    ++datagrams_;
    return true;
}

void DiskSlotWriter::finish(MemberId owner, std::uint64_t number, DiskBlockBytes to) const {
    INQUEST_ASSERT(owner != nobody && number != 0);
    std::fill(to.begin(), to.end(), std::byte{0});
    put(to, 0, slot_magic);
    store_little_endian(to.data() + slot_version_at, slot_version);
    store_little_endian(to.data() + datagrams_at, datagrams_);
    store_little_endian(to.data() + owner_at, owner.value);
    store_little_endian(to.data() + number_at, number);
    std::copy_n(bytes_.begin(), used_, to.begin() + disk_slot_head_bytes);
    seal(to, digest_at);
    store_little_endian(to.data() + number_again_at, number);
}

DiskSlotMark mark_of(DiskBlock block) {
    DiskSlotMark mark;
    std::copy(block.begin() + digest_at, block.end(), mark.begin());
    return mark;
}

std::size_t DiskSlot::length_of(std::span<const std::byte> datagrams) {
    return load_u16(datagrams.data());
}

tl::expected<DiskSlot, DiskRefusal> decode_disk_slot(DiskBlock block) {
    if (!begins_with(block, slot_magic))
        return tl::unexpected(is_zero(block) ? DiskRefusal::empty : DiskRefusal::magic);
    if (load_u8(block.data() + slot_version_at) != slot_version)
        return tl::unexpected(DiskRefusal::version);
    DiskSlot slot;
    slot.number_ = load_u64(block.data() + number_at);
    if (slot.number_ != load_u64(block.data() + number_again_at) || !is_sealed(block, digest_at))
        return tl::unexpected(DiskRefusal::torn);
    slot.owner_ = MemberId(load_u16(block.data() + owner_at));
    if (slot.owner_ == nobody || slot.number_ == 0) return tl::unexpected(DiskRefusal::malformed);

    const auto room = block.subspan<disk_slot_head_bytes, disk_slot_room>();
    std::size_t used = 0;
    for (int left = load_u8(block.data() + datagrams_at); left > 0; --left) {
        if (room.size() - used < 2) return tl::unexpected(DiskRefusal::malformed);
        const std::size_t length = load_u16(room.data() + used);
        if (length == 0 || length > room.size() - used - 2)
            return tl::unexpected(DiskRefusal::malformed);
        used += 2 + length;
    }
    if (!is_zero(room.subspan(used))) return tl::unexpected(DiskRefusal::malformed);
    slot.datagrams_ = room.first(used);
    return slot;
}

}  // namespace inquest::wire
