// This node's watchdog and its guests, between the core, the keeper and the guard.
//
//   armed, and a lease is held ──> the keeper opens the watchdog ──> the core; the terms
//   the core: FeedWatchdog ──────> one byte to the device, on the deciding thread
//   the guard: what runs ────────> the core
//
// It decides nothing: when to feed is the core's, when to open follows from what is agreed.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/core/guests.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/daemon/boot_mark.hpp"
#include "heartbeat/daemon/journal.hpp"
#include "heartbeat/daemon/keeper_line.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace inquest::daemon {

class Enforcing {
 public:
    struct Parts {
        KeeperLine& keeper;
        Journal& journal;
        std::filesystem::path state;
        std::string boot_id;
    };
    explicit Enforcing(const Parts& parts);

    /// Asks for the watchdog as soon as it is wanted and may be fed.
    void consider(const Node& node, const config::HostConfig& config, Armed armed, Instant now);
    /// What the keeper has answered, if anything: what the core is to be told.
    std::optional<WatchdogOpened> take_news();
    void feed();
    /// A guard says what runs, or has gone. Error: why that cannot be noted; then it is not known.
    std::optional<std::string> guard_says(Guests guests);
    void guard_left() { guests_ = Guests::unknown; }
    /// The daemon leaves, or takes no part any more: a watchdog that nobody needs is switched off.
    void leave();

    Guests guests() const { return guests_; }
    /// What this boot says of itself to the others; nothing while no watchdog is open.
    const std::optional<Watchdog>& watchdog() const { return watchdog_; }
    /// "iTCO_wdt, 4 s"; empty while none is open.
    const std::string& device() const { return device_; }
    /// Why there is none, for a person; empty where nothing is wrong.
    const std::string& trouble() const { return trouble_; }
    /// Why its reset proves nothing to the others; empty where it does.
    const std::string& doubt() const { return doubt_; }

 private:
    void accept(const wire::WatchdogIsOpen& open);
    void close();

    KeeperLine& keeper_;
    Journal& journal_;
    BootMark watchdog_mark_;
    BootMark guard_mark_;
    bool guard_was_here_;  ///< in this boot; the mark says so
    Guests guests_;
    Descriptor fd_;
    std::optional<Watchdog> watchdog_;
    Duration timeout_{};
    std::string device_;
    std::string trouble_;
    std::string doubt_;
    Instant ask_at_{};      ///< not before
    bool starves_ = false;  ///< the last feed did not get through
    bool leaving_ = false;
};

}  // namespace inquest::daemon
