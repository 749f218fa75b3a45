// Between what the members have agreed on and the files of one host: the agreed configuration as
// cluster.toml, as what the daemon runs with, and against a file that somebody would like instead.
//
// Pure, like reader.hpp. Keys, incarnations and all else that no file says are not looked at.
#pragma once

#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"

#include <string>
#include <variant>
#include <vector>

namespace inquest::config {

/// cluster.toml as inquestd writes it: read_cluster_alone() gives the same configuration back.
/// Votes are as they will be when everybody who is invited has joined: the rules see to it that
/// this holds together, and who votes today is the ledger's affair, not the file's.
std::string render(const ClusterState& state);

/// The cluster, its addresses and its ports as agreed; self and interfaces as `here` has them. An
/// address that is none is left out, with a warning. Pre: `state` has the member `here.self`.
HostConfig host_config(const ClusterState& state, const HostConfig& here);

/// What would have to be agreed on so that the cluster is as a file wants it.
struct Wanted {
    using Change = std::variant<PathSet, TimingSet, StormGuardSet, FenceDeviceSet,
                                FenceDeviceDropped, FencePlanSet>;

    std::vector<Change> changes;  ///< in the order in which they are to be asked for
    Complaints complaints;        ///< where one is an error, nothing should be asked for
};

/// `wanted` as read_cluster_alone() gives it. Timings, paths and fencing can be changed; members
/// come and go by `inquest invite` and `inquest remove`, and their addresses stay.
Wanted changes_between(const ClusterState& state, const HostConfig& wanted);

/// What a change alters in the cluster's behaviour, one sentence a difference: "a silent path is
/// noticed after 400ms instead of 1s". `state` is as it was before.
std::vector<std::string> effects(const ClusterState& state, const Wanted::Change& change);

}  // namespace inquest::config
