// Any text as a join token: refused, or one that encodes to itself. The bytes are also tried as the
// inside of a token, sealed as one, because no fuzzer guesses a digest.
#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/join_token.hpp"

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace inquest::wire;

void try_text(std::string_view text) {
    const auto token = decode_token(text);
    if (!token) return;
    const std::string again = encode(*token);
    INQUEST_ASSERT(text.find(again) != std::string_view::npos);
    INQUEST_ASSERT(decode_token(again) == *token);
}

std::string sealed(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(data[i]);
    std::array<std::byte, 16> seal{};
    crypto_generichash(reinterpret_cast<unsigned char*>(seal.data()), seal.size(), data, size,
                       nullptr, 0);
    bytes.insert(bytes.end(), seal.begin(), seal.end());
    return "inquest-join-1." + base64(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try_text({reinterpret_cast<const char*>(data), size});
    try_text(sealed(data, size));
    return 0;
}
