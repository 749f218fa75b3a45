// What can be looked at without the daemon: the configuration, its keys, this host's addresses.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/config/complaint.hpp"
#include "heartbeat/wire/local.hpp"

#include <filesystem>
#include <string>

namespace inquest::cli {

struct Findings {
    config::Complaints complaints;  ///< in the order of reading
    std::string summary;            ///< "3 nodes, 2 paths, ..."; empty where there is an error
};

/// Everything that inquestd would look at before it starts.
Findings check_folder(const std::filesystem::path& etc);

/// The text of `config check`: errors, then warnings, or that all is sound.
std::string findings_text(const Screen& screen, const std::filesystem::path& etc,
                          const Findings& findings);

/// A list of `{"severity","file","line","key","what","remedy"}`.
Json findings_json(const Findings& findings);

wire::Exit findings_exit(const Findings& findings);

/// The findings as a list of checks of `doctor`, which has the daemon's own put behind them.
Json findings_checks(const Findings& findings);

}  // namespace inquest::cli
