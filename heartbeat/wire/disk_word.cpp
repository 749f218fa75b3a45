#include "heartbeat/wire/disk_word.hpp"

#include "heartbeat/wire/little_endian.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace inquest::wire {
namespace {

constexpr std::string_view magic = "INQW";
constexpr std::uint8_t word_version = 1;
constexpr std::uint8_t says_condemned = 1;

constexpr std::size_t version_at = 4, said_at = 5, key_at = 6, cluster_at = 8, sender_at = 12,
                      condemned_at = 14, incarnation_at = 16, index_at = 24, mac_at = 32;

bool sound(const DiskWord& said) {
    return said.sender != nobody && said.condemned != nobody && said.sender != said.condemned &&
           said.incarnation != Incarnation{} && said.index != 0;
}

void write(const DiskWord& said, const Keyring& keyring, std::size_t key, KeyId id,
           DiskBlockBytes to) {
    std::fill(to.begin(), to.end(), std::byte{0});
    std::memcpy(to.data(), magic.data(), magic.size());
    store_little_endian(to.data() + version_at, word_version);
    store_little_endian(to.data() + said_at, says_condemned);
    store_little_endian(to.data() + key_at, id.value);
    store_little_endian(to.data() + cluster_at, keyring.cluster().value);
    store_little_endian(to.data() + sender_at, said.sender.value);
    store_little_endian(to.data() + condemned_at, said.condemned.value);
    store_little_endian(to.data() + incarnation_at, said.incarnation.value);
    store_little_endian(to.data() + index_at, said.index);
    const Mac mac = keyring.mac(key, to.first(mac_at));
    std::copy(mac.begin(), mac.end(), to.begin() + mac_at);
}

}  // namespace

bool encode(const DiskWord& said, const Keyring& keyring, DiskBlockBytes to) {
    if (!sound(said) || keyring.size() == 0) return false;
    write(said, keyring, 0, keyring.signing(), to);
    return true;
}

std::optional<DiskWord> decode_disk_word(DiskBlock block, const Keyring& keyring) {
    if (std::memcmp(block.data(), magic.data(), magic.size()) != 0) return std::nullopt;
    const KeyId id(load_u8(block.data() + key_at));
    const std::size_t key = keyring.place_of(id);
    if (key == keyring.size() ||
        !keyring.authentic(key, block.first(mac_at), block.subspan<mac_at, mac_bytes>()))
        return std::nullopt;
    const DiskWord said{MemberId(load_u16(block.data() + sender_at)),
                        MemberId(load_u16(block.data() + condemned_at)),
                        Incarnation(load_u32(block.data() + incarnation_at)),
                        load_u64(block.data() + index_at)};
    if (!sound(said)) return std::nullopt;
    // What is signed and yet has another form comes from another version.
    alignas(8) std::array<std::byte, disk_block_bytes> again;
    write(said, keyring, key, id, again);
    if (!std::equal(again.begin(), again.end(), block.begin())) return std::nullopt;
    return said;
}

}  // namespace inquest::wire
