// Why a datagram is no beat of ours. The words are what metrics and `inquest doctor` count by.
//
// What needs memory to refuse (a replayed sequence, an unknown sender, an old incarnation) is the
// core's affair and has no word here.
#pragma once

#include <cstdint>
#include <string_view>

namespace inquest::wire {

/// In the order in which a datagram is examined: the first that applies is the answer.
enum class Refusal : std::uint8_t {
    magic,          ///< no beat at all
    truncated,      ///< begins as a beat, and its end is missing
    version,        ///< a version of the format that this node does not read
    other_cluster,  ///< a beat of a cluster with another name
    key,            ///< a key id that is not in this node's keyring
    mac,            ///< not signed with that key, or changed since
    malformed,      ///< signed, or too long to be; and yet not what encode() writes
};
inline constexpr int refusals = 7;

constexpr std::string_view word(Refusal refusal) {
    switch (refusal) {
        case Refusal::magic: return "magic";
        case Refusal::truncated: return "truncated";
        case Refusal::version: return "version";
        case Refusal::other_cluster: return "other-cluster";
        case Refusal::key: return "key";
        case Refusal::mac: return "mac";
        case Refusal::malformed: return "malformed";
    }
    return "?";
}

}  // namespace inquest::wire
