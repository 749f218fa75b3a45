#include "heartbeat/wire/dismissal.hpp"

#include "heartbeat/wire/little_endian.hpp"

#include <algorithm>

namespace inquest::wire {
namespace {

constexpr std::array magic{std::byte{'I'}, std::byte{'N'}, std::byte{'R'}};

constexpr std::size_t version_at = 3, cluster_at = 4, key_at = 8, sender_at = 10, removed_at = 12,
                      index_at = 16, mac_at = 24;
static_assert(mac_at + mac_bytes == dismissal_bytes);

bool sound(const Dismissal& dismissal) {
    return dismissal.sender != nobody && dismissal.removed != nobody &&
           dismissal.sender != dismissal.removed && dismissal.index != 0;
}

}  // namespace

std::optional<DismissalBytes> encode(const Dismissal& dismissal, const Keyring& keyring,
                                     KeyId key) {
    const std::size_t place = keyring.place_of(key);
    if (place == keyring.size() || !sound(dismissal)) return std::nullopt;
    DismissalBytes bytes{};
    std::copy(magic.begin(), magic.end(), bytes.begin());
    store_little_endian(bytes.data() + version_at, dismissal_version);
    store_little_endian(bytes.data() + cluster_at, keyring.cluster().value);
    store_little_endian(bytes.data() + key_at, key.value);
    store_little_endian(bytes.data() + sender_at, dismissal.sender.value);
    store_little_endian(bytes.data() + removed_at, dismissal.removed.value);
    store_little_endian(bytes.data() + index_at, dismissal.index);
    const Mac mac = keyring.mac(place, std::span<const std::byte>(bytes).first(mac_at));
    std::copy(mac.begin(), mac.end(), bytes.begin() + mac_at);
    return bytes;
}

std::optional<Dismissal> decode_dismissal(std::span<const std::byte> datagram,
                                          const Keyring& keyring) {
    if (datagram.size() != dismissal_bytes ||
        !std::equal(magic.begin(), magic.end(), datagram.begin()))
        return std::nullopt;
    const std::byte* bytes = datagram.data();
    const KeyId key(load_u8(bytes + key_at));
    const std::size_t place = keyring.place_of(key);
    if (place == keyring.size() ||
        !keyring.authentic(place, datagram.first(mac_at), datagram.subspan<mac_at, mac_bytes>()))
        return std::nullopt;
    const Dismissal dismissal{MemberId(load_u16(bytes + sender_at)),
                              MemberId(load_u16(bytes + removed_at)), load_u64(bytes + index_at)};
    // What is signed and yet has another form comes from another version.
    const auto again = sound(dismissal) ? encode(dismissal, keyring, key) : std::nullopt;
    if (!again || !std::equal(again->begin(), again->end(), datagram.begin())) return std::nullopt;
    return dismissal;
}

}  // namespace inquest::wire
