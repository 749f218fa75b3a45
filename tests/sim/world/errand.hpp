// What a person does to a cluster with a command of `inquest`: it is asked of a member, asked again
// where that member dies, and is over when the cluster has agreed or refused, or time is up.
#pragma once

#include "heartbeat/core/cluster_entry.hpp"
#include "tests/sim/world/moment.hpp"
#include "tests/sim/world/timeline.hpp"

#include <cstdint>
#include <optional>

namespace inquest::sim {

struct Errand {
    Event event;  ///< of one node, or of none
    Moment deadline;
    std::optional<ClusterEntry> entry;  ///< as it was asked last
    std::size_t asked = 0;              ///< of the host at this place,
    std::uint32_t run = 0;              ///< in this run of its daemon
    bool waits = false;                 ///< for the answer of that run
    bool over = false;

    std::size_t node() const { return event.nodes.front(); }  ///< Pre: it is of one
};

}  // namespace inquest::sim
