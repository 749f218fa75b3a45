// Rows as bytes, and the checksums that tell when they are not what was written.
//
// The log is a chain: an entry's checksum depends on the one before it, and the state names the
// last. So a row that is missing, changed, of an older time or in another's place is noticed.
// BLAKE2b-128 (RFC 7693).
#pragma once

#include "heartbeat/ledger/action.hpp"
#include "heartbeat/store/sqlite.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace inquest::store {

using Checksum = std::array<std::byte, 16>;

/// Is a process using the file, or did one end without closing it?
enum class Use : std::uint8_t { closed = 0, open = 1 };

/// The one row that every transaction writes.
struct State {
    ledger::Term term;
    MemberId vote;
    ledger::Index commit;
    ledger::Index last;  ///< of the log; where that is empty, of the snapshot
    Checksum chain{};    ///< of the entry there
    Use use = Use::closed;
};

Checksum checksum(const State& state);
Checksum checksum(const ledger::Entry& entry, const Checksum& before);
/// `chain` is where the log goes on from.
Checksum checksum(const ledger::Snapshot& snapshot, const Checksum& chain);

ledger::Bytes encoded(const ledger::Members& members);
ledger::Bytes encoded(const ledger::Membership& membership);
/// Total: nothing where the bytes are not exactly one of these.
std::optional<ledger::Members> decoded_members(ByteView bytes);
std::optional<ledger::Membership> decoded_membership(ByteView bytes);

}  // namespace inquest::store
