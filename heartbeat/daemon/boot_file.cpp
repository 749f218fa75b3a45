#include "heartbeat/daemon/boot_file.hpp"

#include "heartbeat/base/descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace inquest::daemon {
namespace {

/// One sector: the disk writes it whole or not at all.
constexpr std::size_t file_bytes = 512;
constexpr const char* header =
    "# inquestd counts this node's boots and its own runs here; do not edit.\n";

tl::expected<std::uint32_t, std::string> number(const std::string& text, int line,
                                                const char* key) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
        return tl::unexpected(
            fmt::format("line {}: {}: `{}` is no number from 1", line, key, text));
    }
    return value;
}

int write_over(const std::filesystem::path& file, const std::string& text, int flags) {
    const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC | flags, 0600));
    if (!fd.is_open()) return errno;
    const ssize_t written = ::pwrite(fd.get(), text.data(), text.size(), 0);
    if (written < 0) return errno;
    if (static_cast<std::size_t>(written) != text.size()) return ENOSPC;
    return ::fsync(fd.get()) == 0 ? 0 : errno;
}

/// The new text under a name of its own first, so that a crash leaves the old file or the new one.
int replace(const std::filesystem::path& file, const std::string& text) {
    const std::filesystem::path fresh = file.string() + ".new";
    int error = write_over(fresh, text, O_CREAT | O_TRUNC);
    if (error == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlink(fresh.c_str());
        return error;
    }
    const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.is_open()) ::fsync(folder.get());
    return 0;
}

}  // namespace

tl::expected<BootCount, std::string> parse_boot_file(const std::string& text) {
    std::istringstream lines(text);
    BootCount count;
    int line_number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++line_number;
        const auto end = line.find_last_not_of(" \t\r");
        line.erase(end == std::string::npos ? 0 : end + 1);
        if (line.empty() || line.front() == '#') continue;
        const auto equals = line.find(" = ");
        if (equals == std::string::npos) {
            return tl::unexpected(fmt::format("line {}: expected `key = value`", line_number));
        }
        const std::string key = line.substr(0, equals);
        const std::string value = line.substr(equals + 3);
        if (key == "boot_id") {
            count.boot_id = value;
        } else if (key == "incarnation" || key == "session") {
            const auto counted = number(value, line_number, key.c_str());
            if (!counted) return tl::unexpected(counted.error());
            if (key == "session")
                count.session = Session(*counted);
            else
                count.incarnation = Incarnation(*counted);
        } else {
            return tl::unexpected(fmt::format("line {}: unknown key `{}`", line_number, key));
        }
    }
    if (count.boot_id.empty() || count.incarnation == Incarnation{} || count.session == Session{}) {
        return tl::unexpected(std::string("it lacks incarnation, session or boot_id"));
    }
    return count;
}

std::string boot_file_text(const BootCount& count) {
    std::string text = fmt::format("{}incarnation = {}\nsession = {}\nboot_id = {}\n", header,
                                   count.incarnation.value, count.session.value, count.boot_id);
    text.resize(std::max(file_bytes, text.size() + 1), ' ');
    text.back() = '\n';
    return text;
}

BootCount next_count(const BootCount& last, const std::string& boot_id) {
    if (last.boot_id == boot_id) {
        return {last.incarnation, Session(last.session.value + 1), boot_id};
    }
    return {Incarnation(last.incarnation.value + 1), Session(1), boot_id};
}

tl::expected<BootCount, std::string> count_boot(const std::filesystem::path& folder,
                                                const std::string& boot_id) {
    const std::filesystem::path file = folder / "boot";
    BootCount count{Incarnation(1), Session(1), boot_id};
    std::error_code gone;
    if (std::filesystem::exists(file, gone)) {
        std::ifstream stream(file);
        std::stringstream text;
        text << stream.rdbuf();
        const auto last = parse_boot_file(text.str());
        if (!stream || !last) {
            return tl::unexpected(
                fmt::format("{}: {}: restore it from a backup; without one write an incarnation "
                            "above the one that "
                            "`inquest status --json` shows for this node on its peers",
                            file.string(), last ? "cannot be read" : last.error()));
        }
        count = next_count(*last, boot_id);
    }
    const std::string text = boot_file_text(count);
    int error = replace(file, text);
    const bool full = error == ENOSPC || error == EDQUOT;
    if (full && write_over(file, text, 0) == 0) error = 0;
    if (error != 0) {
        return tl::unexpected(
            fmt::format("{}: cannot be written ({}): a run that is not counted would be refused by "
                        "all peers: free space "
                        "or make {} writable, then start again",
                        file.string(), std::strerror(error), folder.string()));
    }
    return count;
}

}  // namespace inquest::daemon
