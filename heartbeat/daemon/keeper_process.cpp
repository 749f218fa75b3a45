#include "heartbeat/daemon/keeper_process.hpp"

#include "heartbeat/daemon/boot_mark.hpp"
#include "heartbeat/daemon/clocks.hpp"
#include "heartbeat/daemon/failure.hpp"
#include "heartbeat/daemon/privileges.hpp"
#include "heartbeat/daemon/watchdog_device.hpp"
#include "heartbeat/paths/udp.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/testament.hpp"
#include "heartbeat/wire/watchdog_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

/// The kernel keeps 15 letters. Whoever looks for inquestd finds the daemon.
constexpr const char* keeper_name = "inquest-keeper";
constexpr const char* daemon_name = "inquestd";

/// A daemon that dies and is not excused is started again after this: it may die at once.
constexpr Duration restart_pause = 1s;

/// One path of the daemon that was, spoken on from a port of its own: the daemon's own port stays
/// free for the next one.
struct Way {
    PathId path;
    paths::UdpPath socket;
    std::vector<paths::Endpoint> peers;
};

class KeeperProcess {
 public:
    explicit KeeperProcess(const DaemonMain& daemon);

    int run();

 private:
    // Each returns an exit code where this process, or in start() the child, is to end with it.
    std::optional<int> start();
    std::optional<int> hear_signals();
    std::optional<int> pass_on(int signal);
    std::optional<int> has_ended(int status);

    int be_the_daemon(pid_t keeper, Descriptor line);
    void wait_for_something() const;
    void hear_daemon();
    void take(wire::Testament& testament);
    void obey(const wire::WatchdogOrder& order);
    void open_watchdog(const wire::OpenWatchdog& order);
    void tell_of_watchdog(const wire::WatchdogNews& news);
    void speak();
    void send(const Beat& beat);
    void say(const std::string& text) const;

    const DaemonMain& daemon_;
    sigset_t mask_before_{};
    Descriptor signals_;
    Descriptor line_;
    pid_t child_ = 0;
    Instant start_at_ = never;  ///< when the daemon is started again
    bool ending_ = false;       ///< this process was told to stop
    bool aborted_ = false;      ///< by systemd, which has waited for a sign of life in vain
    bool has_spoken_ = false;   ///< some daemon has come so far as to leave a testament
    Keeper keeper_;
    std::optional<wire::Keyring> keyring_;
    std::vector<Way> ways_;
    std::optional<WatchdogDevice> watchdog_;  ///< open, for the life of this boot
    std::optional<BootMark> watchdog_mark_;
    std::array<std::byte, wire::beat_bytes_max> bytes_{};
};

KeeperProcess::KeeperProcess(const DaemonMain& daemon) : daemon_(daemon) {
    sigset_t mask;
    ::sigemptyset(&mask);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGABRT})
        ::sigaddset(&mask, signal);
    ::sigprocmask(SIG_BLOCK, &mask, &mask_before_);
    // A reader of the log that goes away is no reason to stop.
    ::signal(SIGPIPE, SIG_IGN);
    signals_ = Descriptor(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals_.is_open()) throw Failure(fmt::format("signalfd: {}", std::strerror(errno)));
    ::prctl(PR_SET_NAME, keeper_name);
    // systemd's watchdog takes signs of life from any process, unless it is told of one.
    ::unsetenv("WATCHDOG_PID");
    take_keeper_privileges();
}

int KeeperProcess::run() {
    if (const auto code = start()) return *code;
    for (;;) {
        wait_for_something();
        hear_daemon();
        if (const auto code = hear_signals()) return *code;
        speak();
        if (child_ != 0 || read_clocks().now < start_at_) continue;
        if (const auto code = start()) return *code;
    }
}

// ---- The daemon ---------------------------------------------------------------------------------

std::optional<int> KeeperProcess::start() {
    start_at_ = read_clocks().now + restart_pause;  // should it fail here
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
        say(fmt::format("socketpair: {}: tried again", std::strerror(errno)));
        return std::nullopt;
    }
    line_ = Descriptor(ends[0]);
    Descriptor other_end(ends[1]);
    const pid_t keeper = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) return be_the_daemon(keeper, std::move(other_end));
    if (child < 0)
        say(fmt::format("inquestd cannot be started: {}: tried again", std::strerror(errno)));
    else
        child_ = child;
    if (child_ != 0 && watchdog_) tell_of_watchdog(watchdog_->told);
    return std::nullopt;
}

/// Nothing of the keeper's stays open or in force here.
int KeeperProcess::be_the_daemon(pid_t keeper, Descriptor line) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != keeper) ::_exit(1);
    ::prctl(PR_SET_NAME, daemon_name);
    signals_.close();
    line_.close();
    ways_.clear();
    keyring_.reset();
    watchdog_.reset();
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    return daemon_(std::move(line));
}

void KeeperProcess::hear_daemon() {
    static std::array<std::byte, wire::testament_bytes_max> bytes;
    for (;;) {
        const ssize_t length = ::recv(line_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (length <= 0) break;
        if (length == 1 && bytes[0] == wire::last_word) {
            keeper_.daemon_died(read_clocks().now);
            speak();
            continue;
        }
        const auto message = std::span(bytes).first(static_cast<std::size_t>(length));
        if (const auto order = wire::decode_watchdog_order(message)) {
            obey(*order);
            continue;
        }
        auto read = wire::decode_testament(message);
        if (!read) {
            say("inquestd has left a testament that is none: nothing is said for it");
            keeper_.daemon_speaks(std::nullopt);
        } else if (!*read) {
            keeper_.daemon_speaks(std::nullopt);
        } else {
            take(**read);
        }
        std::fill(bytes.begin(), bytes.begin() + length, std::byte{});
    }
}

void KeeperProcess::take(wire::Testament& testament) {
    has_spoken_ = true;
    keyring_.emplace(testament.cluster);
    static_cast<void>(keyring_->add(testament.key_id, testament.key));
    wire::wipe(testament);
    ways_.clear();
    for (const wire::Testament::Way& left : testament.ways) {
        Way& way = ways_.emplace_back(
            Way{left.path, paths::UdpPath({left.interface, left.address, 0}), {}});
        for (const std::string& peer : left.peers) {
            if (const auto endpoint = paths::Endpoint::parse(peer, left.port))
                way.peers.push_back(*endpoint);
        }
    }
    keeper_.daemon_speaks(testament.will);
}

// ---- The watchdog -------------------------------------------------------------------------------

void KeeperProcess::obey(const wire::WatchdogOrder& order) {
    if (const auto* open = std::get_if<wire::OpenWatchdog>(&order)) return open_watchdog(*open);
    if (!watchdog_) return;
    close_watchdog(watchdog_->fd);
    watchdog_.reset();
    watchdog_mark_->clear();
}

/// The keeper of before has died with it open: opening it once more would feed it, and nobody has
/// allowed that.
void KeeperProcess::open_watchdog(const wire::OpenWatchdog& order) {
    if (watchdog_) return tell_of_watchdog(watchdog_->told);
    const BootMark mark(order.mark, order.boot_id);
    if (mark.is_set()) {
        return tell_of_watchdog(wire::WatchdogRefused{
            "it was opened before in this boot, and whoever had it has died: reboot"});
    }
    if (const auto problem = mark.set()) return tell_of_watchdog(wire::WatchdogRefused{*problem});
    auto opened = daemon::open_watchdog(order);
    if (!opened) {
        mark.clear();
        return tell_of_watchdog(wire::WatchdogRefused{opened.error()});
    }
    watchdog_mark_ = mark;
    watchdog_ = std::move(*opened);
    tell_of_watchdog(watchdog_->told);
}

void KeeperProcess::tell_of_watchdog(const wire::WatchdogNews& news) {
    wire::Bytes bytes = wire::encode(news);
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> extra{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (std::holds_alternative<wire::WatchdogIsOpen>(news)) {
        message.msg_control = extra.data();
        message.msg_controllen = extra.size();
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        const int fd = watchdog_->fd.get();
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    if (::sendmsg(line_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        say(fmt::format("the watchdog cannot be handed over: {}", std::strerror(errno)));
}

std::optional<int> KeeperProcess::has_ended(int status) {
    child_ = 0;
    const Instant now = read_clocks().now;
    if (WIFEXITED(status)) {
        const int code = WEXITSTATUS(status);
        if (ending_ || code == 0 || !watchdog_) return code;
        // With its end nobody could feed the watchdog any more: the next daemon may.
        start_at_ = now + restart_pause;
        say(fmt::format("inquestd has ended with {}: started again, since the watchdog is open",
                        code));
        return std::nullopt;
    }
    const std::string how = fmt::format("inquestd was ended by signal {} ({})", WTERMSIG(status),
                                        ::strsignal(WTERMSIG(status)));
    if (ending_) {
        say(how);
        return aborted_ ? 1 : 0;
    }
    if (!has_spoken_) {
        say(how + " before it had begun: not started again");
        return 1;
    }
    // What it left on the line before it died is read by now.
    keeper_.daemon_died(now);
    start_at_ = keeper_.speaks() ? now : now + restart_pause;
    speak();
    say(how + (keeper_.speaks() ? ": started again; its keeper beats meanwhile"
                                : ": started again in a second; nobody speaks for it meanwhile"));
    return std::nullopt;
}

// ---- Others -------------------------------------------------------------------------------------

void KeeperProcess::wait_for_something() const {
    const Instant due = std::min(keeper_.next_deadline(), child_ == 0 ? start_at_ : never);
    timespec left{};
    if (due != never) {
        const Duration wait = std::max(due - read_clocks().now, Duration::zero());
        const auto whole = std::chrono::floor<std::chrono::seconds>(wait);
        left.tv_sec = whole.count();
        left.tv_nsec = (wait - whole).count();
    }
    // The line of a daemon that is dead is readable for ever.
    std::array<pollfd, 2> watched{pollfd{signals_.get(), POLLIN, 0},
                                  pollfd{child_ == 0 ? -1 : line_.get(), POLLIN, 0}};
    ::ppoll(watched.data(), watched.size(), due == never ? nullptr : &left, nullptr);
    // Both ends of a dying daemon's line close a moment before its death is told.
    if ((watched[1].revents & POLLHUP) != 0 && (watched[1].revents & POLLIN) == 0)
        ::poll(watched.data(), 1, 100);
}

std::optional<int> KeeperProcess::hear_signals() {
    signalfd_siginfo told{};
    while (::read(signals_.get(), &told, sizeof told) == sizeof told) {
        if (const auto code = pass_on(static_cast<int>(told.ssi_signo))) return code;
    }
    return std::nullopt;
}

std::optional<int> KeeperProcess::pass_on(int signal) {
    if (signal == SIGCHLD) {
        int status = 0;
        if (child_ == 0 || ::waitpid(child_, &status, WNOHANG) != child_) return std::nullopt;
        hear_daemon();
        return has_ended(status);
    }
    aborted_ = aborted_ || signal == SIGABRT;
    ending_ = ending_ || signal != SIGHUP;
    if (child_ != 0)
        ::kill(child_, signal);
    else if (ending_)
        return aborted_ ? 1 : 0;
    return std::nullopt;
}

void KeeperProcess::speak() {
    Actions actions;
    keeper_.step(read_clocks().now, actions);
    for (const Action& action : actions) send(std::get<SendBeat>(action).beat);
    if (keeper_.speaks()) return;
    for (Way& way : ways_) way.socket.close();
}

void KeeperProcess::send(const Beat& beat) {
    const auto way = std::find_if(ways_.begin(), ways_.end(),
                                  [&](const Way& known) { return known.path == beat.path; });
    if (way == ways_.end() || !keyring_) return;
    // An interface that is not there today may be there tomorrow.
    if (!way->socket.is_open() && !way->socket.open(read_clocks().now)) return;
    const std::size_t size = wire::encode(beat, *keyring_, bytes_);
    way->socket.send(std::span(bytes_).first(size), way->peers);
}

/// Rather nothing than to wait for whoever reads the log.
void KeeperProcess::say(const std::string& text) const {
    pollfd log{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&log, 1, 0) != 1 || (log.revents & POLLOUT) == 0) return;
    const Clocks clocks = read_clocks();
    const bool to_journald = ::getenv("JOURNAL_STREAM") != nullptr;
    const std::string line =
        to_journald ? fmt::format("<4>keeper: {}\n", text)
                    : fmt::format("{} inquestd: keeper: {}\n", wall_time(clocks.now, clocks), text);
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace

int keep(const DaemonMain& daemon) { return KeeperProcess(daemon).run(); }

}  // namespace inquest::daemon
