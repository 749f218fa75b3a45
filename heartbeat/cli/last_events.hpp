// The last events of this node before an instant, from a running inquestd.
#pragma once

#include "heartbeat/cli/moment.hpp"
#include "heartbeat/endings/facts.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace inquest::cli {

struct LastEvents {
    endings::Daemon daemon = endings::Daemon::silent;  ///< does anybody listen there?
    std::vector<std::string> lines;  ///< at most five, oldest first, of the minute before `until`
    std::string trouble;             ///< why there are not all of them; empty: there are
};

/// `run` is the folder of inquestd's socket.
LastEvents last_events(const std::filesystem::path& run, Wall until, Wall now);

}  // namespace inquest::cli
