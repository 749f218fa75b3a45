#include "heartbeat/daemon/enforcing.hpp"

#include "heartbeat/core/duration_text.hpp"
#include "heartbeat/core/watchdog_timing.hpp"
#include "heartbeat/daemon/machine.hpp"
#include "heartbeat/daemon/watchdog_device.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

/// A watchdog that was refused may be there later: its driver was loaded, its daemon started.
constexpr Duration ask_again = 30s;

}  // namespace

/// Before a guard has come for the first time in this boot no guarded VM can have been started:
/// without a guard each start is refused. Afterwards only a guard knows.
Enforcing::Enforcing(const Parts& parts)
    : keeper_(parts.keeper),
      journal_(parts.journal),
      watchdog_mark_(parts.state / "watchdog.boot", parts.boot_id),
      guard_mark_(parts.state / "guard.boot", parts.boot_id),
      guard_was_here_(guard_mark_.is_set()),
      guests_(guard_was_here_ ? Guests::unknown : Guests::none) {}

void Enforcing::consider(const Node& node, const config::HostConfig& config, Armed armed,
                         Instant now) {
    const bool is_wanted = config.watchdog && armed == Armed::yes && !watchdog_ && !leaving_;
    if (!is_wanted && !watchdog_) trouble_.clear();
    if (!is_wanted || now < ask_at_) return;
    // It must reset nobody who has not got so far that it may be fed.
    if (node.lease().remaining(node.latest_reading()) <= Duration::zero()) return;
    ask_at_ = now + ask_again;
    if (!keeper_.is_there()) {
        trouble_ = "there is no keeper to hold it: start inquestd without --no-keeper";
        return;
    }
    const config::WatchdogConfig& wanted = *config.watchdog;
    const bool sent = keeper_.ask(wire::OpenWatchdog{
        .door = wanted.door,
        .path = wanted.path,
        .timeout = wanted.door == WatchdogDoor::mux
                       ? wanted.device_timeout
                       : device_timeout(config.cluster.timing.watchdog, wanted.reset_time),
        .reset_time = wanted.reset_time,
        .behind = wanted.client_timeout,
        .trusted_because = wanted.trusted_because,
        .mark = watchdog_mark_.file().string(),
        .boot_id = watchdog_mark_.boot_id()});
    if (!sent) trouble_ = "the keeper does not answer";
}

std::optional<WatchdogOpened> Enforcing::take_news() {
    auto news = keeper_.take();
    if (!news) return std::nullopt;
    if (const auto* refused = std::get_if<wire::WatchdogRefused>(&news->told)) {
        if (trouble_ != refused->why)
            journal_.say(Level::error, "no watchdog, so no guarded VM: " + refused->why);
        trouble_ = refused->why;
        return std::nullopt;
    }
    if (!news->fd.is_open()) {
        trouble_ = "the keeper could not hand it over: too many files are open";
        return std::nullopt;
    }
    fd_ = std::move(news->fd);
    // A daemon between must not make this thread wait.
    ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
    accept(std::get<wire::WatchdogIsOpen>(news->told));
    if (!leaving_) return WatchdogOpened{feed_interval(timeout_), watchdog_->reset_within};
    if (guests_ == Guests::none) close();
    return std::nullopt;
}

/// What it is worth is as it was opened, whatever the files say by now.
void Enforcing::accept(const wire::WatchdogIsOpen& open) {
    timeout_ = open.timeout;
    const bool shared = open.kind == WatchdogKind::shared;
    doubt_ = open.kind == WatchdogKind::software ? "softdog is a timer of the kernel that it is to "
                                                   "reset"
             : shared ? "watchdog-mux ages its clients by the clock of day"
                      : why_no_reset_is_certain();
    const bool is_trusted = doubt_.empty() || !open.trusted_because.empty();
    watchdog_ = Watchdog{.kind = open.kind,
                         .trusted = is_trusted ? Trusted::yes : Trusted::no,
                         .reset_within = reset_within(timeout_, open.reset_time, open.behind)};
    device_ = fmt::format("{}, {}", open.identity, text(open.timeout));
    trouble_.clear();
    journal_.say(Level::notice,
                 fmt::format("the watchdog is open ({}): without a lease this machine "
                             "is reset within {}",
                             device_, text(watchdog_->reset_within)));
    if (!doubt_.empty())
        journal_.say(Level::warning,
                     fmt::format("{}: {}", doubt_,
                                 is_trusted ? "trusted all the same: " + open.trusted_because
                                            : "its reset proves nothing to the others"));
}

void Enforcing::feed() {
    errno = EBADF;
    const bool fed = fd_.is_open() && feed_watchdog(fd_.get());
    if (!fed && !starves_)
        journal_.say(Level::error, fmt::format("the watchdog takes no feed ({}): this machine will "
                                               "be reset",
                                               std::strerror(errno)));
    starves_ = !fed;
}

/// The mark is there before anybody relies on this guard: the first word of a boot waits for a
/// disk.
std::optional<std::string> Enforcing::guard_says(Guests guests) {
    if (!guard_was_here_) {
        if (auto problem = guard_mark_.set()) {
            guests_ = Guests::unknown;
            return problem;
        }
        guard_was_here_ = true;
    }
    guests_ = guests;
    return std::nullopt;
}

/// An answer that is still on its way is dealt with when it comes.
void Enforcing::leave() {
    leaving_ = true;
    if (!watchdog_) return;
    if (guests_ == Guests::none) return close();
    journal_.say(Level::error,
                 fmt::format("guarded VMs may run here (guests: {}): the watchdog stays armed, and "
                             "resets this machine within {}",
                             word(guests_), text(watchdog_->reset_within)));
}

void Enforcing::close() {
    fd_.close();
    watchdog_.reset();
    device_.clear();
    static_cast<void>(keeper_.ask(wire::CloseWatchdog{}));
}

}  // namespace inquest::daemon
