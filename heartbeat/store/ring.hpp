// A bounded queue from one thread to one other, without a lock: the deciding thread has real-time
// priority and must never wait for one that has not.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace inquest::store {

template <typename T>
class Ring {
 public:
    /// Pre: capacity > 0.
    explicit Ring(std::size_t capacity) : slots_(capacity) {}

    /// By the one that puts in. False: there was no room, and `value` is untouched.
    [[nodiscard]] bool push(T&& value) {
        const std::size_t put = put_.load(std::memory_order_relaxed);
        if (put - taken_.load(std::memory_order_acquire) == slots_.size()) return false;
        slots_[put % slots_.size()] = std::move(value);
        put_.store(put + 1, std::memory_order_release);
        return true;
    }
    /// By the one that takes out.
    std::optional<T> pop() {
        const std::size_t taken = taken_.load(std::memory_order_relaxed);
        if (taken == put_.load(std::memory_order_acquire)) return std::nullopt;
        std::optional<T> value(std::exchange(slots_[taken % slots_.size()], T{}));
        taken_.store(taken + 1, std::memory_order_release);
        return value;
    }

 private:
    std::vector<T> slots_;
    std::atomic<std::size_t> put_{0};  ///< ever, not modulo anything
    std::atomic<std::size_t> taken_{0};
};

}  // namespace inquest::store
