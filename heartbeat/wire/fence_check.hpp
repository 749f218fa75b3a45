// What `inquest config check` asks `inquest-fenced check`: are these devices sound, as far as it
// can be told without asking them? On its standard input and output, each one JSON object.
//
//   {"devices":[{"device":{..},"proves":"power","plugs":{"n3":"4"},"nodes":["n1","n2","n3"],
//    "timeout_ms":60000}]}
//   {"complaints":[{"device":"bmc-n3","option":"passwd","severity":"warning","what":"..",
//    "why":"..","remedy":".."}]}
#pragma once

#include "heartbeat/core/fence_topology.hpp"
#include "heartbeat/wire/fence_line.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::wire {

/// 32 devices with all the options that they may have.
inline constexpr std::size_t fence_check_bytes_max = 1024 * 1024;
inline constexpr std::size_t fence_complaints_max = 512;

struct CheckedDevice {
    AgentDevice device;
    FenceProof proves = FenceProof::power;
    std::vector<std::string> nodes;  ///< that it is to switch off, at most members_max
    std::vector<FenceOption> plugs;  ///< node = plug, ascending by node
    Duration timeout = fence_timeout_default;

    friend bool operator==(const CheckedDevice&, const CheckedDevice&) = default;
};

struct DeviceComplaint {
    enum class Severity : std::uint8_t { warning, error };

    std::string device;
    std::string option;  ///< which is wrong; empty: none, or the device as a whole
    Severity severity = Severity::error;
    std::string what;
    std::string why;
    std::string remedy;

    friend bool operator==(const DeviceComplaint&, const DeviceComplaint&) = default;
};

std::string to_text(const std::vector<CheckedDevice>& devices);
std::string to_text(const std::vector<DeviceComplaint>& complaints);

/// Strict as the line's messages are.
tl::expected<std::vector<CheckedDevice>, std::string> parse_checked_devices(std::string_view text);
tl::expected<std::vector<DeviceComplaint>, std::string> parse_device_complaints(
    std::string_view text);

}  // namespace inquest::wire
