#include "tests/sim/world/keys.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/digest.hpp"

#include <algorithm>

namespace inquest::sim {

Keys::Keys(std::string_view cluster, std::uint64_t seed)
    : tag_(wire::cluster_tag(cluster)), random_(seed) {}

KeyHandle Keys::handle(const AgreedKey& key) {
    const auto known = std::find(keys_.begin(), keys_.end(), key);
    if (known != keys_.end()) return static_cast<KeyHandle>(known - keys_.begin());
    keys_.push_back(key);
    rings_.emplace_back(tag_);
    const auto added = rings_.back().add(wire::KeyId(key.number.value), key.key);
    INQUEST_ASSERT(added == wire::Keyring::Added::yes);
    return static_cast<KeyHandle>(keys_.size() - 1);
}

AgreedKey Keys::draw(const std::vector<AgreedKey>& taken) {
    AgreedKey drawn{.number = KeyNumber(1)};
    const auto is_taken = [&](const AgreedKey& key) { return key.number == drawn.number; };
    while (std::any_of(taken.begin(), taken.end(), is_taken))
        drawn.number = KeyNumber(static_cast<std::uint8_t>(drawn.number.value + 1));
    for (std::byte& byte : drawn.key) byte = static_cast<std::byte>(random_.next());
    return drawn;
}

}  // namespace inquest::sim
