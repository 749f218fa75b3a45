// Levels and plans as people write them: "bmc-n3", "pdu-a+pdu-b", "self", "operator".
#pragma once

#include "heartbeat/core/fence_topology.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace inquest {

/// The device's name, `self` or `operator`.
std::string word(const FencePart& part);
/// Its parts with `+` between them.
std::string text(const FenceLevel& level);
/// The parts of a level; nothing where one of them is empty. Whether there are such devices is a
/// relation of the configuration.
std::optional<FenceLevel> parse_level(std::string_view text);
/// "bmc-n3, then self"; "nothing" where there is no level.
std::string describe(const FencePlan& plan);

}  // namespace inquest
