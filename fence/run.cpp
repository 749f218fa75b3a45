#include "fence/run.hpp"

#include "fence/instance_lock.hpp"
#include "fence/order_socket.hpp"
#include "fence/orders.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace inquest::fence {
namespace {

/// Rather nothing than to wait for whoever reads the log.
void say(const std::string& text) {
    pollfd log{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&log, 1, 0) != 1 || (log.revents & POLLOUT) == 0) return;
    const bool to_journald = std::getenv("JOURNAL_STREAM") != nullptr;
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto fraction = now.time_since_epoch() % std::chrono::seconds(1);
    const std::string line =
        to_journald ? fmt::format("<6>{}\n", text)
                    : fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z inquest-fenced: {}\n",
                                  fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                                  fraction.count(), text);
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

/// Passwords pass through here: no core file, and nobody reads this memory.
void keep_to_ourselves() {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::prctl(PR_SET_DUMPABLE, 0);
}

class Daemon {
 public:
    explicit Daemon(const Folders& folders)
        : lock_(folders.run),
          orders_(io_, {.agents = folders.agents,
                        .etc = folders.etc,
                        .answer =
                            [this](Orders::Owner owner, const wire::FenceAnswer& answer) {
                                socket_->answer(owner, answer);
                            },
                        .log = say}),
          stop_(io_, SIGTERM, SIGINT) {
        socket_.emplace(
            io_, folders.run / "fenced.sock",
            OrderSocket::Hearers{
                .order = [this](
                             OrderSocket::Client client,
                             const wire::FenceOrder& order) { return orders_.take(client, order); },
                .left = [this](OrderSocket::Client client) { orders_.owner_left(client); },
                .log = say});
        stop_.async_wait([this](boost::system::error_code error, int) {
            if (!error) io_.stop();
        });
    }

    /// With the end of this object everything that runs is killed.
    void serve() {
        say("fenced=ready");
        ::sd_notify(0, "READY=1");
        io_.run();
        ::sd_notify(0, "STOPPING=1");
        say("fenced=stopped");
    }

 private:
    InstanceLock lock_;
    boost::asio::io_context io_;
    std::optional<OrderSocket> socket_;
    Orders orders_;
    boost::asio::signal_set stop_;
};

}  // namespace

int run(const Folders& folders) {
    keep_to_ourselves();
    // A reader of the log that goes away, or a terminal that hangs up, is no reason to stop.
    for (const int signal : {SIGPIPE, SIGHUP}) ::signal(signal, SIG_IGN);
    // Orphans of an agent become our children, so that they can be found and ended.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    Daemon(folders).serve();
    return 0;
}

}  // namespace inquest::fence
