#include "heartbeat/store/reserve.hpp"

#include "heartbeat/base/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <utility>

namespace inquest::store {
namespace {

/// What a program without privileges may still write here. Unknown is nothing.
std::uint64_t free_bytes(const std::filesystem::path& file) {
    struct statvfs status {};
    const std::filesystem::path folder = file.parent_path();
    if (::statvfs(folder.empty() ? "." : folder.c_str(), &status) != 0) return 0;
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

/// Of blocks, not of length: a file with holes holds nothing.
std::uint64_t held_bytes(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return 0;
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

}  // namespace

Reserve::Reserve(std::filesystem::path file, std::size_t bytes)
    : file_(std::move(file)), bytes_(bytes) {
    if (bytes_ > 0) take();
    look();
}

void Reserve::take() {
    const Descriptor fd(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.is_open()) return;
    if (held_bytes(fd.get()) < bytes_) {
        if (free_bytes(file_) < 2 * static_cast<std::uint64_t>(bytes_)) return;
        if (::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes_)) != 0) {
            if (::ftruncate(fd.get(), 0) != 0) return;
        }
    }
    held_ = held_bytes(fd.get()) >= bytes_;
}

Space Reserve::look() {
    if (bytes_ == 0) return space_;
    const std::uint64_t free = free_bytes(file_);
    if (!held_ && free >= 2 * static_cast<std::uint64_t>(bytes_)) take();
    // Half as much again before it is called enough, or the word would come and go.
    const std::uint64_t wanted = space_ == Space::low ? bytes_ + bytes_ / 2 : bytes_;
    space_ = held_ && free >= wanted ? Space::enough : Space::low;
    return space_;
}

Reserve::Given Reserve::give_up() {
    if (!std::exchange(held_, false)) return Given::nothing;
    space_ = Space::low;
    const Descriptor fd(::open(file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.is_open() || ::ftruncate(fd.get(), 0) != 0) return Given::nothing;
    ::fsync(fd.get());  // ext4 lends freed blocks out again only after its own commit
    return Given::room;
}

}  // namespace inquest::store
