// The node's durable counters: which boot this is, and which run of the daemon within it.
//
// Peers refuse every beat that is older than one they have heard, so neither number may ever go
// back. The file is written before the first beat leaves. A full disk must not keep a node down:
// the file has a fixed length, and where it cannot be replaced it is written over in place.
#pragma once

#include "heartbeat/base/ids.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <string>

namespace inquest::daemon {

struct BootCount {
    Incarnation incarnation;
    Session session;
    std::string boot_id;

    friend bool operator==(const BootCount&, const BootCount&) = default;
};

/// The file's text as counters; or what is wrong with it, with the line.
tl::expected<BootCount, std::string> parse_boot_file(const std::string& text);
std::string boot_file_text(const BootCount& count);

/// The count of this run: a new boot id begins a new incarnation, the same one a new session.
BootCount next_count(const BootCount& last, const std::string& boot_id);

/// Reads the file in `folder`, counts this run, and makes it durable. No file: the first run ever.
/// Error: one line for a person.
tl::expected<BootCount, std::string> count_boot(const std::filesystem::path& folder,
                                                const std::string& boot_id);

}  // namespace inquest::daemon
