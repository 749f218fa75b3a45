// The one key of the fuzz targets and of their first inputs.
#pragma once

#include "heartbeat/wire/keys.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>

inline inquest::wire::Keyring fuzz_keyring() {
    using namespace inquest::wire;
    Keyring keyring(cluster_tag("fuzz"));
    std::array<std::byte, key_bytes> key;
    key.fill(std::byte{0x42});
    if (keyring.add(KeyId{1}, key) != Keyring::Added::yes) std::abort();
    return keyring;
}
