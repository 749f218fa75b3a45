#include "heartbeat/cli/node_files.hpp"

#include "heartbeat/config/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace inquest::cli {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(fs::symlink_status(path, error));
}

/// The first line, at most 200 bytes of it.
std::string first_line(const fs::path& path) {
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    return line.substr(0, 200);
}

Traces::Begun begun(const fs::path& file) {
    if (!is_there(file)) return Traces::Begun::nothing;
    const std::string line = first_line(file);
    if (line.starts_with("found ")) return Traces::Begun::founding;
    if (line.starts_with("join ")) return Traces::Begun::joining;
    if (line.starts_with("restore ")) return Traces::Begun::restoring;
    return Traces::Begun::unreadable;
}

tl::unexpected<wire::Complaint> not_written(const fs::path& path, int error) {
    return tl::unexpected(wire::Complaint{
        "nothing is begun", path.string() + ": " + std::strerror(error),
        error == EACCES || error == EPERM ? "run this as root"
                                          : "make room there, or make the folder writable; then "
                                            "give the same command again"});
}

int make_folder(const fs::path& folder, mode_t mode) {
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST) return 0;
    return errno;
}

/// Is `name` one of ours, or what lies beside it: a write that was cut off, what was set aside, a
/// generation of before or of next, and what SQLite adds to any of them?
bool belongs(std::string_view name, std::string_view file) {
    if (!name.starts_with(file)) return false;
    name.remove_prefix(file.size());
    constexpr std::array<std::string_view, 6> kinds{".new",       ".damaged", ".earlier",
                                                    ".last-boot", "-old",     "-next"};
    const auto begins = [&](std::string_view kind) { return name.starts_with(kind); };
    for (auto kind = std::find_if(kinds.begin(), kinds.end(), begins); kind != kinds.end();
         kind = std::find_if(kinds.begin(), kinds.end(), begins))
        name.remove_prefix(kind->size());
    constexpr std::array<std::string_view, 5> ends{"", "-wal", "-shm", "-journal", "-reserve"};
    return std::find(ends.begin(), ends.end(), name) != ends.end();
}

/// The files in `folder` that belong to one of `names`, in the order of these.
void collect(const fs::path& folder, std::initializer_list<std::string_view> names,
             std::vector<fs::path>& found) {
    for (const std::string_view name : names) {
        std::vector<fs::path> those;
        std::error_code error;
        for (fs::directory_iterator entry(folder, error), end; entry != end;
             entry.increment(error)) {
            if (error) break;
            if (belongs(entry->path().filename().string(), name)) those.push_back(entry->path());
        }
        std::sort(those.begin(), those.end());
        found.insert(found.end(), those.begin(), those.end());
    }
}

}  // namespace

Traces traces(const Folders& folders) {
    Traces found;
    found.configured = is_there(folders.etc / "cluster.toml");
    found.ledger = is_there(folders.state / "ledger.db");
    found.member = found.ledger || is_there(folders.state / "member");
    found.removed = is_there(folders.state / "removed");
    found.begun = begun(folders.state / "begin");
    if (found.begun != Traces::Begun::nothing)
        found.begin_text = first_line(folders.state / "begin");
    if (const auto config = config::read_folder(folders.etc)) {
        found.cluster = config->cluster.name;
        found.self = config->self;
        found.node = config->member(config->self).name;
    }
    return found;
}

std::optional<wire::Complaint> occupied(const Traces& traces, Traces::Begun same) {
    constexpr const char* what = "this node is not bare";
    const auto reset = [&](std::string why) {
        return wire::Complaint{what, std::move(why),
                               "to begin anew, run `inquest reset-node` first"};
    };
    const std::string who = traces.node.empty()
                                ? "it belongs to a cluster, and its files cannot be read"
                                : "it is " + traces.node + " of the cluster " + traces.cluster;
    if (traces.removed) return reset("it was removed from the cluster " + traces.cluster);
    if (traces.member) return reset(who);
    if (traces.begun == same) return std::nullopt;
    switch (traces.begun) {
        case Traces::Begun::founding:
            return reset(
                "a founding was begun here and is not finished; the same `inquest init` "
                "goes on with it");
        case Traces::Begun::joining:
            return reset(
                "a join was begun here and is not finished; the same `inquest join` goes "
                "on with it");
        case Traces::Begun::restoring:
            return reset(
                "a restore was begun here and is not finished; the same `inquest ledger restore` "
                "goes on with it");
        case Traces::Begun::unreadable:
            return reset("something was begun here, and the file that says what is damaged");
        case Traces::Begun::nothing: break;
    }
    if (traces.configured) return reset("it has a cluster.toml that was written by hand");
    return std::nullopt;
}

std::optional<wire::Complaint> not_a_node(const Traces& traces) {
    using Begun = Traces::Begun;
    if (traces.begun == Begun::founding && !traces.member)
        return wire::Complaint{"this node is not founded yet",
                               "a founding was begun here and is not finished",
                               "give the same `inquest init` again"};
    if (traces.begun == Begun::joining && !traces.member)
        return wire::Complaint{"this node has not joined yet",
                               "a join was begun here and is not finished",
                               "give the same `inquest join` again"};
    if (traces.configured) return std::nullopt;
    if (traces.member || traces.removed)
        return wire::Complaint{"this node is half reset",
                               "it has no cluster.toml, and files of a cluster are left",
                               "give `inquest reset-node` again"};
    return wire::Complaint{"this node belongs to no cluster", "it has no cluster.toml",
                           "run `inquest init` here, or `inquest invite` on a member and "
                           "`inquest join` here"};
}

tl::expected<void, wire::Complaint> write_file(const NewFile& file) {
    const Result<void> written = config::write_whole(file.path, file.text, file.readers);
    if (!written) return not_written(file.path, written.error().value());
    return {};
}

tl::expected<void, wire::Complaint> make_state_folder(const Folders& folders) {
    if (const int error = make_folder(folders.state, 0700))
        return not_written(folders.state, error);
    return {};
}

tl::expected<void, wire::Complaint> write_node_files(const Folders& folders,
                                                     const NodeFiles& files) {
    if (auto made = make_state_folder(folders); !made) return made;
    for (const auto& [folder, mode] :
         {std::pair<fs::path, mode_t>{folders.etc, 0755}, {folders.etc / "keys", 0700}}) {
        if (const int error = make_folder(folder, mode)) return not_written(folder, error);
    }
    const std::array<NewFile, 4> in_order{
        {{folders.state / "begin", files.begin, Readers::owner},
         {folders.etc / "keys/cluster.keys", files.keys, Readers::owner},
         {folders.etc / "cluster.toml", files.cluster, Readers::everybody},
         {folders.etc / "node.toml", files.node, Readers::everybody}}};
    for (const NewFile& file : in_order) {
        if (auto written = write_file(file); !written) return written;
    }
    return {};
}

std::string node_toml(std::string_view node, const std::vector<PlacedDevice>& devices) {
    std::string text = fmt::format(
        "# This host, written by inquest. docs/configuration.md has every key.\n"
        "node = \"{}\"\n",
        node);
    if (!devices.empty()) text += "\n[device]\n";
    // What would end the text of a key or a value is refused when the file is read.
    for (const PlacedDevice& placed : devices)
        text += fmt::format("{} = '{}'\n", placed.path, placed.device);
    return text;
}

/// watchdog.boot and guard.boot stay: they are of this boot of the machine, not of the cluster, and
/// say nothing in the next one.
std::vector<std::filesystem::path> manifest(const Folders& folders) {
    std::vector<fs::path> found;
    collect(folders.etc, {"cluster.toml"}, found);
    collect(folders.state,
            {"begin", "recover", "restore", "ledger.db", "events.db", "member", "removed", "boot",
             "run", "inquestd.log"},
            found);
    collect(folders.run, {"inquestd.sock", "inquestd.lock"}, found);
    collect(folders.etc / "keys", {"cluster.keys"}, found);
    collect(folders.etc, {"node.toml"}, found);
    return found;
}

}  // namespace inquest::cli
