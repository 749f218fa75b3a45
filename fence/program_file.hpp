// Programs that may be run as root: only what nobody else could have planted or changed.
#pragma once

#include <tl/expected.hpp>

#include <filesystem>
#include <string>

namespace inquest::fence {

/// The agent's path. Error: what is wrong with it, and what to do.
tl::expected<std::string, std::string> agent_file(const std::filesystem::path& folder,
                                                  const std::string& agent);

/// A program that is told of alerts, by its absolute path.
tl::expected<std::string, std::string> notified_file(const std::string& program);

}  // namespace inquest::fence
