// Are the fence devices sound, as far as it can be told without asking them? inquest-fenced knows
// the agents; it is asked as a child process, so that it needs no daemon.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/host_config.hpp"

#include <filesystem>

namespace inquest::cli {

/// Of the devices that this node may ask. A warning where they could not be looked at; nothing
/// where there is none.
config::Complaints fence_complaints(const config::HostConfig& config,
                                    const std::filesystem::path& etc);

}  // namespace inquest::cli
