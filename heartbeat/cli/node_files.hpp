// The files that make this host a node: what is there, writing them, and taking them away.
#pragma once

#include "heartbeat/cli/placed_address.hpp"
#include "heartbeat/config/whole_file.hpp"
#include "heartbeat/wire/local.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::cli {

struct Folders {
    std::filesystem::path etc;
    std::filesystem::path state;
    std::filesystem::path run;
};

/// What the folders say about this host.
struct Traces {
    enum class Begun : std::uint8_t { nothing, founding, joining, restoring, unreadable };

    bool configured = false;  ///< there is a cluster.toml
    bool member = false;      ///< inquestd has begun a ledger here
    bool ledger = false;      ///< and its file is here
    bool removed = false;     ///< the others have removed this node
    Begun begun = Begun::nothing;
    std::string begin_text;  ///< of STATE/begin
    std::string node;        ///< its name, where the files can be read
    MemberId self;           ///< its number there; nobody: they cannot be
    std::string cluster;
};

Traces traces(const Folders& folders);

/// Why this host cannot begin something new; nothing where it is bare, or where only a `same`
/// beginning is under way, which may be repeated.
std::optional<wire::Complaint> occupied(const Traces& traces, Traces::Begun same);

/// Why inquestd cannot run here yet, or any more: nothing was begun, or something is half done.
/// Nothing where it could.
std::optional<wire::Complaint> not_a_node(const Traces& traces);

using config::Readers;

/// A file that is written as a whole or not at all. Error: one line for a person.
struct NewFile {
    std::filesystem::path path;
    std::string text;
    Readers readers = Readers::everybody;
};
tl::expected<void, wire::Complaint> write_file(const NewFile& file);

/// What write_node_files() does before anything else.
tl::expected<void, wire::Complaint> make_state_folder(const Folders& folders);

/// In this order: a beginning that was cut off is repeated, and no daemon takes a half for a whole.
///   1. STATE/begin      from here on the host is known as one that begins, and a repeat goes on
///   2. keys/cluster.keys
///   3. cluster.toml
///   4. node.toml        without it inquestd does not start
struct NodeFiles {
    std::string begin;
    std::string keys;
    std::string cluster;
    std::string node;
};
tl::expected<void, wire::Complaint> write_node_files(const Folders& folders,
                                                     const NodeFiles& files);

std::string node_toml(std::string_view node, const std::vector<PlacedDevice>& devices = {});

/// All files of a node that are there, in the order in which they may be removed: without
/// cluster.toml inquestd does not start, and node.toml, which has the node's name, goes last.
std::vector<std::filesystem::path> manifest(const Folders& folders);

}  // namespace inquest::cli
