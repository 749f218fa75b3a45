// Stops a program at one exact call, lets its disk fail, or lets it speak another version: a
// library for LD_PRELOAD and /etc/ld.so.preload. So the programs under test are those that are
// shipped, and know nothing of it.
//
// What a command or a daemon has done for good is done by few calls: a file gets its name, loses
// it, or reaches the disk; a request leaves over a socket. The file /run/fault-point-PROGRAM says
// at which of them to stop, and is taken away by whoever follows it:
//
//     ACTION WHEN CALL PART [COUNT]
//
//     ACTION   kill (SIGKILL to itself, and first to a keeper that would start it again), EIO (this
//     call and all like it fail from now on), hold (such calls wait, as long as the file is there
//              and says so), up or
//              down (another version, as long as the file is there)
//     WHEN     before or after; all but kill want before
//     CALL     rename link unlink sync connect send signal read write (these two at a place of a
//              file, as of a disk), or message with up and down
//     PART     a part of what the call is about: the path (of rename and link the new one), the
//              text that is sent, the number of the signal; of a message the three letters that it
//              begins with, behind which its version stands
//     COUNT    at the so-manieth such call since the file was there, 1 if it is left out
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <mutex>
#include <signal.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

struct Point {
    std::string text;  ///< as it stands in the file
    std::array<char, 8> action{};
    std::array<char, 8> when{};
    std::array<char, 16> call{};
    std::array<char, 256> part{};
    int count = 1;
};

std::mutex mutex;
Point armed;          ///< the one that is counted
int met = 0;          ///< calls that were like it
bool broken = false;  ///< EIO has begun: `armed` says for which calls

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string point_file() {
    return std::string("/run/fault-point-") + ::program_invocation_short_name;
}

std::string read_point() {
    const int file = ::open(point_file().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return "";
    std::array<char, 512> text{};
    const ssize_t length = ::read(file, text.data(), text.size() - 1);
    ::close(file);
    return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : "";
}

/// Follows the file: a new text is counted from the beginning. False where there is none.
bool follow() {
    const std::string text = read_point();
    if (text.empty()) return broken;
    if (text == armed.text) return true;
    armed = {.text = text};
    met = 0;
    broken = false;
    const int read =
        std::sscanf(text.c_str(), "%7s %7s %15s %255s %d", armed.action.data(), armed.when.data(),
                    armed.call.data(), armed.part.data(), &armed.count);
    return read >= 4;
}

bool is_action(const char* action) { return std::strcmp(armed.action.data(), action) == 0; }

/// Its parent is the keeper of inquestd, and no shell or test.
bool is_kept() {
    const std::string file = "/proc/" + std::to_string(::getppid()) + "/comm";
    const int comm = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    std::array<char, 32> name{};
    if (comm < 0) return false;
    const ssize_t length = ::read(comm, name.data(), name.size() - 1);
    ::close(comm);
    return length > 0 && std::strncmp(name.data(), "inquest-keeper", 14) == 0;
}

/// Is the call held up? Asked again and again, without the lock: others go on meanwhile.
bool held(const char* call, std::string_view about) {
    const std::lock_guard lock(mutex);
    return follow() && is_action("hold") && std::strcmp(call, armed.call.data()) == 0 &&
           about.find(armed.part.data()) != std::string_view::npos;
}

void fire() {
    real<int(const char*)>("unlink")(point_file().c_str());
    if (!is_action("kill")) {
        broken = true;
        return;
    }
    auto* const kill = real<int(pid_t, int)>("kill");
    if (is_kept()) kill(::getppid(), SIGKILL);
    kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

/// The call is about to be made, or was made. True: it shall fail instead.
bool at(const char* when, const char* call, std::string_view about) {
    const int error = errno;
    const std::lock_guard lock(mutex);
    const bool meant = follow() && !is_action("hold") &&
                       std::strcmp(when, armed.when.data()) == 0 &&
                       std::strcmp(call, armed.call.data()) == 0 &&
                       about.find(armed.part.data()) != std::string_view::npos;
    if (meant && !broken && ++met == armed.count) fire();
    errno = meant && broken ? EIO : error;
    return meant && broken;
}

/// A message as it is sent, with the version that is asked for; afterwards it is as it was.
class Message {
 public:
    explicit Message(const iovec& first) {
        auto* bytes = static_cast<unsigned char*>(first.iov_base);
        if (first.iov_len <= version_at || std::memcmp(bytes, "IN", 2) != 0) return;
        const std::lock_guard lock(mutex);
        if (!follow() || std::strcmp(armed.call.data(), "message") != 0) return;
        if (std::memcmp(bytes, armed.part.data(), version_at) != 0) return;
        version_ = bytes + version_at;
        was_ = *version_;
        if (is_action("up")) ++*version_;
        if (is_action("down")) --*version_;
    }
    ~Message() {
        if (version_ != nullptr) *version_ = was_;
    }
    Message(Message&& other) noexcept
        : version_(std::exchange(other.version_, nullptr)), was_(other.was_) {}
    Message& operator=(Message&&) = delete;

 private:
    static constexpr std::size_t version_at = 3;
    unsigned char* version_ = nullptr;
    unsigned char was_ = 0;
};

template <typename Call>
auto around(const char* call, std::string_view about, Call make) {
    if (at("before", call, about)) return decltype(make())(-1);
    const auto result = make();
    at("after", call, about);
    return result;
}

std::string path_of(int fd) {
    std::array<char, 512> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
}

/// A call on a disk: held up first, if it is to be.
template <typename Call>
auto on_disk(const char* call, int fd, Call make) {
    const int error = errno;
    const std::string about = path_of(fd);
    while (held(call, about)) ::usleep(1000);
    errno = error;
    return around(call, about, make);
}

std::string path_of(const sockaddr* address) {
    if (address == nullptr || address->sa_family != AF_UNIX) return "";
    return reinterpret_cast<const sockaddr_un*>(address)->sun_path;
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept {
    return around("rename", to, [&] { return real<decltype(rename)>("rename")(from, to); });
}

int link(const char* from, const char* to) noexcept {
    return around("link", to, [&] { return real<decltype(link)>("link")(from, to); });
}

int unlink(const char* path) noexcept {
    return around("unlink", path, [&] { return real<decltype(unlink)>("unlink")(path); });
}

int remove(const char* path) noexcept {
    return around("unlink", path, [&] { return real<decltype(remove)>("remove")(path); });
}

int fsync(int fd) {
    return around("sync", path_of(fd), [&] { return real<decltype(fsync)>("fsync")(fd); });
}

int fdatasync(int fd) {
    return around("sync", path_of(fd), [&] { return real<decltype(fdatasync)>("fdatasync")(fd); });
}

ssize_t pread(int fd, void* data, std::size_t length, off_t at) {
    return on_disk("read", fd,
                   [&] { return real<decltype(pread)>("pread")(fd, data, length, at); });
}

ssize_t pwrite(int fd, const void* data, std::size_t length, off_t at) {
    return on_disk("write", fd,
                   [&] { return real<decltype(pwrite)>("pwrite")(fd, data, length, at); });
}

int connect(int fd, const sockaddr* address, socklen_t length) {
    return around("connect", path_of(address),
                  [&] { return real<decltype(connect)>("connect")(fd, address, length); });
}

ssize_t send(int fd, const void* data, std::size_t length, int flags) {
    return around("send", {static_cast<const char*>(data), length},
                  [&] { return real<decltype(send)>("send")(fd, data, length, flags); });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    const int error = errno;
    std::vector<Message> messages;
    if (message->msg_iovlen > 0) messages.emplace_back(message->msg_iov[0]);
    errno = error;
    return real<decltype(sendmsg)>("sendmsg")(fd, message, flags);
}

int sendmmsg(int fd, mmsghdr* several, unsigned count, int flags) {
    const int error = errno;
    std::vector<Message> messages;
    for (unsigned i = 0; i < count; ++i) {
        if (several[i].msg_hdr.msg_iovlen > 0) messages.emplace_back(several[i].msg_hdr.msg_iov[0]);
    }
    errno = error;
    return real<decltype(sendmmsg)>("sendmmsg")(fd, several, count, flags);
}

int kill(pid_t process, int number) noexcept {
    return around("signal", std::to_string(number),
                  [&] { return real<decltype(kill)>("kill")(process, number); });
}

}  // extern "C"
