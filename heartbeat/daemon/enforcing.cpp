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
Enforcing::Enforcing(Parts parts)
    : keeper_(parts.keeper),
      journal_(parts.journal),
      run_(std::move(parts.run)),
      guests_(std::filesystem::exists(run_ / "guard-was-here") ? Guests::unknown : Guests::none) {}

void Enforcing::consider(const Node& node, const config::HostConfig& config, Armed armed,
                         Instant now) {
    const bool is_wanted = config.watchdog && armed == Armed::yes && !watchdog_;
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
        .mark = (run_ / "watchdog-is-open").string()});
    if (!sent) trouble_ = "the keeper does not answer";
}

std::optional<WatchdogOpened> Enforcing::take_news(const config::HostConfig& config) {
    auto news = keeper_.take();
    if (!news) return std::nullopt;
    if (const auto* refused = std::get_if<wire::WatchdogRefused>(&news->told)) {
        if (trouble_ != refused->why)
            journal_.say(Level::error, "no watchdog, so no guarded VM: " + refused->why);
        trouble_ = refused->why;
        return std::nullopt;
    }
    if (!news->fd.is_open()) return std::nullopt;
    const auto& open = std::get<wire::WatchdogIsOpen>(news->told);
    // Since it was opened node.toml may have lost its section: it is open all the same.
    fd_ = std::move(news->fd);
    ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
    accept(open, config.watchdog.value_or(config::WatchdogConfig{}));
    return WatchdogOpened{feed_interval(timeout_), watchdog_->reset_within};
}

void Enforcing::accept(const wire::WatchdogIsOpen& open, const config::WatchdogConfig& config) {
    timeout_ = open.timeout;
    const bool shared = open.kind == WatchdogKind::shared;
    doubt_ = open.kind == WatchdogKind::software ? "softdog is a timer of the kernel that it is to "
                                                   "reset"
             : shared ? "watchdog-mux ages its clients by the clock of day"
                      : why_no_reset_is_certain();
    const bool is_trusted = doubt_.empty() || !config.trusted_because.empty();
    watchdog_ = Watchdog{
        .kind = open.kind,
        .trusted = is_trusted ? Trusted::yes : Trusted::no,
        .reset_within = inquest::reset_within(timeout_, config.reset_time,
                                              shared ? config.client_timeout : Duration::zero())};
    device_ = fmt::format("{}, {}", open.identity, text(open.timeout));
    trouble_.clear();
    journal_.say(Level::notice,
                 fmt::format("the watchdog is open ({}): without a lease this machine "
                             "is reset within {}",
                             device_, text(watchdog_->reset_within)));
    if (!doubt_.empty())
        journal_.say(Level::warning,
                     fmt::format("{}: {}", doubt_,
                                 is_trusted ? "trusted all the same: " + config.trusted_because
                                            : "its reset proves nothing to the others"));
}

void Enforcing::feed() {
    const bool fed = fd_.is_open() && feed_watchdog(fd_.get());
    if (!fed && !starves_)
        journal_.say(Level::error, fmt::format("the watchdog takes no feed ({}): this machine will "
                                               "be reset",
                                               std::strerror(errno)));
    starves_ = !fed;
}

/// The mark is there before anybody relies on this guard.
std::optional<std::string> Enforcing::guard_says(Guests guests) {
    const std::filesystem::path mark = run_ / "guard-was-here";
    const Descriptor made(::open(mark.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    if (!made.is_open()) {
        guests_ = Guests::unknown;
        return fmt::format("{}: {}", mark.string(), std::strerror(errno));
    }
    guests_ = guests;
    return std::nullopt;
}

void Enforcing::leave() {
    if (!watchdog_) return;
    if (guests_ != Guests::none) {
        journal_.say(Level::error,
                     fmt::format("guarded VMs may run here (guests: {}): the watchdog stays armed, "
                                 "and resets this machine within {}",
                                 word(guests_), text(watchdog_->reset_within)));
        return;
    }
    fd_.close();
    watchdog_.reset();
    device_.clear();
    static_cast<void>(keeper_.ask(wire::CloseWatchdog{}));
}

}  // namespace inquest::daemon
