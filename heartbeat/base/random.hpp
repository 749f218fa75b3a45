// A small seeded generator, so that jitter is an input like any other and every run can be
// repeated. SplitMix64 (Steele, Lea, Flood 2014): one addition and three mixing steps.
#pragma once

#include "heartbeat/base/time.hpp"

#include <cstdint>

namespace inquest {

class Random {
 public:
    constexpr explicit Random(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31);
    }

    /// Uniform in [0, limit); zero where limit is not positive.
    constexpr Duration below(Duration limit) {
        if (limit <= Duration::zero()) return Duration::zero();
        return Duration(
            static_cast<Duration::rep>(next() % static_cast<std::uint64_t>(limit.count())));
    }

 private:
    std::uint64_t state_;
};

}  // namespace inquest
