// Values as bytes and back, described once: fields(pack, value) names the fields of a type in their
// order, and a Writer or a Reader does the rest. Integers are little-endian, texts and lists begin
// with their length, and a Reader takes nothing that a Writer would not have written.
//
// byte_stream.hpp is below it: there bytes are put and taken one after the other, here a type is
// described once for both ways. A Reader never throws: after the first mistake it gives zeros, and
// says so at the end.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/wire/byte_stream.hpp"
#include "heartbeat/wire/little_endian.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace inquest::wire {

using Bytes = std::vector<std::byte>;

class Writer {
 public:
    template <typename T>
    using Of = const T;

    explicit Writer(Bytes& to) : to_(to) {}

    template <typename Integer>
    void number(const Integer& value) {
        const std::size_t before = to_.size();
        to_.resize(before + sizeof value);
        store_little_endian(to_.data() + before, value);
    }
    template <typename Integer, typename Tag>
    void number(const Strong<Integer, Tag>& id) {
        number(id.value);
    }
    void length(const Duration& value) { number(value.count()); }
    /// An enumerator below `count`.
    template <typename Enum>
    void word(const Enum& value, std::size_t) {
        number(static_cast<std::uint8_t>(value));
    }
    void text(const std::string& value, std::size_t) {
        number(static_cast<std::uint8_t>(value.size()));
        for (const char letter : value) to_.push_back(static_cast<std::byte>(letter));
    }
    template <std::size_t Size>
    void fixed(const std::array<std::byte, Size>& value) {
        to_.insert(to_.end(), value.begin(), value.end());
    }
    template <typename T, typename Each>
    void list(const std::vector<T>& values, std::size_t, Each&& each) {
        number(static_cast<std::uint16_t>(values.size()));
        for (const T& value : values) each(value);
    }
    template <typename T, std::size_t Capacity, typename Each>
    void bounded(const FixedVector<T, Capacity>& values, Each&& each) {
        number(static_cast<std::uint8_t>(values.size()));
        for (const T& value : values) each(value);
    }
    template <typename T, typename Fields>
    void optional(const std::optional<T>& value, Fields&& fields) {
        number(static_cast<std::uint8_t>(value ? 1 : 0));
        if (value) fields(*value);
    }
    void must(bool) {}

 private:
    Bytes& to_;
};

class Reader {
 public:
    template <typename T>
    using Of = T;

    explicit Reader(std::span<const std::byte> from) : from_(from) {}

    template <typename Integer>
    void number(Integer& value) {
        static_assert(std::is_integral_v<Integer>);
        const auto bytes = take(sizeof value);
        value = bytes.empty() ? Integer{} : load_little_endian<Integer>(bytes.data());
    }
    template <typename Integer, typename Tag>
    void number(Strong<Integer, Tag>& id) {
        number(id.value);
    }
    void length(Duration& value) {
        Duration::rep count = 0;
        number(count);
        value = Duration(count);
    }
    template <typename Enum>
    void word(Enum& value, std::size_t count) {
        std::uint8_t read = 0;
        number(read);
        must(read < count);
        value = static_cast<Enum>(sound_ ? read : 0);
    }
    void text(std::string& value, std::size_t most) {
        std::uint8_t size = 0;
        number(size);
        must(size <= most);
        value.clear();
        for (const std::byte byte : take(size)) value += static_cast<char>(byte);
    }
    template <std::size_t Size>
    void fixed(std::array<std::byte, Size>& value) {
        const auto bytes = take(Size);
        value = {};
        for (std::size_t i = 0; i < bytes.size(); ++i) value[i] = bytes[i];
    }
    template <typename T, typename Each>
    void list(std::vector<T>& values, std::size_t most, Each&& each) {
        std::uint16_t size = 0;
        number(size);
        must(size <= most);
        values.clear();
        for (std::size_t i = 0; i < size && sound_; ++i) each(values.emplace_back());
    }
    template <typename T, std::size_t Capacity, typename Each>
    void bounded(FixedVector<T, Capacity>& values, Each&& each) {
        std::uint8_t size = 0;
        number(size);
        must(size <= Capacity);
        values.clear();
        for (std::size_t i = 0; i < size && sound_; ++i) {
            values.push_back({});
            each(values.back());
        }
    }
    template <typename T, typename Fields>
    void optional(std::optional<T>& value, Fields&& fields) {
        std::uint8_t there = 0;
        number(there);
        must(there <= 1);
        value.reset();
        if (there == 1 && sound_) fields(value.emplace());
    }
    void must(bool holds) { sound_ = sound_ && holds; }

    /// Was everything as it must be, and is nothing left?
    bool complete() const { return sound_ && from_.at_end(); }

 private:
    std::span<const std::byte> take(std::size_t count) {
        const auto taken = from_.take_bytes(count);
        must(!from_.ran_out());
        return taken;
    }

    ByteReader from_;
    bool sound_ = true;
};

}  // namespace inquest::wire
