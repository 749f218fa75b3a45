// What can be known of how this node's last boot and last run ended: the evidence, unjudged.
#pragma once

#include "heartbeat/endings/boot_id.hpp"
#include "heartbeat/endings/run_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::endings {

/// What a watchdog's driver says of the last reset; bits of linux/watchdog.h.
struct WatchdogWord {
    std::string device;  ///< "watchdog0"
    std::uint32_t bits = 0;
};
inline constexpr std::uint32_t overheated_bit = 0x01;
inline constexpr std::uint32_t fan_failed_bit = 0x02;
inline constexpr std::uint32_t power_low_bit = 0x10;
inline constexpr std::uint32_t watchdog_reset_bit = 0x20;
inline constexpr std::uint32_t power_high_bit = 0x40;

/// A record that a dying kernel left in pstore.
struct CrashRecord {
    std::string name;
    Wall time{};  ///< of the file
};

enum class Daemon : std::uint8_t { runs, silent };

struct Facts {
    std::optional<BootId> boot_id;       ///< of now
    Daemon daemon = Daemon::silent;      ///< does inquestd answer now?
    std::optional<RunRecord> run;        ///< the newest run, perhaps going on
    std::optional<RunRecord> earlier;    ///< the run before it in the same boot
    std::optional<RunRecord> last_boot;  ///< the last run of the boot before that of `run`
    std::optional<Wall> booted;          ///< when this boot began; of an own kernel only
    std::optional<Wall> shutdown;        ///< before this boot, in order, by wtmp
    std::vector<WatchdogWord> watchdogs;
    std::vector<CrashRecord> crashes;
    std::vector<std::string> last_events;  ///< of this node before the last run's end, oldest first
    std::vector<std::string> unreadable;   ///< a phrase each: what could not be looked at, and why
};

/// The run that ended last, and the last run of the boot that ended last; nothing where none is
/// known.
const RunRecord* ended_run(const Facts& facts);
const RunRecord* ended_boot(const Facts& facts);

}  // namespace inquest::endings
