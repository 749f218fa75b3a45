// "lan-a=192.0.2.1@sw-a": where a node is on a path, as it is typed.
#pragma once

#include "heartbeat/core/config.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace inquest::cli {

struct PlacedAddress {
    std::string path;
    std::string address;
    std::string fate;  ///< empty where none was typed
    PathKind kind = PathKind::udp;

    friend bool operator==(const PlacedAddress&, const PlacedAddress&) = default;
};

/// All of them, each path once; or what is wrong with the first that is none.
tl::expected<std::vector<PlacedAddress>, std::string> parse_addresses(
    const std::vector<std::string>& typed);

/// "san=/dev/disk/by-id/...": what the disk of a path is called on this host.
struct PlacedDevice {
    std::string path;
    std::string device;

    friend bool operator==(const PlacedDevice&, const PlacedDevice&) = default;
};
tl::expected<std::vector<PlacedDevice>, std::string> parse_devices(
    const std::vector<std::string>& typed);

}  // namespace inquest::cli
