// What has proven that a condemned incarnation runs nothing any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inquest {

/// A newer boot proves it too, and ends the condemnation; so does a beat, which proves the
/// contrary.
enum class Receipt : std::uint8_t {
    none,
    operators_word,      ///< a person has seen that the machine is off
    self_fence_elapsed,  ///< its lease and its watchdog have run out, for certain
    released,            ///< it says itself that it has no guests
    power_off,           ///< a fence device has switched it off, and sees it off
    storage_cut,         ///< fence devices keep it from its guests' disks and from every network
};
inline constexpr std::size_t receipts = 6;

constexpr std::string_view word(Receipt receipt) {
    switch (receipt) {
        case Receipt::none: return "none";
        case Receipt::operators_word: return "operator";
        case Receipt::self_fence_elapsed: return "self_fence_elapsed";
        case Receipt::released: return "released";
        case Receipt::power_off: return "power_off";
        case Receipt::storage_cut: return "storage_cut";
    }
    return "?";
}

}  // namespace inquest
