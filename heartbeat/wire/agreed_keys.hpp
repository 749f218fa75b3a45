// The cluster's keys between their two homes: the ledger's state, and the text of cluster.keys.
#pragma once

#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/wire/keys.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace inquest::wire {

/// The keyring that beats and bus run with: the first key signs, all are accepted. Pre: no number
/// and no key stands twice, and none is all zeros, as the ledger's rules and cluster.keys keep it.
Keyring keyring_of(const std::vector<AgreedKey>& keys, ClusterTag cluster);

/// cluster.keys as parse_keys() reads it. The caller wipes it.
std::string keys_text(const std::vector<AgreedKey>& keys);

/// The keys of a text that parse_keys() has accepted, for the founding of a cluster; at most
/// agreed_keys_max, the first of them.
std::vector<AgreedKey> agreed_keys(std::string_view text);

/// A key that nobody has seen before, under the lowest number that is free.
AgreedKey draw_key(const std::vector<AgreedKey>& taken);

}  // namespace inquest::wire
