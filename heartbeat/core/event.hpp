// Everything that can happen to the core. Events are arguments of Node::step and are not kept.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/beat.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/guests.hpp"
#include "heartbeat/core/ledger_told.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace inquest {

/// An authenticated beat arrived on `path`. `arrived` is the kernel's stamp, never later than now.
struct BeatHeard {
    const Beat& beat;
    PathId path;
    Instant arrived;
    bool retired_key = false;  ///< signed with another key than the one that signs now: no grant
};

/// The local half of a path (link, port, address) broke: evidence of nothing but ourselves.
struct LocalHalfBroken {
    PathId path;
    std::string_view reason;  ///< for a person: "eth1: no carrier"
};

/// The local half of a path is known to be good.
struct LocalHalfGood {
    PathId path;
};

/// The kernel dropped datagrams of this path, or more came than one tick takes.
struct Overrun {
    PathId path;
};

/// The deadline has come, and every socket has been drained. The only event that judges, and that
/// lets beats leave; `raw` was read together with `now`, before that.
struct Wake {
    Duration raw{};
};

/// The daemon is told to stop.
struct Leave {};

/// The cluster has another configuration from now on; this node beats and judges by it at once.
/// Pre: problems(cluster) has no error, this node is one of its members, and a path keeps its
/// number for as long as it exists: paths are only appended, or switched off.
struct Reconfigured {
    const ClusterConfig& cluster;
};

/// A watchdog is open from now on, and must be fed at least so often.
struct WatchdogOpened {
    Duration feed_interval{};  ///< > 0
    Duration reset_within{};   ///< of the last feed that a lease allowed
};

/// Whether guarded VMs run here, from whoever knows; until then it is unknown.
struct GuestsTold {
    Guests guests = Guests::unknown;
};

using Event = std::variant<BeatHeard, LocalHalfBroken, LocalHalfGood, Overrun, Wake, Leave,
                           Reconfigured, LedgerTold, WatchdogOpened, GuestsTold>;

}  // namespace inquest
