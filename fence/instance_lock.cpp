#include "fence/instance_lock.hpp"

#include "fence/failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>

namespace inquest::fence {

InstanceLock::InstanceLock(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const std::filesystem::path file = folder / "fenced.lock";
    fd_ = Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd_.is_open()) {
        throw Failure(fmt::format("{}: {}: make the folder writable for inquest-fenced",
                                  file.string(), std::strerror(errno)));
    }
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        throw Failure(fmt::format("{}: another inquest-fenced runs on this node: stop it first",
                                  file.string()));
    }
}

}  // namespace inquest::fence
