// Small files of this node, and what is wrong with them as a line for a person.
#pragma once

#include "heartbeat/config/whole_file.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace inquest::daemon {

using config::Readers;

/// Durable on return. Error: one line for a person.
[[nodiscard]] std::optional<std::string> write_small_file(const std::filesystem::path& file,
                                                          std::string_view text, Readers readers);

/// The text, nothing where there is no such file; or why it cannot be read, or is longer than
/// `most`.
tl::expected<std::optional<std::string>, std::string> read_small_file(
    const std::filesystem::path& file, std::size_t most);

/// Where it is there; durable on return as far as the system lets us.
void remove_small_file(const std::filesystem::path& file);

}  // namespace inquest::daemon
