// What `inquest why-rebooted` answers: the evidence gathered, and what it comes to.
#pragma once

#include "heartbeat/cli/moment.hpp"
#include "heartbeat/cli/reply.hpp"
#include "heartbeat/endings/evidence.hpp"

#include <filesystem>

namespace inquest::cli {

/// From the files in `places`, and the last events where inquestd answers in the folder `run`. The
/// form is why_rebooted_json's.
Json why_rebooted(const endings::Places& places, const std::filesystem::path& run, Wall now);

}  // namespace inquest::cli
