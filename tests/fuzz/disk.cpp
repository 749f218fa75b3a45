// Any block of a shared disk is answered, and whatever is accepted has exactly one form.
//
// Each input is laid over blocks that are sound otherwise, and tried as it came and with its digest
// or MAC made right again: no mutation finds one by itself.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/disk_slot.hpp"
#include "heartbeat/wire/disk_word.hpp"
#include "heartbeat/wire/little_endian.hpp"
#include "heartbeat/wire/seal.hpp"
#include "tests/fuzz/fuzz_keyring.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using namespace inquest::wire;
using Block = std::array<std::byte, disk_block_bytes>;

constexpr std::size_t header_seal_at = 4080, slot_seal_at = 4072, number_at = 8,
                      number_again_at = 4088, word_mac_at = 32;

void try_header(const Block& block) {
    const auto header = decode_disk_header(block);
    if (!header) return;
    INQUEST_ASSERT(sound(*header));
    Block again;
    encode(*header, again);
    INQUEST_ASSERT(again == block);
}

void try_slot(const Block& block) {
    const auto slot = decode_disk_slot(block);
    if (!slot) return;
    DiskSlotWriter writer;
    slot->each([&](std::span<const std::byte> said) { INQUEST_ASSERT(writer.add(said)); });
    Block again;
    writer.finish(slot->owner(), slot->number(), again);
    INQUEST_ASSERT(again == block);
    INQUEST_ASSERT(mark_of(again) == mark_of(block));
}

void try_word(const Block& block, const Keyring& keyring) {
    const auto said = decode_disk_word(block, keyring);
    if (!said) return;
    Block again;
    INQUEST_ASSERT(encode(*said, keyring, again));
    INQUEST_ASSERT(again == block);
}

void seal(Block& block, std::size_t at) {
    const Seal seal = seal_of(std::span<const std::byte>(block).first(at));
    std::copy(seal.begin(), seal.end(), block.begin() + static_cast<int>(at));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Keyring keyring = fuzz_keyring();
    const auto input = std::as_bytes(std::span(data, std::min(size, disk_block_bytes)));
    Block block{};
    std::copy(input.begin(), input.end(), block.begin());
    try_header(block);
    try_slot(block);
    try_word(block, keyring);

    Block sealed = block;
    seal(sealed, header_seal_at);
    try_header(sealed);

    sealed = block;
    store_little_endian(sealed.data() + number_again_at, load_u64(block.data() + number_at));
    seal(sealed, slot_seal_at);
    try_slot(sealed);

    sealed = block;
    const Mac mac = keyring.mac(0, std::span<const std::byte>(sealed).first(word_mac_at));
    std::copy(mac.begin(), mac.end(), sealed.begin() + word_mac_at);
    try_word(sealed, keyring);
    return 0;
}
