// A small file that is written as a whole or not at all: a crash leaves the old one or the new one.
#pragma once

#include "heartbeat/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace inquest::config {

enum class Readers : std::uint8_t { owner, everybody };

/// Durable on return, as far as the folder's file system lets us. It is made beside `file`, with
/// `.new` behind its name; a link of that name is not followed (ELOOP).
[[nodiscard]] Result<void> write_whole(const std::filesystem::path& file, std::string_view text,
                                       Readers readers);

/// What happened in the folder of `file` is durable on return, as far as that can be had.
void sync_folder_of(const std::filesystem::path& file);

}  // namespace inquest::config
