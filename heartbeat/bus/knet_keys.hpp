// Which keys knet speaks and understands: two places, filled from the cluster's keyring.
//
// The bus never uses the key that signs beats. Its own is derived from it with keyed BLAKE2b under
// a text that no beat begins with, so that neither use of the cluster's key can be played against
// the other.
#pragma once

#include "heartbeat/bus/knet_api.hpp"
#include "heartbeat/wire/keys.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace inquest::bus {

/// The least that knet takes.
inline constexpr std::size_t bus_key_bytes = 128;
using BusKey = std::array<std::byte, bus_key_bytes>;

/// Pre: place < keyring.size(). The caller wipes it.
BusKey derive_bus_key(const wire::Keyring& keyring, std::size_t place);

class KnetKeys {
 public:
    /// Makes knet speak the keyring's first key and understand the first two; all other keys are
    /// forgotten. Every step leaves the key understood that was spoken before, so no message is
    /// lost. Result: nothing, or what is wrong (then knet speaks what it spoke).
    /// Pre: the keyring has a key.
    [[nodiscard]] std::optional<std::string> follow(const wire::Keyring& keyring,
                                                    knet_handle_t handle);

 private:
    static constexpr std::size_t places = 2;
    using Problem = std::optional<std::string>;

    std::size_t find(const wire::Mac& mark) const;
    Problem put(const wire::Keyring& keyring, std::size_t key, std::size_t place,
                knet_handle_t handle);
    Problem speak(std::size_t place, knet_handle_t handle);
    void forget(std::size_t place, knet_handle_t handle);

    std::array<std::optional<wire::Mac>, places> marks_;  ///< which key is where
    std::size_t spoken_ = places;                         ///< places: none yet
};

}  // namespace inquest::bus
