// A daemon's will on its way to its keeper: what to say, under which key, from where and to whom.
//
// It goes over a socket that the two inherit and nobody else has, and holds a key: whoever has its
// bytes wipes them.
#pragma once

#include "heartbeat/core/keeper.hpp"
#include "heartbeat/wire/keys.hpp"
#include "heartbeat/wire/packing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace inquest::wire {

struct Testament {
    /// One path of the daemon's, and the other ends of it.
    struct Way {
        PathId path;
        std::string interface;           ///< that the path is bound to
        std::string address;             ///< of this node
        std::uint16_t port = 0;          ///< of the peers
        std::vector<std::string> peers;  ///< their addresses

        friend bool operator==(const Way&, const Way&) = default;
    };
    Will will;
    ClusterTag cluster;
    KeyId key_id;
    std::array<std::byte, key_bytes> key{};
    std::vector<Way> ways;

    friend bool operator==(const Testament&, const Testament&) = default;
};

/// No testament is longer: every path, every peer, the longest texts.
inline constexpr std::size_t testament_bytes_max = 256 + paths_max * (256 + members_max * 64);

/// Alone in a message, from a daemon that a signal is about to end: it may take a while to be gone.
inline constexpr std::byte last_word{0xff};

/// The bytes of a testament, or of "nobody shall speak for me" where there is none.
Bytes encode(const std::optional<Testament>& testament);

/// Nothing where the bytes are not what encode() writes of a sound one; else the testament, or that
/// there is none.
std::optional<std::optional<Testament>> decode_testament(std::span<const std::byte> bytes);

/// Overwrites bytes that held a key.
void wipe(Bytes& bytes);
void wipe(Testament& testament);

}  // namespace inquest::wire
