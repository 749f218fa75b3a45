#include "heartbeat/wire/seal.hpp"

#include "heartbeat/base/assert.hpp"

#include <sodium.h>

namespace inquest::wire {

Seal seal_of(std::span<const std::byte> bytes) {
    Seal seal{};
    const int outcome = crypto_generichash(
        reinterpret_cast<unsigned char*>(seal.data()), seal.size(),
        reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
    INQUEST_ASSERT(outcome == 0);
    return seal;
}

}  // namespace inquest::wire
