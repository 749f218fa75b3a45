// Looks for the evidence: the daemon's own records, and what the system and the kernel left behind.
// All of it is read within bounds and trusted in nothing.
#pragma once

#include "heartbeat/endings/facts.hpp"

#include <filesystem>

namespace inquest::endings {

struct Places {
    std::filesystem::path etc = "/etc/inquest";
    std::filesystem::path state = "/var/lib/inquest";
    std::filesystem::path wtmp = "/var/log/wtmp";
    std::filesystem::path watchdogs = "/sys/class/watchdog";
    std::filesystem::path pstore = "/sys/fs/pstore";
    /// Where systemd-pstore.service moves the kernel's records to, a folder each.
    std::filesystem::path pstore_archive = "/var/lib/systemd/pstore";
};

/// The records' files within the state folder.
inline constexpr const char* run_file = "run";
inline constexpr const char* earlier_run_file = "run.earlier";
inline constexpr const char* last_boot_file = "run.last-boot";

/// All but whether the daemon runs, and its events. Of a kernel that is shared nothing is read.
/// `booted`: by this machine's clocks.
Facts gather(const Places& places, Wall booted);

}  // namespace inquest::endings
