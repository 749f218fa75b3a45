// A digest of the cluster's configuration, by which nodes notice that their files differ.
#pragma once

#include "heartbeat/config/host_config.hpp"

#include <cstdint>

namespace inquest::config {

/// FNV-1a over what the cluster's configuration says, whatever its comments and spelling: nodes
/// compare it to notice a difference. It finds mistakes; it authenticates nothing.
std::uint32_t digest(const HostConfig& config);

}  // namespace inquest::config
