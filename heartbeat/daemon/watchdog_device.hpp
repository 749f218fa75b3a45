// The watchdog as the system has it: a device of the kernel, or watchdog-mux, which owns the device
// on Proxmox VE and feeds it for its clients.
//
// Interfaces: Linux Documentation/watchdog/watchdog-api.rst; watchdog-mux of pve-ha-manager: a
// stream socket, any byte feeds, a last 'V' before closing leaves in peace.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/wire/watchdog_line.hpp"

#include <tl/expected.hpp>

#include <string>

namespace inquest::daemon {

struct WatchdogDevice {
    Descriptor fd;
    wire::WatchdogIsOpen told;
};

/// From here on it counts. Error: a phrase with what to do.
tl::expected<WatchdogDevice, std::string> open_watchdog(const wire::OpenWatchdog& order);

/// False where it took nothing: it may be fed no more.
bool feed_watchdog(int fd);

/// Switches it off and closes it; a device that cannot be switched off (nowayout) counts on.
void close_watchdog(Descriptor& fd);

}  // namespace inquest::daemon
