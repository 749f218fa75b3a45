// Whether guarded VMs may run on this node, as far as it knows.
#pragma once

#include <cstdint>
#include <string_view>

namespace inquest {

/// Running, paused, starting and coming in alike.
enum class Guests : std::uint8_t {
    unknown,  ///< nobody has said; it counts as some
    none,
    some,
};

constexpr std::string_view word(Guests guests) {
    switch (guests) {
        case Guests::unknown: return "unknown";
        case Guests::none: return "none";
        case Guests::some: return "some";
    }
    return "?";
}

}  // namespace inquest
