// Bytes written and read front to back: a writer that keeps to its room, and a reader that answers
// any bytes. For formats whose parts have no fixed place.
#pragma once

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/little_endian.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace inquest::wire {

/// Pre of put: there is room.
class ByteWriter {
 public:
    explicit ByteWriter(std::span<std::byte> to) : room_(to) {}

    void put(std::uint8_t value) { put_integer(value); }
    void put(std::uint16_t value) { put_integer(value); }
    void put(std::uint32_t value) { put_integer(value); }
    void put(std::uint64_t value) { put_integer(value); }
    void put(std::span<const std::byte> bytes) {
        const std::span<std::byte> to = next(bytes.size());
        std::copy(bytes.begin(), bytes.end(), to.begin());
    }

    std::size_t room_bytes() const { return room_.size(); }

 private:
    template <typename Integer>
    void put_integer(Integer value) {
        store_little_endian(next(sizeof value).data(), value);
    }
    std::span<std::byte> next(std::size_t bytes) {
        INQUEST_ASSERT(bytes <= room_.size());
        const std::span<std::byte> taken = room_.first(bytes);
        room_ = room_.subspan(bytes);
        return taken;
    }

    std::span<std::byte> room_;
};

/// Takes what it is asked for off the front. Once too little is left it gives zeros and nothing
/// else, and says so in the end, so that whoever reads need not ask after every step.
class ByteReader {
 public:
    explicit ByteReader(std::span<const std::byte> bytes) : left_(bytes) {}

    std::uint8_t take_u8() { return take<std::uint8_t>(); }
    std::uint16_t take_u16() { return take<std::uint16_t>(); }
    std::uint32_t take_u32() { return take<std::uint32_t>(); }
    std::uint64_t take_u64() { return take<std::uint64_t>(); }
    /// Empty where there are fewer.
    std::span<const std::byte> take_bytes(std::size_t bytes) {
        ran_out_ = ran_out_ || bytes > left_.size();
        if (ran_out_) return {};
        const std::span<const std::byte> taken = left_.first(bytes);
        left_ = left_.subspan(bytes);
        return taken;
    }

    /// More was asked for than there was.
    bool ran_out() const { return ran_out_; }
    bool at_end() const { return !ran_out_ && left_.empty(); }

 private:
    template <typename Integer>
    Integer take() {
        const std::span<const std::byte> from = take_bytes(sizeof(Integer));
        return from.empty() ? Integer{0} : load_little_endian<Integer>(from.data());
    }

    std::span<const std::byte> left_;
    bool ran_out_ = false;
};

}  // namespace inquest::wire
