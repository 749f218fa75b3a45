// The three files of this host, read and judged together: at the start, and again at each reload.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/host_config.hpp"
#include "heartbeat/wire/keys.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace inquest::daemon {

struct HostFiles {
    config::HostConfig config;
    wire::Keyring keyring;
    config::Complaints warnings;  ///< nothing in here is an error
};

/// All of it, or complaints of which at least one is an error. Reads files and asks the kernel for
/// its addresses, so it may take its time.
tl::expected<HostFiles, config::Complaints> read_host_files(const std::filesystem::path& etc);

/// What other keys mean, a phrase each: `key 2 added`, `key 2 signs`.
std::vector<std::string> differences(const wire::Keyring& before, const wire::Keyring& now);

}  // namespace inquest::daemon
