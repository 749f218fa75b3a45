#include "heartbeat/config/whole_file.hpp"

#include "heartbeat/base/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace inquest::config {
namespace {

int write_text(const std::filesystem::path& file, std::string_view text, mode_t mode) {
    const Descriptor fd(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd.is_open() || ::fchmod(fd.get(), mode) != 0) return errno;
    while (!text.empty()) {
        const ssize_t written = ::write(fd.get(), text.data(), text.size());
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(fd.get()) == 0 ? 0 : errno;
}

}  // namespace

Result<void> write_whole(const std::filesystem::path& file, std::string_view text,
                         Readers readers) {
    const std::filesystem::path fresh = file.string() + ".new";
    int error = write_text(fresh, text, readers == Readers::owner ? 0600 : 0644);
    if (error == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) error = errno;
    if (error != 0) {
        ::unlink(fresh.c_str());
        return failed(error);
    }
    sync_folder_of(file);
    return {};
}

void sync_folder_of(const std::filesystem::path& file) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.is_open()) ::fsync(opened.get());
}

}  // namespace inquest::config
