// The keys that authenticate a cluster's beats, and the text of cluster.keys that lists them.
//
// One key signs, several are accepted: a key is rotated by adding the new one last everywhere, then
// moving it to the front everywhere, then dropping the old one; nobody goes unheard meanwhile.
//
// The MAC is keyed BLAKE2b-128 (RFC 7693 section 2.9) through libsodium's crypto_generichash. Keys
// live in memory that is locked, kept out of core dumps and zeroed when freed (sodium_malloc), and
// no message ever quotes one.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/wire/digest.hpp"

#include <tl/expected.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace inquest::wire {

/// A key's number in cluster.keys and in each beat, 1..255.
using KeyId = Strong<std::uint8_t, struct KeyIdTag>;

inline constexpr std::size_t key_bytes = 32;
inline constexpr std::size_t mac_bytes = 16;

/// Two are needed while a key is rotated; more than this is a list that nobody tends.
inline constexpr std::size_t keys_max = 8;

using Mac = std::array<std::byte, mac_bytes>;

/// Why cluster.keys cannot be used. Never contains key material.
struct KeysProblem {
    std::size_t line = 0;  ///< from 1; 0 where the file as a whole is meant
    std::string what;
    std::string remedy;

    friend bool operator==(const KeysProblem&, const KeysProblem&) = default;
};

/// The keys of one cluster. Movable, not copyable: there is one place to wipe. A keyring that was
/// moved from may only be assigned to or destroyed.
class Keyring {
 public:
    enum class Added : std::uint8_t { yes, full, id_taken, key_taken };

    /// No key yet. Throws std::bad_alloc or std::runtime_error where libsodium cannot start.
    explicit Keyring(ClusterTag cluster);

    /// The key that is added first signs. Pre: id is not 0.
    [[nodiscard]] Added add(KeyId id, std::span<const std::byte, key_bytes> key);

    ClusterTag cluster() const { return cluster_; }
    std::size_t size() const { return ids_.size(); }

    /// Pre: there is a key.
    KeyId signing() const { return ids_[0]; }

    /// Where the key with this id stands; size() where there is none.
    std::size_t place_of(KeyId id) const;

    /// The key itself, for whoever speaks in this process's place. Pre: place < size().
    std::span<const std::byte, key_bytes> key(std::size_t place) const;

    /// Pre: place < size().
    Mac mac(std::size_t place, std::span<const std::byte> bytes) const;

    /// Is `claimed` the MAC of `bytes`? Takes the same time wherever they differ. Pre: place <
    /// size().
    bool authentic(std::size_t place, std::span<const std::byte> bytes,
                   std::span<const std::byte, mac_bytes> claimed) const;

 private:
    using Key = std::array<std::byte, key_bytes>;
    using Keys = std::array<Key, keys_max>;
    struct Wipe {
        void operator()(Keys* keys) const;
    };

    ClusterTag cluster_;
    FixedVector<KeyId, keys_max> ids_;
    std::unique_ptr<Keys, Wipe> keys_;
};

/// Reads the text of cluster.keys: one `ID HEX64` a line, `#` comments, the first key signs.
/// The caller wipes the text (see wipe()).
tl::expected<Keyring, KeysProblem> parse_keys(std::string_view text, ClusterTag cluster);

/// Overwrites a text that held keys, in a way that the compiler does not leave out, and empties it.
void wipe(std::string& text);

}  // namespace inquest::wire
