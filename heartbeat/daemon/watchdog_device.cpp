#include "heartbeat/daemon/watchdog_device.hpp"

#include "heartbeat/core/watchdog_timing.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

/// What softdog calls itself: a timer of the kernel that it is to reset.
constexpr std::string_view software_identity = "Software Watchdog";

tl::unexpected<std::string> failed(const std::string& path, const char* what,
                                   std::string_view remedy) {
    return tl::unexpected(fmt::format("{}: {}: {}: {}", path, what, std::strerror(errno), remedy));
}

wire::WatchdogIsOpen news(const wire::OpenWatchdog& order, WatchdogKind kind, Duration timeout,
                          const std::string& identity) {
    return {.kind = kind,
            .timeout = timeout,
            .identity = identity,
            .reset_time = order.reset_time,
            .behind = order.behind,
            .trusted_because = order.trusted_because};
}

void disarm(int fd) { static_cast<void>(!::write(fd, "V", 1)); }

/// Without magic close the kernel stops it when its last holder dies, which is when it is needed.
std::string why_unfit(const watchdog_info& info) {
    if ((info.options & WDIOF_ALARMONLY) != 0) return "it only alarms, and resets nothing";
    if ((info.options & WDIOF_MAGICCLOSE) == 0)
        return "it stops when whoever has it open dies (no magic close)";
    return "";
}

/// What cannot be set as it is wanted is switched off again: it would reset too late.
tl::expected<WatchdogDevice, std::string> open_device(const wire::OpenWatchdog& order) {
    struct stat file {};
    if (::stat(order.path.c_str(), &file) == 0 && !S_ISCHR(file.st_mode))
        return tl::unexpected(fmt::format(
            "{}: is no device: name a watchdog in [watchdog] of node.toml", order.path));
    Descriptor fd(::open(order.path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.is_open()) {
        return failed(order.path, "cannot be opened",
                      errno == EBUSY ? "another program has it: stop that one, or be a client of "
                                       "watchdog-mux"
                                     : "load the driver of this machine's watchdog, or name "
                                       "another device in [watchdog] of node.toml");
    }
    watchdog_info info{};
    if (::ioctl(fd.get(), WDIOC_GETSUPPORT, &info) != 0)
        return failed(order.path, "does not say what it is",
                      "name a watchdog in [watchdog] of node.toml");
    if (const std::string unfit = why_unfit(info); !unfit.empty()) {
        disarm(fd.get());
        return tl::unexpected(fmt::format("{}: {}: name another device", order.path, unfit));
    }
    const auto wanted = std::chrono::floor<std::chrono::seconds>(order.timeout);
    int seconds = static_cast<int>(wanted.count());
    // Some devices have one timeout only; what counts is what is read back.
    static_cast<void>(::ioctl(fd.get(), WDIOC_SETTIMEOUT, &seconds));
    int read_back = 0;
    if (::ioctl(fd.get(), WDIOC_GETTIMEOUT, &read_back) != 0 || read_back <= 0) {
        auto failure = failed(order.path, "does not say its timeout",
                              "name another device in [watchdog] of node.toml");
        disarm(fd.get());
        return failure;
    }
    const std::chrono::seconds timeout(read_back);
    if (timeout > wanted) {
        disarm(fd.get());
        return tl::unexpected(fmt::format(
            "{}: its timeout is {} s and cannot be {} s: set `watchdog` in cluster.toml to {} s or "
            "more, or name another device",
            order.path, timeout.count(), wanted.count(),
            reset_within(timeout, order.reset_time) / 1s));
    }
    const auto* name = reinterpret_cast<const char*>(info.identity);
    const std::string identity(name, ::strnlen(name, sizeof info.identity));
    const WatchdogKind kind =
        identity == software_identity ? WatchdogKind::software : WatchdogKind::hardware;
    return WatchdogDevice{std::move(fd), news(order, kind, timeout, identity)};
}

tl::expected<WatchdogDevice, std::string> open_mux(const wire::OpenWatchdog& order) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (order.path.size() >= sizeof address.sun_path)
        return tl::unexpected(fmt::format("{}: the name is too long for a socket", order.path));
    std::memcpy(address.sun_path, order.path.c_str(), order.path.size() + 1);
    Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return failed(order.path, "no socket", "see the limits of open files");
    // Whoever has more clients waiting than it takes would hold up the keeper.
    ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return failed(order.path, "watchdog-mux does not answer", "start watchdog-mux.service");
    if (!feed_watchdog(fd.get()))
        return failed(order.path, "watchdog-mux takes nothing", "restart watchdog-mux.service");
    return WatchdogDevice{std::move(fd),
                          news(order, WatchdogKind::shared, order.timeout, "watchdog-mux")};
}

}  // namespace

tl::expected<WatchdogDevice, std::string> open_watchdog(const wire::OpenWatchdog& order) {
    return order.door == WatchdogDoor::mux ? open_mux(order) : open_device(order);
}

/// Any byte feeds but 'V'.
bool feed_watchdog(int fd) {
    const char byte = '\0';
    // The peer of a socket may have gone; SIGPIPE is ignored in both processes.
    return ::write(fd, &byte, 1) == 1;
}

void close_watchdog(Descriptor& fd) {
    disarm(fd.get());
    fd.close();
}

}  // namespace inquest::daemon
