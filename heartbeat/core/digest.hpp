// A digest of 64 bits for "the same or not": FNV-1a, its state mixed once more at the end.
//
// It finds differences that nobody made on purpose; it authenticates nothing. Each part ends with a
// mark, so that parts cannot run into one another.
// Source: draft-eastlake-fnv (FNV-1a, 64 bits); the finish is that of SplitMix64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace inquest {

class Digest {
 public:
    constexpr Digest() = default;
    /// Goes on from another digest's value.
    constexpr explicit Digest(std::uint64_t before) { add(before); }

    constexpr void add(std::uint64_t number) {
        for (int byte = 0; byte < 8; ++byte) take(static_cast<std::uint8_t>(number >> (8 * byte)));
    }
    constexpr void add(std::string_view text) {
        for (const char letter : text) take(static_cast<std::uint8_t>(letter));
        add(std::uint64_t{text.size()});
    }
    constexpr void add(std::span<const std::byte> bytes) {
        for (const std::byte byte : bytes) take(static_cast<std::uint8_t>(byte));
        add(std::uint64_t{bytes.size()});
    }

    constexpr std::uint64_t value() const {
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31);
    }

 private:
    constexpr void take(std::uint8_t byte) { state_ = (state_ ^ byte) * 1099511628211ULL; }

    std::uint64_t state_ = 14695981039346656037ULL;
};

}  // namespace inquest
