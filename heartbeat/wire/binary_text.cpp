#include "heartbeat/wire/binary_text.hpp"

#include "heartbeat/base/assert.hpp"

#include <sodium.h>

namespace inquest::wire {
namespace {

constexpr int base64_form = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::string hex(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte >> 4)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return text;
}

bool read_hex(std::string_view text, std::span<std::byte> to) {
    if (text.size() != 2 * to.size()) return false;
    for (std::size_t i = 0; i < to.size(); ++i) {
        const std::size_t high = digits.find(text[2 * i]);
        const std::size_t low = digits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return false;
        to[i] = static_cast<std::byte>(high << 4 | low);
    }
    return true;
}

std::string base64(std::span<const std::byte> bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), base64_form), '\0');
    const char* end = sodium_bin2base64(text.data(), text.size(),
                                        reinterpret_cast<const unsigned char*>(bytes.data()),
                                        bytes.size(), base64_form);
    INQUEST_ASSERT(end != nullptr);
    text.pop_back();  // the zero at the end of a text in C
    return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
    Bytes bytes(text.size() / 4 * 3 + 3);
    std::size_t length = 0;
    const int outcome =
        sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &length, nullptr, base64_form);
    if (outcome != 0) return std::nullopt;
    bytes.resize(length);
    // libsodium (1.0.18) takes some bytes above 127 for letters.
    if (base64(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace inquest::wire
