#include "heartbeat/wire/agreed_keys.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/binary_text.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace inquest::wire {
namespace {

static_assert(cluster_key_bytes == key_bytes);

constexpr const char* header =
    "# The keys of this cluster, written by inquestd: the first signs, all are accepted.\n"
    "# Whoever has them can speak for every member.\n";

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

}  // namespace

Keyring keyring_of(const std::vector<AgreedKey>& keys, ClusterTag cluster) {
    Keyring keyring(cluster);
    for (const AgreedKey& key : keys) {
        const Keyring::Added added = keyring.add(KeyId(key.number.value), key.key);
        INQUEST_ASSERT(added == Keyring::Added::yes);
    }
    return keyring;
}

std::string keys_text(const std::vector<AgreedKey>& keys) {
    std::string text = header;
    for (const AgreedKey& key : keys) {
        std::string text_of_key = hex(key.key);
        text += std::to_string(key.number.value) + " " + text_of_key + "\n";
        wipe(text_of_key);
    }
    return text;
}

std::vector<AgreedKey> agreed_keys(std::string_view text) {
    std::vector<AgreedKey> keys;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line) && keys.size() < agreed_keys_max;) {
        std::istringstream words(line.substr(0, line.find('#')));
        unsigned number = 0;
        std::string hex;
        if (!(words >> number >> hex)) continue;
        AgreedKey key{.number = KeyNumber(static_cast<std::uint8_t>(number))};
        sodium_hex2bin(raw(key.key.data()), key.key.size(), hex.data(), hex.size(), nullptr,
                       nullptr, nullptr);
        keys.push_back(key);
        wipe(hex);
        wipe(line);
    }
    return keys;
}

AgreedKey draw_key(const std::vector<AgreedKey>& taken) {
    AgreedKey key;
    const auto is_taken = [&](std::uint8_t number) {
        return std::any_of(taken.begin(), taken.end(),
                           [&](const AgreedKey& other) { return other.number.value == number; });
    };
    std::uint8_t number = 1;
    while (is_taken(number)) ++number;
    key.number = KeyNumber(number);
    randombytes_buf(key.key.data(), key.key.size());
    return key;
}

}  // namespace inquest::wire
