// What is being done to switch a condemned member off, in sentences.
#pragma once

#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/core/explanation.hpp"

#include <optional>
#include <string>

namespace inquest {

/// "bmc-n3 is asked by n1", "bmc-n3 failed: no route; pdu is asked by n2"; where nothing is asked,
/// why not. Empty: nothing stands, or it is proven by now.
std::string fence_headline(const ClusterState& state, const AgreedMember& member);

/// The same as a claim with a part for each device; nothing where the headline is empty.
std::optional<Explanation> explain_fence(const ClusterState& state, const AgreedMember& member);

}  // namespace inquest
