// A seal shows that a text arrived as it was made: a token that was cut off, a backup with a
// flipped bit. It proves nothing against somebody who can make one of their own.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace inquest::wire {

/// BLAKE2b-128 (RFC 7693), without a key.
using Seal = std::array<std::byte, 16>;

Seal seal_of(std::span<const std::byte> bytes);

}  // namespace inquest::wire
