// The configuration's files: node.toml, cluster.toml and keys/cluster.keys in one folder.
#pragma once

#include "heartbeat/config/reader.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <string>

namespace inquest::config {

inline constexpr const char* folder_default = "/etc/inquest";

/// node.toml and cluster.toml of a folder; where one cannot be read, why.
Texts read_texts(const std::filesystem::path& folder);

/// read_texts and read() in one.
tl::expected<HostConfig, Complaints> read_folder(const std::filesystem::path& folder);

/// The text of keys/cluster.keys, which only its owner may be able to read (mode 0600 or less).
/// The wire module understands it; the caller wipes it as soon as that is done.
Text read_keys(const std::filesystem::path& folder);

/// Where read_keys looks, for messages.
std::filesystem::path keys_path(const std::filesystem::path& folder);

}  // namespace inquest::config
