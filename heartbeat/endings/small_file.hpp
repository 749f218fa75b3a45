// A file of somebody else's making, read within bounds.
#pragma once

#include "heartbeat/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace inquest::endings {

/// Its first bytes, at most `bytes_max`. What is no ordinary file is refused (EINVAL), and a pipe
/// is not waited for.
Result<std::string> read_small_file(const std::filesystem::path& file,
                                    std::size_t bytes_max = 4096);

/// Its last bytes, at most `count` records of `record_bytes`, beginning at a whole record.
Result<std::string> read_last_records(const std::filesystem::path& file, std::size_t record_bytes,
                                      std::size_t count);

}  // namespace inquest::endings
