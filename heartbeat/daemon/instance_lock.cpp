#include "heartbeat/daemon/instance_lock.hpp"

#include "heartbeat/daemon/failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

std::string holder(int fd) {
    char text[32] = {};
    const ssize_t length = ::pread(fd, text, sizeof text - 1, 0);
    return length > 0
               ? fmt::format(" (pid {})", std::string(text, static_cast<std::size_t>(length)))
               : "";
}

}  // namespace

InstanceLock::InstanceLock(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "inquestd.lock";
    fd_ = Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd_.is_open()) {
        throw Failure(fmt::format("{}: {}: make the folder writable for inquestd", file.string(),
                                  std::strerror(errno)));
    }
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        throw Failure(fmt::format(
            "{}: another inquestd runs on this node{}: stop it first, or look at it with "
            "`inquest status`",
            file.string(), holder(fd_.get())));
    }
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(fd_.get(), 0) != 0 || ::pwrite(fd_.get(), pid.data(), pid.size(), 0) < 0)
        return;
}

}  // namespace inquest::daemon
