// Chance in words, for whoever draws something from a seed. The same throws on every machine.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace inquest::sim {

class Dice {
 public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    /// Uniform in [least, most].
    std::int64_t between(std::int64_t least, std::int64_t most) {
        const auto width = static_cast<std::uint64_t>(most - least) + 1;
        return least + static_cast<std::int64_t>(random_.next() % width);
    }
    std::size_t below(std::size_t limit) { return random_.next() % limit; }
    /// True in so many of a hundred throws.
    bool chance(int percent) { return between(1, 100) <= percent; }
    /// Whole milliseconds in [least, most], short ones as likely as long ones: each doubling of the
    /// length is as likely as any other. Pre: least >= 1 ms.
    Duration length(Duration least, Duration most) {
        using std::chrono::milliseconds;
        std::int64_t low = std::chrono::duration_cast<milliseconds>(least).count();
        const std::int64_t high = std::chrono::duration_cast<milliseconds>(most).count();
        std::int64_t doublings = 0;
        while (low << (doublings + 1) <= high) ++doublings;
        low <<= between(0, doublings);
        return milliseconds(std::min(between(low, 2 * low - 1), high));
    }
    template <typename T>
    const T& pick(const std::vector<T>& of) {
        return of[below(of.size())];
    }
    /// `count` places out of `size`, in their order. Pre: count <= size.
    std::vector<std::size_t> places(std::size_t count, std::size_t size) {
        std::vector<std::size_t> chosen;
        for (std::size_t place = 0; place < size && chosen.size() < count; ++place) {
            if (below(size - place) < count - chosen.size()) chosen.push_back(place);
        }
        return chosen;
    }
    std::uint64_t seed() { return random_.next(); }

 private:
    Random random_;
};

}  // namespace inquest::sim
