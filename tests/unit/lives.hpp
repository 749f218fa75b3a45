// How many lives under random trouble a test goes through.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace inquest::test {

/// The seeds to live through, from 1 on: LIVES in the environment asks for more of them, for a long
/// night's search, and LIFE for that one alone.
struct Lives {
    std::uint64_t first = 1;
    std::uint64_t last;

    bool one() const { return first == last; }
    std::uint64_t count() const { return last - first + 1; }
};

inline Lives lives(std::uint64_t usual) {
    const auto asked = [](const char* name) -> std::uint64_t {
        const char* wanted = std::getenv(name);
        return wanted == nullptr ? 0 : std::strtoull(wanted, nullptr, 10);
    };
    if (const std::uint64_t only = asked("LIFE"); only > 0) return {only, only};
    return {1, std::max(usual, asked("LIVES"))};
}

}  // namespace inquest::test
