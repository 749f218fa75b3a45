// What ledgers' messages are made of, as bytes and back: entries and who takes part. For every
// format that holds one of them.
//
//   bytes  members
//       1  voters, 0..5
//       1  learners, 0..32; with the voters 0..32
//     2 n  the voters' ids, then the learners', each list ascending; not 0, nobody in both
//
//   bytes  membership
//       –  the members now
//       1  voters before the last change, 0..5
//     2 n  their ids, ascending, not 0
//       8  index of the last change
//       8  index of the last `settled`
//
//   bytes  entry; its index is told by its place
//       8  term
//       1  kind: 0 noop, 1 command, 2 membership, 3 settled
//       2  bytes of the content: 0 for noop and settled
//       –  the members, for membership alone: at least one voter
//       n  the content
//
// All integers are little-endian. Each value has exactly one form. The readers are total: false,
// or a reader that ran out, for all else; what they have filled in then means nothing.
#pragma once

#include "heartbeat/ledger/membership.hpp"
#include "heartbeat/wire/byte_stream.hpp"

#include <cstddef>

namespace inquest::wire {

/// Is it one that a ledger may have? Only what is sound has a form.
bool sound(const ledger::Members& members);
bool sound(const ledger::Membership& membership);
bool sound(const ledger::Entry& entry);

std::size_t encoded_bytes(const ledger::Membership& membership);

/// Pre: sound, and room for ledger::encoded_bytes(), or for encoded_bytes() here.
void write(ByteWriter& to, const ledger::Members& members);
void write(ByteWriter& to, const ledger::Membership& membership);
void write(ByteWriter& to, const ledger::Entry& entry);

bool read(ByteReader& from, ledger::Members& members);
bool read(ByteReader& from, ledger::Membership& membership);
/// Fills in all but the index, which the caller knows.
bool read(ByteReader& from, ledger::Entry& entry);

}  // namespace inquest::wire
