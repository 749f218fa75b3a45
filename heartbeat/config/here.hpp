// Is this the right host? The addresses that the configuration gives to this node, against those
// that its interfaces carry.
#pragma once

#include "heartbeat/base/result.hpp"
#include "heartbeat/config/host_config.hpp"

#include <string>
#include <vector>

namespace inquest::config {

/// One address of one local interface.
struct LocalAddress {
    std::string interface;
    std::string address;  ///< canonical, as in Address::text
};

/// The addresses of all local interfaces (getifaddrs), IPv4 and IPv6.
Result<std::vector<LocalAddress>> addresses_here();

/// What of this node's addresses is not where it should be. An address that is on no interface is
/// an error, for the files may be another host's; but where node.toml names the interface it is a
/// fault of the day, so a warning: the daemon starts and the path is blind until it is back.
Complaints misplaced(const HostConfig& config, const std::vector<LocalAddress>& here);

}  // namespace inquest::config
