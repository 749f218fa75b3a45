#include "heartbeat/daemon/deciding.hpp"

#include "heartbeat/config/following.hpp"
#include "heartbeat/daemon/failure.hpp"
#include "heartbeat/daemon/run_file.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// An answer to `inquest status` takes less than this on a cluster of 32 nodes.
constexpr Duration answer_time = 3ms;

/// Actions of one step seldom exceed this; beyond it the vector grows once and stays grown.
constexpr std::size_t actions_reserved = 64;

int boottime_timer() {
    const int fd = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) throw Failure(fmt::format("timerfd_create: {}", std::strerror(errno)));
    return fd;
}

Level level_of(const Transition& transition) {
    if (transition.kind == Transition::Kind::would_have_failed_over ||
        transition.kind == Transition::Kind::calls_for_condemnation)
        return Level::warning;
    if (transition.kind == Transition::Kind::space && transition.to == "low") return Level::error;
    if (transition.kind == Transition::Kind::watchdog && transition.to == "starved")
        return Level::error;
    if (transition.to == "lost" || transition.to == "partitioned" || transition.to == "isolated" ||
        transition.to == "held" || transition.to == "refused") {
        return Level::warning;
    }
    return transition.kind == Transition::Kind::path ? Level::info : Level::notice;
}

}  // namespace

Deciding::Deciding(Parts parts)
    : config_(std::move(parts.belongings.files.config)),
      journal_(parts.journal),
      keeper_(std::move(parts.keeper)),
      enforcing_({keeper_, parts.journal, parts.state, parts.boot_id}),
      io_(1),
      traffic_(config_, std::move(parts.belongings.files.keyring)),
      node_(config_.cluster, parts.identity, read_clocks().now),
      timer_(io_, boottime_timer()),
      signals_(io_, SIGTERM, SIGINT, SIGQUIT) {
    signals_.add(SIGHUP);
    // A reader of the log that goes away is no reason to stop.
    ::signal(SIGPIPE, SIG_IGN);
    actions_.reserve(actions_reserved);
    auto watch = netmon::Watch::open(traffic_.wanted());
    if (!watch) {
        throw Failure(fmt::format("rtnetlink: {}: inquestd must see the links of its paths",
                                  watch.error().message()));
    }
    links_.emplace(std::move(*watch));
    links_ready_ = std::make_unique<asio::posix::stream_descriptor>(io_, ::dup(links_->fd()));
    traffic_.open(read_clocks().now);
    control_ = std::make_unique<Control>(
        io_, parts.run / "inquestd.sock",
        Control::Answers{[this](const wire::Request& request) { return reply(request); },
                         [this](const Question& question) { return diary_->ask(question); },
                         [](Duration age) {
                             const Clocks clocks = read_clocks();
                             return wall_of(clocks.now - age, clocks);
                         },
                         [this] { return has_time(); },
                         [this] {
                             enforcing_.guard_left();
                             guests_told();
                         }});
    belonging_ = std::make_unique<Belonging>(
        Belonging::Parts{.io = io_,
                         .identity = parts.identity,
                         .etc = parts.etc,
                         .state = parts.state,
                         .fenced = parts.run / "fenced.sock",
                         .membership = std::move(parts.belongings.membership),
                         .agreement = std::move(parts.belongings.agreement),
                         .config = config_,
                         .keyring = traffic_.keys(),
                         .file_differs = parts.belongings.file_differs,
                         .journal = journal_,
                         .hooks = hooks()});
    traffic_.tell_removed_members(
        [this](MemberId member) { return belonging_->removed_at(member); });
    traffic_.tell_of_strangers([this](MemberId stranger, PathId path, const paths::Endpoint& from) {
        belonging_->meet(stranger, path, from.address());
    });
    reload_ = std::make_unique<Reload>(io_, std::move(parts.etc),
                                       [this](Reload::Files files) { reloaded(std::move(files)); });
    std::uint64_t watchdog_us = 0;
    if (::sd_watchdog_enabled(0, &watchdog_us) > 0)
        systemd_interval_ = std::chrono::microseconds(watchdog_us) / 3;
    tell_keeper_of_death(keeper_.fd());
    // The run counts as begun only now that nothing can stop it any more.
    const Clocks clocks = read_clocks();
    const endings::Wall wall = wall_of(clocks.now, clocks);
    diary_ = std::make_unique<DiaryThread>(
        parts.state,
        endings::RunRecord{.incarnation = parts.identity.incarnation,
                           .session = parts.identity.session,
                           .boot_id = parts.boot_id,
                           .started = wall,
                           .alive = wall,
                           .ending = {}},
        [this](Told news) {
            asio::post(io_,
                       [this, carried = std::move(news)]() mutable { told(std::move(carried)); });
        });
}

Deciding::~Deciding() = default;

Belonging::Hooks Deciding::hooks() {
    return {.follow = [this](HostFiles files) { reconfigure(std::move(files)); },
            .ledger_told = [this](const LedgerTold& told) { ledger_told(told); },
            .tell = [this](const Transition& told) { tell(told, read_clocks()); },
            .fall_silent = [this] { fall_silent(); },
            .end =
                [this] {
                    failed_ = true;
                    io_.stop();
                },
            .config = [this]() -> const config::HostConfig& { return config_; }};
}

int Deciding::run() {
    privileges_ = take_privileges();
    for (const Privilege& privilege : privileges_) {
        if (privilege.granted) continue;
        journal_.say(Level::warning, fmt::format("{} refused: {}: {}", privilege.name,
                                                 privilege.what, privilege.remedy));
    }
    journal_.say(Level::notice,
                 fmt::format("inquestd {} runs on {}: cluster {}, {} nodes, {} paths, observing",
                             INQUEST_VERSION, node_.roster().name(node_.roster().self()),
                             config_.cluster.name, config_.cluster.members.size(),
                             config_.cluster.paths.size()));
    read_links();
    wait_for_links();
    wait_for_signal();
    wait_for_timer();
    wait_for_keeper();
    tell_keeper();
    belonging_->begin(node_.roster().name(node_.roster().self()));
    guests_told();
    arm();
    journal_.notify("READY=1\nSTATUS=observing");
    io_.run();
    enforcing_.leave();
    journal_.notify("STOPPING=1");
    journal_.say(Level::notice, failed_ ? "inquestd ends" : "inquestd has left");
    return failed_ ? 1 : 0;
}

void Deciding::wait_for_timer() {
    timer_.async_wait(asio::posix::descriptor_base::wait_read,
                      [this](boost::system::error_code error) {
                          if (error) return;
                          std::uint64_t expired = 0;
                          if (::read(timer_.native_handle(), &expired, sizeof expired) > 0) wake();
                          if (!io_.stopped()) wait_for_timer();
                      });
}

/// The six lines around the core.
void Deciding::wake() {
    if (silent_) return;
    const Clocks clocks = read_clocks();
    if (clocks.now >= links_retry_at_) read_links();
    traffic_.mend(clocks.now, node_, actions_);
    traffic_.drain(clocks, node_, actions_);
    for (const Traffic::DiskNews& news : traffic_.watch_disks(clocks.now, node_, actions_))
        tell_local_half(news.path, news.good, news.reason);
    node_.step(clocks.now, Wake{clocks.raw}, actions_);
    carry_out(clocks);
    enforcing_.consider(node_, config_, armed_, clocks.now);
    arm();
    pat_systemd(clocks.now);
    control_->serve_waiting();
    if (const auto dismissal = traffic_.take_dismissal())
        belonging_->dismissed(dismissal->sender, dismissal->index);
    if (leaving_ && clocks.now >= ends_at_) io_.stop();
}

void Deciding::carry_out(const Clocks& clocks) {
    // Beats first: a device that takes its time must not hold them up, nor what is told to people.
    for (const Action& action : actions_) traffic_.send(action, clocks.now);
    for (const Action& action : actions_) {
        if (std::holds_alternative<FeedWatchdog>(action)) enforcing_.feed();
    }
    for (const Action& action : actions_) {
        if (const auto* transition = std::get_if<Transition>(&action)) tell(*transition, clocks);
    }
    const auto moved = std::find_if(actions_.begin(), actions_.end(), [](const Action& action) {
        return std::holds_alternative<Motions>(action);
    });
    if (moved == actions_.end()) return actions_.clear();
    // What the members make of it may ask the core something, which has actions of its own.
    const Motions motions = std::get<Motions>(*moved);
    actions_.clear();
    belonging_->move(motions);
}

void Deciding::tell(const Transition& transition, const Clocks& clocks) {
    journal_.say(level_of(transition), transition);
    Happening happening{transition, wall_of(transition.when, clocks)};
    if (control_->has_followers()) control_->tell(event_message(happening));
    diary_->note(std::move(happening));
}

void Deciding::arm() {
    // An absolute zero would disarm the timer.
    const Duration due = std::max(node_.next_deadline().time_since_epoch(), Duration(1));
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(due);
    itimerspec spec{};
    spec.it_value.tv_sec = whole.count();
    spec.it_value.tv_nsec = (due - whole).count();
    ::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void Deciding::wait_for_links() {
    links_ready_->async_wait(asio::posix::descriptor_base::wait_read,
                             [this](boost::system::error_code error) {
                                 if (error) return;
                                 read_links();
                                 arm();
                                 wait_for_links();
                             });
}

void Deciding::read_links() {
    const Clocks clocks = read_clocks();
    const auto news = links_->read();
    links_retry_at_ = news ? never : clocks.now + 1s;
    if (!news) {
        journal_.say(Level::warning,
                     fmt::format("rtnetlink: {}: asked again in a second", news.error().message()));
        return;
    }
    for (const netmon::Change& change : news->changes) {
        traffic_.link_changed(change, clocks.now, node_, actions_);
        tell_local_half(change.path.value, change.good, change.reason);
    }
    carry_out(clocks);
}

void Deciding::tell_local_half(std::size_t path, bool good, const std::string& reason) {
    journal_.say(
        good ? Level::notice : Level::warning,
        fmt::format("path={} local-half={}{}", config_.cluster.paths[path].name,
                    good ? "good" : "broken", good ? "" : fmt::format(" reason=\"{}\"", reason)));
}

void Deciding::wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
        if (error) return;
        if (signal == SIGHUP)
            reload_->ask();
        else
            leave(signal);
        wait_for_signal();
    });
}

void Deciding::reloaded(Reload::Files files) {
    if (leaving_ || silent_) return;
    if (belonging_->follows_ledger()) {
        journal_.say(Level::warning,
                     "not reloaded: this node follows what the cluster has agreed: change it with "
                     "`inquest config push`");
        return;
    }
    config::Complaints complaints =
        files ? config::unfollowable(config_, files->config) : std::move(files.error());
    if (files && complaints.empty()) return reconfigure(std::move(*files));
    for (const config::Complaint& complaint : complaints) {
        if (complaint.severity == config::Severity::warning) continue;
        journal_.say(Level::error,
                     fmt::format("configuration not followed, nothing has changed: {}",
                                 to_string(complaint)));
    }
}

/// The one place where a running daemon takes on another configuration. What waits in the sockets
/// was sent under the one of before, and some of them close.
void Deciding::reconfigure(HostFiles files) {
    const Clocks clocks = read_clocks();
    traffic_.drain(clocks, node_, actions_);
    std::vector<std::string> told = config::differences(config_, files.config);
    for (std::string& difference : differences(traffic_.keys(), files.keyring))
        told.push_back(std::move(difference));
    config_ = std::move(files.config);
    node_.step(clocks.now, Reconfigured{config_.cluster}, actions_);
    traffic_.reconfigure(config_, clocks.now);
    traffic_.set_keys(std::move(files.keyring));
    tell_keeper();
    for (const config::Complaint& warning : files.warnings)
        journal_.say(Level::warning, to_string(warning));
    tell_followed(std::move(told), clocks);
    links_->follow(traffic_.wanted());
    read_links();
    arm();
}

void Deciding::tell_followed(std::vector<std::string> differences, const Clocks& clocks) {
    if (differences.empty()) differences.emplace_back("no difference");
    const std::string& self = node_.roster().name(node_.roster().self());
    tell({.kind = Transition::Kind::configuration,
          .when = clocks.now,
          .observer = self,
          .peer = self,
          .path = "",
          .from = "",
          .to = "followed",
          .facts = "",
          .reason = fmt::format("{}", fmt::join(differences, ", "))},
         clocks);
}

/// The goodbye goes out at once on every path, and again with the beats of two more intervals.
void Deciding::leave(int signal) {
    if (leaving_) return;
    leaving_ = true;
    diary_->leave(signal);
    if (silent_) return io_.stop();
    const Clocks clocks = read_clocks();
    ends_at_ = clocks.now + 2 * config_.cluster.timing.beat_interval;
    journal_.say(Level::notice, "told to stop: saying goodbye");
    node_.step(clocks.now, Leave{}, actions_);
    tell_keeper();
    carry_out(clocks);
}

void Deciding::ledger_told(const LedgerTold& told) {
    armed_ = told.armed ? Armed::yes : Armed::no;
    node_.step(read_clocks().now, told, actions_);
    arm();
}

// ---- The watchdog and the guests ----------------------------------------------------------------

void Deciding::wait_for_keeper() {
    if (!keeper_.is_there()) return;
    if (!keeper_ready_)
        keeper_ready_ = std::make_unique<asio::posix::stream_descriptor>(io_, ::dup(keeper_.fd()));
    keeper_ready_->async_wait(asio::posix::descriptor_base::wait_read,
                              [this](boost::system::error_code error) {
                                  if (!error) hear_keeper();
                              });
}

/// Whose keeper has died dies too, a moment later: it is not listened to any more.
void Deciding::hear_keeper() {
    char byte = 0;
    if (::recv(keeper_.fd(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0) return;
    while (const auto opened = enforcing_.take_news()) {
        node_.step(read_clocks().now, *opened, actions_);
        guests_told();
    }
    wait_for_keeper();
}

/// What runs here, and what watches it, as far as it is known.
void Deciding::guests_told() {
    node_.step(read_clocks().now, GuestsTold{enforcing_.guests()}, actions_);
    belonging_->show(enforcing_.watchdog(), enforcing_.guests());
    arm();
}

/// Beats of a node that was removed would only be refused. It goes on answering people.
void Deciding::fall_silent() {
    silent_ = true;
    tell_keeper();
    enforcing_.leave();
}

/// What it is to say should this daemon die: nothing for a node that was removed, or leaves.
void Deciding::tell_keeper() {
    if (keeper_.leave(silent_ ? std::nullopt : testament_of(node_, config_, traffic_.keys())))
        return;
    journal_.say(Level::warning,
                 "the keeper has not taken what it is to say should inquestd die: it would say "
                 "what it was told before");
}

void Deciding::pat_systemd(Instant now) {
    if (systemd_interval_ == Duration::zero() || now - systemd_patted_ < systemd_interval_) return;
    systemd_patted_ = now;
    journal_.notify("WATCHDOG=1");
}

bool Deciding::has_time() const {
    if (silent_) return true;
    return node_.next_deadline() - read_clocks().now > answer_time;
}

Knowledge Deciding::knowledge() const {
    return {config_,       node_,         traffic_,    privileges_, journal_.dropped(),
            diary_health_, read_clocks(), *belonging_, enforcing_,  keeper_.is_there()};
}

std::string Deciding::reply(const wire::Request& request) {
    switch (request.verb) {
        case wire::Verb::status: return status_reply(knowledge());
        case wire::Verb::paths: return paths_reply(knowledge());
        case wire::Verb::explain: return explain_reply(knowledge(), request.node);
        case wire::Verb::doctor: return doctor_reply(knowledge());
        case wire::Verb::guard:
            if (const auto problem = enforcing_.guard_says(request.guests)) {
                return wire::to_text(
                    wire::ErrorReply{{"the guard is not relied on", *problem,
                                      "make /var/lib/inquest writable for inquestd"},
                                     wire::Exit::failed});
            }
            guests_told();
            return guard_reply(knowledge());
        case wire::Verb::ledger:
        case wire::Verb::ask:
        case wire::Verb::handling:
        case wire::Verb::token:
        case wire::Verb::state_text:
        case wire::Verb::backup:
        case wire::Verb::recover: return belonging_->reply(request, node_);
        case wire::Verb::events: break;
    }
    return "{}";
}

/// What the diary's thread has to say, on this one.
void Deciding::told(Told told) {
    if (auto* answer = std::get_if<Answer>(&told)) {
        control_->page(answer->reader, std::move(answer->page));
    } else if (const auto* remark = std::get_if<Remark>(&told)) {
        journal_.say(remark->level, remark->text);
    } else if (auto* health = std::get_if<Diary::Health>(&told)) {
        diary_health_ = std::move(*health);
    }
}

}  // namespace inquest::daemon
