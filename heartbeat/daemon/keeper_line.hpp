// The daemon's end of the line to its keeper: there it leaves its testament, and by it it gets the
// watchdog.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/wire/keys.hpp"
#include "heartbeat/wire/testament.hpp"
#include "heartbeat/wire/watchdog_line.hpp"

#include <optional>

namespace inquest::daemon {

/// What the keeper is to say should this daemon die; nothing where it is to say nothing.
std::optional<wire::Testament> testament_of(const Node& node, const config::HostConfig& config,
                                            const wire::Keyring& keyring);

class KeeperLine {
 public:
    /// A closed descriptor: there is no keeper, and nothing is left.
    explicit KeeperLine(Descriptor line) : line_(std::move(line)) {}

    /// -1 where there is no keeper.
    int fd() const { return line_.get(); }
    bool is_there() const { return line_.is_open(); }
    /// From now on this holds, and nothing that was left before. False where the keeper did not
    /// take it: what it has is of before.
    bool leave(std::optional<wire::Testament>&& testament);

    /// False where it was not taken.
    bool ask(const wire::WatchdogOrder& order);
    struct News {
        wire::WatchdogNews told;
        Descriptor fd;  ///< of the watchdog, where it is open
    };
    /// The next message of the keeper; nothing where there is none.
    std::optional<News> take();

 private:
    Descriptor line_;
};

}  // namespace inquest::daemon
