// Is a device described so that its agent can work with it, and so that its `off` can be proven?
//
// By the agent's own metadata; nothing is asked of the device itself. A misspelt option would not
// be noticed otherwise: agents pass over what they do not know.
#pragma once

#include "fence/agent_metadata.hpp"
#include "heartbeat/wire/fence_check.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace inquest::fence {

/// `secrets`: the names, without values, that stand in the device's secrets file.
std::vector<wire::DeviceComplaint> check_device(const wire::CheckedDevice& device,
                                                const AgentMetadata& metadata,
                                                const std::vector<std::string>& secrets);

bool has_errors(const std::vector<wire::DeviceComplaint>& complaints);

/// The known parameter that is spelt most like it; empty where none is near.
std::string_view nearest_parameter(const AgentMetadata& metadata, std::string_view name);

}  // namespace inquest::fence
