#include "heartbeat/bus/knet_handle.hpp"

#include "heartbeat/bus/calm_thread.hpp"
#include "heartbeat/bus/knet_log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <sys/mman.h>

namespace inquest::bus {

namespace {

/// Measured: buffers of 66 MiB, five stacks of 1 MiB and two of the process's default size, and the
/// libraries of the crypto module; and some more.
constexpr std::size_t memory_bytes = 96UL * 1024 * 1024;

/// Where a process locks its memory, each mapping counts against the limit, touched or not. Found
/// out beforehand, because a handle that gets half of its threads waits for the others for ever.
std::optional<std::string> too_little_memory() {
    void* const room = ::mmap(nullptr, memory_bytes, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room != MAP_FAILED) {
        ::munmap(room, memory_bytes);
        return std::nullopt;
    }
    const char* const why = errno == EAGAIN ? "over the limit of locked memory" : "not to be had";
    return fmt::format(
        "bus: {} MiB of memory for knet: {}: set LimitMEMLOCK=infinity, or raise `ulimit -l`",
        memory_bytes / 1024 / 1024, why);
}

struct Made {
    knet_handle_t handle = nullptr;
    int error = 0;
};

/// With the right to do so, knet takes socket buffers of 8 MiB, which is 140 long messages; without
/// it a few.
Made make_somehow(MemberId self, int log_fd, Severity log_level) {
    for (const std::uint64_t flags : {KNET_HANDLE_FLAG_PRIVILEGED, 0ULL}) {
        const knet_handle_t handle =
            ::knet_handle_new_ex(self.value, log_fd, knet_level(log_level), flags);
        if (handle != nullptr) return {handle, 0};
        if (errno != ENAMETOOLONG) break;
    }
    return {nullptr, errno};
}

}  // namespace

tl::expected<knet_handle_t, std::string> make_handle(MemberId self, int log_fd,
                                                     Severity log_level) {
    if (const auto problem = too_little_memory()) return tl::unexpected(*problem);
    Made made;
    const auto ran = run_calmly([&] { made = make_somehow(self, log_fd, log_level); });
    const int error = ran ? made.error : ran.error().value();
    if (made.handle != nullptr) return made.handle;
    return tl::unexpected(
        fmt::format("bus: knet does not start: {}: look at the limits of memory, threads and open "
                    "files (`systemctl show inquestd`)",
                    std::strerror(error)));
}

}  // namespace inquest::bus
