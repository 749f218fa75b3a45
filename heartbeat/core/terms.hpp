// What an incarnation has committed about itself: by it the others know how long a condemned one
// may still run something (docs/safety.md).
//
// Terms belong to one boot. Whoever shortens does so first and says it afterwards; whoever
// lengthens says it first. So nothing that a node does is ever longer than what its terms say.
#pragma once

#include "heartbeat/base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace inquest {

enum class WatchdogKind : std::uint8_t {
    hardware,  ///< a device that resets the machine, whatever its kernel does
    software,  ///< a timer in the very kernel that it is to reset
    shared,    ///< a daemon that feeds the device for several programs, watchdog-mux
};
inline constexpr std::size_t watchdog_kinds = 3;

constexpr std::string_view word(WatchdogKind kind) {
    switch (kind) {
        case WatchdogKind::hardware: return "hardware";
        case WatchdogKind::software: return "software";
        case WatchdogKind::shared: return "shared";
    }
    return "?";
}

/// How this node reaches it.
enum class WatchdogDoor : std::uint8_t { device, mux };

/// May its reset, which nobody sees, stand for a proof? Where the machine or the device are such
/// that it may fail, only if a person has allowed it in writing.
enum class Trusted : std::uint8_t { no, yes };

/// A watchdog that is open and stays so for this boot.
struct Watchdog {
    WatchdogKind kind = WatchdogKind::hardware;
    Trusted trusted = Trusted::no;
    Duration reset_within{};  ///< of the last feed that a lease allowed; > 0

    friend constexpr bool operator==(const Watchdog&, const Watchdog&) = default;
};

inline constexpr Duration reset_within_max{std::chrono::hours(1)};

struct Terms {
    Watchdog watchdog;
    Duration lease{};  ///< no lease of this incarnation is longer

    friend constexpr bool operator==(const Terms&, const Terms&) = default;
};

/// By so many millionths any two clocks of the members may go apart from true time, each.
inline constexpr Duration::rep drift_ppm = 1000;

/// From when somebody knows its condemnation to be committed, by their own clock, to when a node
/// with these terms runs nothing any more, for certain. Pre: both lengths are at most an hour.
constexpr Duration self_fence_wait(const Terms& terms, Duration margin) {
    constexpr Duration::rep million = 1'000'000;
    const Duration::rep plain = (terms.lease + terms.watchdog.reset_within).count();
    const Duration::rep slow = million - drift_ppm;
    return Duration((plain / slow + 1) * (million + drift_ppm)) + margin;
}

}  // namespace inquest
