// Any datagram is answered, and whatever is accepted has exactly one form.
//
// Each input is tried twice: as it came, and signed again with the right key, since no mutation
// finds a MAC by itself and everything behind it would stay untried.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "tests/fuzz/fuzz_keyring.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace {

using namespace inquest::wire;

void try_decode(std::span<const std::byte> datagram, const Keyring& keyring) {
    static inquest::Beat beat;
    const auto signature = decode(datagram, keyring, beat);
    if (!signature) return;
    INQUEST_ASSERT(sound(beat));
    std::array<std::byte, beat_bytes_max> again;
    const std::size_t length = encode(beat, keyring, again);
    INQUEST_ASSERT(std::ranges::equal(std::span(again).first(length), datagram));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Keyring keyring = fuzz_keyring();
    const std::span<const std::byte> datagram = std::as_bytes(std::span(data, size));
    try_decode(datagram, keyring);

    if (size < mac_bytes) return 0;
    std::vector<std::byte> again(datagram.begin(), datagram.end());
    const Mac mac = keyring.mac(0, datagram.first(size - mac_bytes));
    std::copy(mac.begin(), mac.end(), again.end() - mac_bytes);
    try_decode(again, keyring);
    return 0;
}
