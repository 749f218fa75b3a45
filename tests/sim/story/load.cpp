#include "tests/sim/story/load.hpp"

#include "tests/sim/story/scenario_reader.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace inquest::sim {
namespace {

namespace fs = std::filesystem;
using config::Complaint;
using config::Complaints;
using config::Severity;
using config::Text;

constexpr std::uintmax_t text_bytes_max = 4 * 1024 * 1024;

tl::unexpected<Complaint> unreadable(const fs::path& path, std::string what, std::string remedy) {
    return tl::unexpected(
        Complaint{Severity::error, path.string(), 0, "", std::move(what), std::move(remedy)});
}

/// The folder's name, also of `tests/scenarios/one/`.
std::string name_of(const fs::path& folder) {
    return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

void put_folder_in_front(Complaints& complaints, const fs::path& folder) {
    for (Complaint& complaint : complaints) {
        if (!complaint.file.empty()) complaint.file = (folder / complaint.file).string();
    }
}

tl::expected<Loaded, Complaints> load_folder(const fs::path& folder) {
    Complaints complaints;
    const auto text = [&](const char* name) {
        Text read = read_text(folder / name);
        if (!read) complaints.push_back(read.error());
        return read.value_or("");
    };
    const std::string readme = text("README");
    const std::string cluster = text("cluster.toml");
    const std::string timeline = text("timeline");
    if (!complaints.empty()) return tl::unexpected(std::move(complaints));
    if (readme.find_first_not_of(" \t\r\n") == std::string::npos) {
        return tl::unexpected(Complaints{
            unreadable(folder / "README", "is empty", "say what would go wrong in a naive system")
                .value()});
    }
    auto scenario = read_scenario(cluster, timeline);
    if (!scenario) {
        put_folder_in_front(scenario.error(), folder);
        return tl::unexpected(std::move(scenario.error()));
    }
    Loaded loaded{std::move(*scenario), Loaded::Form::folder, folder / "expect.log", std::nullopt};
    loaded.scenario.name = name_of(folder);
    std::error_code ignored;
    if (fs::exists(loaded.log_path, ignored)) {
        const Text expected = read_text(loaded.log_path);
        if (!expected) return tl::unexpected(Complaints{expected.error()});
        loaded.expected = *expected;
    }
    return loaded;
}

}  // namespace

Text read_text(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found)
        return unreadable(path, "there is no such file", "check the path");
    if (status.type() != fs::file_type::regular)
        return unreadable(path, "is no plain file", "name a text file");
    if (fs::file_size(path, error) > text_bytes_max)
        return unreadable(path, "is larger than 4 MiB", "name a text file");
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file.is_open() || file.bad())
        return unreadable(path, "cannot be read", "check its permissions");
    return text;
}

tl::expected<Loaded, Complaints> load(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return load_folder(path);
    const Text text = read_text(path);
    if (!text) return tl::unexpected(Complaints{text.error()});
    auto scenario = read_bare_timeline(*text, path.string());
    if (!scenario) return tl::unexpected(std::move(scenario.error()));
    scenario->name = path.stem().string();
    return Loaded{std::move(*scenario), Loaded::Form::bare, {}, std::nullopt};
}

}  // namespace inquest::sim
