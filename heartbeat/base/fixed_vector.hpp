// A vector with its room inside it: bounded, and no allocation. For evidence that is copied per
// beat.
#pragma once

#include "heartbeat/base/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace inquest {

/// At most `Capacity` elements. Pre of push_back and resize: there is room.
template <typename T, std::size_t Capacity>
class FixedVector {
 public:
    constexpr FixedVector() = default;

    constexpr void push_back(const T& element) {
        INQUEST_ASSERT(size_ < Capacity);
        elements_[size_++] = element;
    }
    constexpr void resize(std::size_t size) {
        INQUEST_ASSERT(size <= Capacity);
        for (std::size_t i = size_; i < size; ++i) elements_[i] = T{};
        size_ = size;
    }
    constexpr void clear() { size_ = 0; }

    constexpr std::size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    static constexpr std::size_t capacity() { return Capacity; }

    constexpr T& operator[](std::size_t i) { return elements_[checked(i)]; }
    constexpr const T& operator[](std::size_t i) const { return elements_[checked(i)]; }
    constexpr T& back() { return (*this)[size_ - 1]; }

    constexpr T* begin() { return elements_.data(); }
    constexpr T* end() { return elements_.data() + size_; }
    constexpr const T* begin() const { return elements_.data(); }
    constexpr const T* end() const { return elements_.data() + size_; }

    friend constexpr bool operator==(const FixedVector& a, const FixedVector& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

 private:
    constexpr std::size_t checked(std::size_t i) const {
        INQUEST_ASSERT(i < size_);
        return i;
    }

    std::array<T, Capacity> elements_{};
    std::size_t size_ = 0;
};

}  // namespace inquest
