// How many lives under random trouble a test goes through.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace inquest::test {

/// `usual` of them, or as many as LIVES in the environment says: for a long night's search.
inline std::uint64_t lives(std::uint64_t usual) {
    const char* wanted = std::getenv("LIVES");
    const std::uint64_t more = wanted == nullptr ? 0 : std::strtoull(wanted, nullptr, 10);
    return more > usual ? more : usual;
}

}  // namespace inquest::test
