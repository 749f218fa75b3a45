// The keys of a world: each is known by a handle, and signs beats and messages as in the daemon.
//
// Numbers come back when a key has gone, so a number alone does not tell which key is meant.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/wire/keys.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace inquest::sim {

using KeyHandle = std::uint32_t;

class Keys {
 public:
    Keys(std::string_view cluster, std::uint64_t seed);

    /// The handle of this key, known before or not.
    KeyHandle handle(const AgreedKey& key);
    /// A keyring with this key alone.
    const wire::Keyring& ring(KeyHandle key) const { return rings_[key]; }
    /// One that nobody has seen before, under the lowest number that is free.
    AgreedKey draw(const std::vector<AgreedKey>& taken);

 private:
    wire::ClusterTag tag_;
    Random random_;
    std::vector<AgreedKey> keys_;
    std::vector<wire::Keyring> rings_;
};

}  // namespace inquest::sim
