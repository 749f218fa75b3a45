// How often which error was seen: one counter per errno, in fixed memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace inquest::paths {

class ErrorCounts {
 public:
    /// Numbers outside 1..133 (Linux has none today) are counted together under 0.
    void count(int error_number) { ++counts_[place(error_number)]; }
    std::uint64_t of(int error_number) const { return counts_[place(error_number)]; }

    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : counts_) sum += count;
        return sum;
    }

    /// Calls visit(errno, count) for every error that was seen, in the order of the numbers.
    template <typename Visit>
    void each(Visit&& visit) const {
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            if (counts_[i] != 0) visit(static_cast<int>(i), counts_[i]);
        }
    }

 private:
    static constexpr std::size_t place(int error_number) {
        return error_number > 0 && error_number <= error_max
                   ? static_cast<std::size_t>(error_number)
                   : 0;
    }

    static constexpr int error_max = 133;  // EHWPOISON
    std::array<std::uint64_t, error_max + 1> counts_{};
};

}  // namespace inquest::paths
