#include "heartbeat/daemon/small_file.hpp"

#include "heartbeat/base/descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

std::string complaint(const std::filesystem::path& file, const std::error_code& error) {
    return fmt::format("{}: {}: make room, or the folder writable for inquestd", file.string(),
                       error.message());
}

}  // namespace

std::optional<std::string> write_small_file(const std::filesystem::path& file,
                                            std::string_view text, Readers readers) {
    const Result<void> written = config::write_whole(file, text, readers);
    if (!written) return complaint(file, written.error());
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
    config::sync_folder_of(file);
}

}  // namespace inquest::daemon
