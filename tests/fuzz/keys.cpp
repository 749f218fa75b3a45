// Any text as cluster.keys: a usable keyring, or a complaint with a line, a reason and a remedy.
#include "heartbeat/wire/keys.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace inquest::wire;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto keyring = parse_keys(text, cluster_tag("fuzz"));
    if (keyring) {
        INQUEST_ASSERT(keyring->size() >= 1 && keyring->size() <= keys_max);
        INQUEST_ASSERT(keyring->place_of(keyring->signing()) == 0);
        INQUEST_ASSERT(keyring->signing() != KeyId{});
        return 0;
    }
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    INQUEST_ASSERT(keyring.error().line <= lines);
    INQUEST_ASSERT(!keyring.error().what.empty() && !keyring.error().remedy.empty());
    return 0;
}
