#include "heartbeat/daemon/boot_timer.hpp"

#include "heartbeat/daemon/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/timerfd.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

int open_timer() {
    const int fd = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) throw Failure(fmt::format("timerfd_create: {}", std::strerror(errno)));
    return fd;
}

}  // namespace

BootTimer::BootTimer(boost::asio::io_context& io) : io_(io), timer_(io, open_timer()) {}

void BootTimer::on_ring(std::function<void()> ring) {
    ring_ = std::move(ring);
    wait();
}

void BootTimer::set(Instant when) {
    // An absolute zero would disarm the timer.
    const Duration due = std::max(when.time_since_epoch(), Duration(1));
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(due);
    itimerspec spec{};
    spec.it_value.tv_sec = whole.count();
    spec.it_value.tv_nsec = (due - whole).count();
    ::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void BootTimer::wait() {
    timer_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                      [this](boost::system::error_code error) {
                          if (error) return;
                          std::uint64_t expired = 0;
                          if (::read(timer_.native_handle(), &expired, sizeof expired) > 0) ring_();
                          if (!io_.stopped()) wait();
                      });
}

}  // namespace inquest::daemon
