// What `inquest invite` prints and `inquest join` reads: all that a new member must know to be
// heard, and the secret that it shows once.
//
// One line of text: "inquest-join-1." and the base64 (RFC 4648, URL alphabet, without padding) of
// the packed fields and their BLAKE2b-128, so that a token that was cut off or changed on the way
// is refused before anything is written. It holds the cluster's keys: it is as secret as they are.
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <tl/expected.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inquest::wire {

using Secret = std::array<std::byte, 16>;

struct JoinToken {
    MemberId member;                   ///< whom it lets in
    Secret secret{};                   ///< its digest is in the invitation
    std::int64_t expires_seconds = 0;  ///< since 1970
    /// As the inviting node knew it: name, uuid, timings, paths, members, keys. The newcomer
    /// follows the ledger as soon as it hears it.
    ClusterState cluster;

    friend bool operator==(const JoinToken&, const JoinToken&) = default;
};

/// The longest token that is read; one of the largest cluster there can be has 68 kB.
inline constexpr std::size_t token_text_max = 96 * 1024;

enum class TokenRefusal : std::uint8_t {
    no_token,   ///< it does not begin as one
    version,    ///< of a version that this program does not read
    truncated,  ///< its end is missing, or it was changed on the way
    malformed,  ///< whole, and yet nothing that somebody could join with
};
std::string_view word(TokenRefusal refusal);

/// Pre: the cluster is founded, has a key, and has that member.
std::string encode(const JoinToken& token);
/// White space around it does not count.
tl::expected<JoinToken, TokenRefusal> decode_token(std::string_view text);

/// BLAKE2b-128 of the secret.
SecretDigest digest(const Secret& secret);

}  // namespace inquest::wire
