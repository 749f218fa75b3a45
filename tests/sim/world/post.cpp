#include "tests/sim/world/post.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/wire/digest.hpp"

#include <span>

namespace inquest::sim {
namespace {

constexpr wire::KeyId key_id(1);
constexpr std::byte key_filler{0x5a};

wire::Keyring keyring_of(std::string_view cluster) {
    wire::Keyring keyring(wire::cluster_tag(cluster));
    std::array<std::byte, wire::key_bytes> key;
    key.fill(key_filler);
    const auto added = keyring.add(key_id, key);
    INQUEST_ASSERT(added == wire::Keyring::Added::yes);
    return keyring;
}

}  // namespace

Post::Post(std::string_view cluster, Authentication authentication)
    : authentication_(authentication), keyring_(keyring_of(cluster)) {}

Post::Letter Post::fresh() {
    if (free_.empty()) {
        slots_.push_back(std::make_unique<Slot>());
        return static_cast<Letter>(slots_.size() - 1);
    }
    const Letter letter = free_.back();
    free_.pop_back();
    return letter;
}

Post::Letter Post::write(const Beat& beat) {
    const Letter letter = fresh();
    Slot& slot = *slots_[letter];
    slot.beat = beat;
    slot.size = 0;
    slot.damaged = false;
    slot.copies = 0;
    return letter;
}

Post::Letter Post::damage(Letter letter, Random& random) {
    const Letter copy = write(slots_[letter]->beat);
    Slot& slot = *slots_[copy];
    encode(slot);
    slot.damaged = true;
    const std::uint64_t how = random.next();
    switch (how % 4) {
        case 0: slot.size = 1 + (how >> 8) % (slot.size - 1); break;  // the end is missing
        case 1: {
            const std::size_t longer = 1 + (how >> 8) % 16;
            for (std::size_t i = 0; i < longer && slot.size < slot.bytes.size(); ++i)
                slot.bytes[slot.size++] = static_cast<std::byte>(random.next());
            if (longer > 0 && slot.size < slot.bytes.size()) break;
            [[fallthrough]];
        }
        default: {
            const std::size_t bit = (how >> 8) % (slot.size * 8);
            slot.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        }
    }
    return copy;
}

void Post::done(Letter letter) {
    if (--slots_[letter]->copies <= 0) free_.push_back(letter);
}

void Post::encode(Slot& slot) {
    if (slot.size == 0) slot.size = wire::encode(slot.beat, keyring_, slot.bytes);
}

std::size_t Post::size(Letter letter) {
    Slot& slot = *slots_[letter];
    encode(slot);
    return slot.size;
}

const Beat* Post::read(Letter letter) {
    Slot& slot = *slots_[letter];
    const bool checked = authentication_ == Authentication::every || reads_++ % sample == 0;
    if (slot.damaged || checked) return through_the_codec(slot);
    return &slot.beat;
}

const Beat* Post::through_the_codec(Slot& slot) {
    encode(slot);
    ++counts_.authenticated;
    const auto decoded =
        wire::decode(std::span<const std::byte>(slot.bytes).first(slot.size), keyring_, decoded_);
    if (slot.damaged) {
        ++(decoded ? counts_.damaged_accepted : counts_.refused);
        return nullptr;
    }
    if (!decoded || !(decoded_ == slot.beat)) {
        ++counts_.unfaithful;
        return nullptr;
    }
    return &decoded_;
}

}  // namespace inquest::sim
