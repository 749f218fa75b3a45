// Datagrams on their way, as the real codec makes and reads them.
//
// With Authentication::every each datagram is encoded, signed, checked and decoded. With `sampled`
// only every 64th and every damaged one is; the others are handed over as the beat that went in.
// The two make the same traces, because decode(encode(beat)) == beat, which is checked each time.
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/core/beat.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/keys.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace inquest::sim {

enum class Authentication : std::uint8_t { every, sampled };

class Post {
 public:
    using Letter = std::uint32_t;

    struct Counts {
        std::uint64_t authenticated = 0;     ///< through the codec and back
        std::uint64_t refused = 0;           ///< damaged ones that did not get through
        std::uint64_t damaged_accepted = 0;  ///< damaged ones that did: a fault of the codec
        std::uint64_t unfaithful = 0;        ///< sound ones that were refused, or came out changed
    };

    Post(std::string_view cluster, Authentication authentication);

    /// A letter with no copy on its way yet.
    Letter write(const Beat& beat);
    /// Another letter, with bytes of `letter` damaged at random.
    Letter damage(Letter letter, Random& random);
    /// Bytes of its datagram.
    std::size_t size(Letter letter);
    void send(Letter letter) { ++slots_[letter]->copies; }
    /// One copy has arrived, or will never. The last one frees the letter.
    void done(Letter letter);

    /// The beat as its receiver reads it, until the next call; nullptr where it is refused.
    const Beat* read(Letter letter);

    const Counts& counts() const { return counts_; }

 private:
    struct Slot {
        Beat beat;
        std::array<std::byte, wire::beat_bytes_max> bytes;
        std::size_t size = 0;  ///< 0: not encoded yet
        bool damaged = false;
        int copies = 0;
    };

    Letter fresh();
    void encode(Slot& slot);
    const Beat* through_the_codec(Slot& slot);

    static constexpr std::uint64_t sample = 64;

    Authentication authentication_;
    wire::Keyring keyring_;
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<Letter> free_;
    Beat decoded_;
    std::uint64_t reads_ = 0;
    Counts counts_;
};

}  // namespace inquest::sim
