// What an administrator asks for, as a sentence of the ledger: names become numbers, and what must
// be drawn by chance is drawn.
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/wire/change.hpp"
#include "heartbeat/wire/join_token.hpp"
#include "heartbeat/wire/local.hpp"

#include <tl/expected.hpp>

#include <optional>

namespace inquest::daemon {

struct AskedChange {
    ClusterEntry::Body body;
    std::optional<wire::Secret> secret;  ///< of an invitation; told to whoever asked, once
};

/// Error: a name that nobody has, an address that is none, a path that is not there.
tl::expected<AskedChange, wire::Complaint> sentence_of(const wire::Change& change,
                                                       const ClusterState& state);

}  // namespace inquest::daemon
