// Bytes as text and back: hexadecimal for what people compare, base64 for what they only carry.
//
// Each has one form: decoding takes nothing that encoding would not have written.
#pragma once

#include "heartbeat/wire/packing.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace inquest::wire {

/// Two lower-case digits a byte.
std::string hex(std::span<const std::byte> bytes);

/// `to.size()` bytes from twice as many digits; false where `text` is anything else.
[[nodiscard]] bool read_hex(std::string_view text, std::span<std::byte> to);

/// The array that `text` says in hexadecimal.
template <typename Array>
std::optional<Array> from_hex(std::string_view text) {
    Array bytes{};
    if (!read_hex(text, bytes)) return std::nullopt;
    return bytes;
}

/// Base64 of RFC 4648 section 5 (the alphabet for URLs), without padding.
std::string base64(std::span<const std::byte> bytes);
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace inquest::wire
