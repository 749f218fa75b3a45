// What `inquest ledger backup` writes and `inquest ledger restore` reads: all that the members had
// agreed on, without anything secret.
//
//   inquest-ledger-backup 1
//   cluster=prod generation=1 term=7 entry=42 node=n1 made=2026-11-26T07:00:00Z
//   BASE64 of the packed fields (RFC 4648, URL alphabet, without padding)
//   seal HEX: BLAKE2b-128 of all above
//
// The second line is for people and says what the fields say; decode takes only what encode writes.
// The cluster's keys, the digests of open invitations and the memory of requests stay out: a
// restored ledger begins a new generation with a key of its own, so it needs none of them.
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace inquest::wire {

struct LedgerBackup {
    std::string node;        ///< that it was made on
    std::uint64_t term = 0;  ///< of its ledger
    std::string made;        ///< 2026-11-26T07:00:00Z, by that node's clock; for people
    ClusterState state;      ///< without_secrets()

    friend bool operator==(const LedgerBackup&, const LedgerBackup&) = default;
};

/// The longest backup that is read; one of the largest cluster there can be has 68 kB.
inline constexpr std::size_t backup_text_max = 96 * 1024;

enum class BackupRefusal : std::uint8_t {
    no_backup,  ///< it does not begin as one
    version,    ///< of a version that this program does not read
    damaged,    ///< cut off, or changed since it was written
    malformed,  ///< whole, and yet nothing that a cluster could go on with
};
std::string_view word(BackupRefusal refusal);

ClusterState without_secrets(ClusterState state);

/// Pre: the cluster is founded, and its state is without secrets.
std::string encode(const LedgerBackup& backup);
tl::expected<LedgerBackup, BackupRefusal> decode_backup(std::string_view text);

/// The line for people, without its end.
std::string summary(const LedgerBackup& backup);

}  // namespace inquest::wire
