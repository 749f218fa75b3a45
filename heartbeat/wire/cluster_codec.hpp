// What members agree on as bytes: an entry, as it stands in the ledger's log, and the whole state,
// as it stands in its snapshot.
//
// Version 4 of entries, 5 of states. A fixed order of fields (cluster_codec.cpp), one form for each
// value, and decode() takes no other: the log's hash is over these bytes. Keys are among them, so
// whoever holds them keeps them as safe as cluster.keys.
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/wire/packing.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace inquest::wire {

inline constexpr std::uint8_t entry_version = 5;
inline constexpr std::uint8_t state_version = 6;

/// The longest entry there can be: an invitation with an address on every path.
inline constexpr std::size_t entry_bytes_max = 960;

/// What is out of its bounds (cluster_state.hpp) has no form: its bytes read as nothing, or as
/// something else. Whoever did not read it from bytes compares before others must read it.
Bytes encode(const ClusterEntry& entry);
Bytes encode(const ClusterState& state);

/// Nothing where the bytes are not what encode() writes: of a later version, or damaged.
std::optional<ClusterEntry> decode_entry(std::span<const std::byte> bytes);
std::optional<ClusterState> decode_state(std::span<const std::byte> bytes);

}  // namespace inquest::wire
