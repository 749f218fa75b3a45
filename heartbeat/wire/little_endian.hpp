// Integers as bytes, lowest byte first, whatever the host's own order and alignment are.
//
// On a little-endian host each of these is one plain load or store; the compiler does not find that
// by itself in the loop that other hosts need.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace inquest::wire {

template <typename Integer>
inline Integer load_little_endian(const std::byte* from) {
    Integer value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, from, sizeof value);
    } else {
        for (std::size_t i = 0; i < sizeof value; ++i) {
            value = static_cast<Integer>(value | static_cast<Integer>(from[i]) << (8 * i));
        }
    }
    return value;
}

template <typename Integer>
inline void store_little_endian(std::byte* to, Integer value) {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(to, &value, sizeof value);
    } else {
        for (std::size_t i = 0; i < sizeof value; ++i) {
            to[i] = static_cast<std::byte>(value >> (8 * i));
        }
    }
}

inline std::uint8_t load_u8(const std::byte* from) { return std::to_integer<std::uint8_t>(*from); }
inline std::uint16_t load_u16(const std::byte* from) {
    return load_little_endian<std::uint16_t>(from);
}
inline std::uint32_t load_u32(const std::byte* from) {
    return load_little_endian<std::uint32_t>(from);
}
inline std::uint64_t load_u64(const std::byte* from) {
    return load_little_endian<std::uint64_t>(from);
}

}  // namespace inquest::wire
