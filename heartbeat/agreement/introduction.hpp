// What a member owes to the others as soon as they can hear it: the secret of its invitation, which
// boot this is, by what terms it holds leases, and that it has no guests once it is condemned. It
// asks for it like for anything else, until the state shows it.
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/guests.hpp"

#include <cstdint>
#include <optional>

namespace inquest::agreement {

/// A node as it is in this run.
struct Oneself {
    MemberId self;
    Incarnation incarnation;
    std::uint32_t boot_tag = 0;
    std::optional<SecretDigest> invitation;  ///< of the secret that it was given, until it joined
    std::optional<Watchdog> watchdog{};      ///< that is open, for the rest of this boot
    Guests guests = Guests::unknown;
    /// All that it has applied is on its disk. What it says of its lease must hold after any crash.
    bool durable = false;
};

/// Nothing where the state shows all, or the node is no member as far as it knows; and where it is
/// invited and has no secret to show.
std::optional<ClusterEntry::Body> introduction(const ClusterState& state, const Oneself& oneself);

}  // namespace inquest::agreement
