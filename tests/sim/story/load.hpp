// Scenarios from disk: a folder with README, cluster.toml, timeline and expect.log, or a bare file.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/reader.hpp"
#include "tests/sim/story/scenario.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace inquest::sim {

struct Loaded {
    enum class Form : std::uint8_t { folder, bare };

    Scenario scenario;
    Form form = Form::bare;
    std::filesystem::path log_path;       ///< of a folder: where its expect.log is, or would be
    std::optional<std::string> expected;  ///< what expect.log holds; nothing: there is none
};

/// A file's text, at most 4 MiB; or why there is none.
config::Text read_text(const std::filesystem::path& path);

/// Complaints name the files with their folder.
tl::expected<Loaded, config::Complaints> load(const std::filesystem::path& path);

}  // namespace inquest::sim
