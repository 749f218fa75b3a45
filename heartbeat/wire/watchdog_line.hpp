// What the daemon and its keeper say to each other of the watchdog, on the line between them.
//
// The keeper opens it once for the life of the boot: the kernel counts opening and closing as
// feeding, and only the daemon, which knows of leases, may feed. So the daemon asks, and the keeper
// hands it the open descriptor along with its answer; and again to each daemon that follows.
#pragma once

#include "heartbeat/core/terms.hpp"
#include "heartbeat/wire/packing.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace inquest::wire {

struct OpenWatchdog {
    WatchdogDoor door = WatchdogDoor::device;
    std::string path;       ///< of the device, or of the daemon's socket
    Duration timeout{};     ///< whole seconds; what a device is to be set to
    Duration reset_time{};  ///< that the machine needs to stop when it fires
    Duration behind{};      ///< how long a daemon between feeds on by itself
    std::string trusted_because;
    std::string mark;     ///< the file of a BootMark: it was opened before
    std::string boot_id;  ///< what it says in this boot

    friend bool operator==(const OpenWatchdog&, const OpenWatchdog&) = default;
};

/// Nobody needs it: it is switched off, where it lets itself be.
struct CloseWatchdog {
    friend bool operator==(const CloseWatchdog&, const CloseWatchdog&) = default;
};

using WatchdogOrder = std::variant<OpenWatchdog, CloseWatchdog>;

/// Its descriptor comes with the message. What was ordered with it goes with it for ever: whatever
/// the files say by now, it is the one that was opened then.
struct WatchdogIsOpen {
    WatchdogKind kind = WatchdogKind::hardware;
    Duration timeout{};    ///< read back from the device; as ordered where nothing can be read
    std::string identity;  ///< what it calls itself
    Duration reset_time{};
    Duration behind{};
    std::string trusted_because;

    friend bool operator==(const WatchdogIsOpen&, const WatchdogIsOpen&) = default;
};

struct WatchdogRefused {
    std::string why;

    friend bool operator==(const WatchdogRefused&, const WatchdogRefused&) = default;
};

using WatchdogNews = std::variant<WatchdogIsOpen, WatchdogRefused>;

inline constexpr std::size_t watchdog_message_bytes_max = 2048;

Bytes encode(const WatchdogOrder& order);
Bytes encode(const WatchdogNews& news);

/// Nothing where the bytes are none; a testament is none either.
std::optional<WatchdogOrder> decode_watchdog_order(std::span<const std::byte> bytes);
std::optional<WatchdogNews> decode_watchdog_news(std::span<const std::byte> bytes);

}  // namespace inquest::wire
