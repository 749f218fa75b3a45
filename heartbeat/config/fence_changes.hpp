// Between the agreed fence topology and the one that a file would like instead.
#pragma once

#include "heartbeat/config/agreed.hpp"

#include <string>
#include <vector>

namespace inquest::config {

/// In an order in which each holds by itself: devices come before the plans that name them, and go
/// behind those that did.
std::vector<Wanted::Change> fence_changes(const ClusterState& state, const ClusterConfig& wanted);

/// One sentence a difference; none where the change is of something else.
std::vector<std::string> fence_effects(const ClusterState& state, const Wanted::Change& change);

}  // namespace inquest::config
