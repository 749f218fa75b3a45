#include "heartbeat/endings/small_file.hpp"

#include "heartbeat/base/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace inquest::endings {
namespace {

struct Opened {
    Descriptor fd;
    std::size_t bytes = 0;  ///< as the system says; 0 for files of /proc
};

Result<Opened> open_ordinary(const std::filesystem::path& file) {
    Opened opened;
    opened.fd = Descriptor(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!opened.fd.is_open() || ::fstat(opened.fd.get(), &status) != 0) return failed(errno);
    if (!S_ISREG(status.st_mode)) return failed(EINVAL);
    opened.bytes = static_cast<std::size_t>(status.st_size);
    return opened;
}

Result<std::string> read_from(int fd, std::size_t place, std::size_t bytes_max) {
    std::string text(bytes_max, '\0');
    std::size_t taken = 0;
    while (taken < bytes_max) {
        const ssize_t length =
            ::pread(fd, text.data() + taken, bytes_max - taken, static_cast<off_t>(place + taken));
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return failed(errno);
        if (length == 0) break;
        taken += static_cast<std::size_t>(length);
    }
    text.resize(taken);
    return text;
}

}  // namespace

Result<std::string> read_small_file(const std::filesystem::path& file, std::size_t bytes_max) {
    const Result<Opened> opened = open_ordinary(file);
    if (!opened) return tl::unexpected(opened.error());
    return read_from(opened->fd.get(), 0, bytes_max);
}

Result<std::string> read_last_records(const std::filesystem::path& file, std::size_t record_bytes,
                                      std::size_t count) {
    const Result<Opened> opened = open_ordinary(file);
    if (!opened) return tl::unexpected(opened.error());
    const std::size_t records = opened->bytes / record_bytes;
    const std::size_t wanted = std::min(records, count);
    return read_from(opened->fd.get(), (records - wanted) * record_bytes, wanted * record_bytes);
}

}  // namespace inquest::endings
