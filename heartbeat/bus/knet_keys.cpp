#include "heartbeat/bus/knet_keys.hpp"

#include "heartbeat/base/assert.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace inquest::bus {

namespace {

/// A beat begins with "INQ"; BLAKE2b makes no difference between what it is used for but this.
constexpr std::string_view context = "inquest bus key, block 0";
constexpr std::string_view mark_context = "inquest bus key, mark 0";

wire::Mac block(const wire::Keyring& keyring, std::size_t place, std::string_view about,
                std::size_t number) {
    std::string text(about);
    text.back() = static_cast<char>('0' + number);
    return keyring.mac(place, std::as_bytes(std::span(text.data(), text.size())));
}

/// Tells keys apart without showing them.
wire::Mac mark_of(const wire::Keyring& keyring, std::size_t place) {
    return block(keyring, place, mark_context, 0);
}

/// knet numbers its configurations from 1.
std::uint8_t number(std::size_t place) { return static_cast<std::uint8_t>(place + 1); }

void name(char (&field)[16], std::string_view text) { std::copy(text.begin(), text.end(), field); }

knet_handle_crypto_cfg no_crypto() {
    knet_handle_crypto_cfg config{};
    name(config.crypto_model, "none");
    name(config.crypto_cipher_type, "none");
    name(config.crypto_hash_type, "none");
    return config;
}

std::string refused(int outcome, int error) {
    const char* const why = outcome == -2 && error == 0 ? "it cannot start" : std::strerror(error);
    return fmt::format(
        "bus: knet's openssl module with aes256 and sha256: {}: is crypto_openssl.so of the "
        "package libknet1 there, and libssl3?",
        why);
}

}  // namespace

BusKey derive_bus_key(const wire::Keyring& keyring, std::size_t place) {
    BusKey key;
    static_assert(bus_key_bytes % wire::mac_bytes == 0);
    for (std::size_t i = 0; i * wire::mac_bytes < bus_key_bytes; ++i) {
        wire::Mac part = block(keyring, place, context, i);
        std::copy(part.begin(), part.end(), key.data() + i * wire::mac_bytes);
        sodium_memzero(part.data(), part.size());
    }
    return key;
}

std::optional<std::string> KnetKeys::follow(const wire::Keyring& keyring, knet_handle_t handle) {
    INQUEST_ASSERT(keyring.size() > 0);
    const std::size_t free_place = spoken_ == 0 ? 1 : 0;
    std::size_t first = find(mark_of(keyring, 0));
    if (first == places) {
        first = free_place;
        if (Problem problem = put(keyring, 0, first, handle)) return problem;
    }
    if (Problem problem = speak(first, handle)) return problem;

    const std::size_t other = 1 - first;
    if (keyring.size() < 2) {
        forget(other, handle);
    } else if (marks_[other] != mark_of(keyring, 1)) {
        return put(keyring, 1, other, handle);
    }
    return std::nullopt;
}

std::size_t KnetKeys::find(const wire::Mac& mark) const {
    return static_cast<std::size_t>(std::find(marks_.begin(), marks_.end(), mark) - marks_.begin());
}

KnetKeys::Problem KnetKeys::put(const wire::Keyring& keyring, std::size_t key, std::size_t place,
                                knet_handle_t handle) {
    knet_handle_crypto_cfg config{};
    name(config.crypto_model, "openssl");
    name(config.crypto_cipher_type, "aes256");
    name(config.crypto_hash_type, "sha256");
    BusKey derived = derive_bus_key(keyring, key);
    std::memcpy(config.private_key, derived.data(), derived.size());
    config.private_key_len = bus_key_bytes;
    const int outcome = ::knet_handle_crypto_set_config(handle, &config, number(place));
    const int error = errno;
    sodium_memzero(&config, sizeof config);
    sodium_memzero(derived.data(), derived.size());
    if (outcome != 0) return refused(outcome, error);
    marks_[place] = mark_of(keyring, key);
    return std::nullopt;
}

KnetKeys::Problem KnetKeys::speak(std::size_t place, knet_handle_t handle) {
    if (spoken_ == place) return std::nullopt;
    if (::knet_handle_crypto_use_config(handle, number(place)) != 0) return refused(-1, errno);
    spoken_ = place;
    return std::nullopt;
}

/// "none" cannot fail where nobody speaks it.
void KnetKeys::forget(std::size_t place, knet_handle_t handle) {
    if (!marks_[place]) return;
    knet_handle_crypto_cfg config = no_crypto();
    ::knet_handle_crypto_set_config(handle, &config, number(place));
    marks_[place].reset();
}

}  // namespace inquest::bus
