#include "heartbeat/daemon/small_file.hpp"

#include "heartbeat/base/descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

std::string complaint(const std::filesystem::path& file, int error) {
    return fmt::format("{}: {}: make room, or the folder writable for inquestd", file.string(),
                       std::strerror(error));
}

void sync_folder(const std::filesystem::path& file) {
    const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.is_open()) ::fsync(folder.get());
}

int write_whole(const std::filesystem::path& file, std::string_view text, mode_t mode) {
    const Descriptor fd(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd.is_open()) return errno;
    if (::fchmod(fd.get(), mode) != 0) return errno;
    while (!text.empty()) {
        const ssize_t written = ::write(fd.get(), text.data(), text.size());
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(fd.get()) == 0 ? 0 : errno;
}

}  // namespace

std::optional<std::string> write_small_file(const std::filesystem::path& file,
                                            std::string_view text, Readers readers) {
    const std::filesystem::path fresh = file.string() + ".new";
    int error = write_whole(fresh, text, readers == Readers::owner ? 0600 : 0644);
    if (error == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlink(fresh.c_str());
        return complaint(file, error);
    }
    sync_folder(file);
    return std::nullopt;
}

tl::expected<std::optional<std::string>, std::string> read_small_file(
    const std::filesystem::path& file, std::size_t most) {
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.is_open()) {
        if (errno == ENOENT) return std::nullopt;
        return tl::unexpected(fmt::format("{}: {}", file.string(), std::strerror(errno)));
    }
    std::string text(most + 1, '\0');
    const ssize_t size = ::read(fd.get(), text.data(), text.size());
    if (size < 0) return tl::unexpected(fmt::format("{}: {}", file.string(), std::strerror(errno)));
    if (static_cast<std::size_t>(size) > most)
        return tl::unexpected(fmt::format("{}: longer than {} bytes", file.string(), most));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

void remove_small_file(const std::filesystem::path& file) {
    ::unlink(file.c_str());
    sync_folder(file);
}

}  // namespace inquest::daemon
