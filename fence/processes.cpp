#include "fence/processes.hpp"

#include "fence/secrets_file.hpp"
#include "fence/spawn.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace inquest::fence {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t read_bytes = 64 * 1024;
/// What a dead program has left in its pipe is less; who writes on is not waited for.
constexpr int last_reads_max = 64;

/// This process's children: its own, and orphans of theirs that it has adopted.
std::vector<pid_t> children() {
    std::ifstream list("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    std::vector<pid_t> found;
    for (pid_t pid = 0; list >> pid;) found.push_back(pid);
    return found;
}

}  // namespace

struct Processes::Running {
    Running(asio::io_context& io, std::size_t bytes)
        : output(io),
          mistakes(io),
          limit(io),
          kept_output(bytes, bytes),
          kept_mistakes(bytes, bytes) {}

    Id id = 0;
    pid_t pid = 0;
    Clock::time_point since = Clock::now();
    Clock::duration took{};
    Ended ended;
    asio::posix::stream_descriptor output;
    asio::posix::stream_descriptor mistakes;
    Descriptor refusal;
    asio::steady_timer limit;
    OutputKeep kept_output;
    OutputKeep kept_mistakes;
    std::vector<std::string> secrets;
    ProcessEnd end;
    enum class Life : std::uint8_t { runs, told_to_end, killed, dead, told } life = Life::runs;
    bool is_ours = false;  ///< it was ended from here, and `end.how` says why
    bool is_dead = false;

    ~Running() {
        for (std::string& secret : secrets) wipe(secret);
    }

    asio::posix::stream_descriptor& from(bool error) { return error ? mistakes : output; }
    /// Its leader too, should it have left for another group.
    void signal_all(int signal) const {
        if (pid <= 0) return;
        ::kill(-pid, signal);
        if (!is_dead) ::kill(pid, signal);
    }
    bool group_is_gone() const { return ::kill(-pid, 0) != 0 && errno == ESRCH; }

    enum class Came : std::uint8_t { something, nothing_yet, end };
    Came read_some(bool error) {
        std::array<char, read_bytes> bytes;
        const ssize_t got = ::read(from(error).native_handle(), bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR) return Came::something;
        if (got < 0 && errno == EAGAIN) return Came::nothing_yet;
        if (got <= 0) return Came::end;
        (error ? kept_mistakes : kept_output).add({bytes.data(), static_cast<std::size_t>(got)});
        return Came::something;
    }
    void read_rest() {
        for (const bool error : {false, true}) {
            if (!from(error).is_open()) continue;
            for (int i = 0; i < last_reads_max && read_some(error) == Came::something; ++i)
                continue;
            boost::system::error_code ignored;
            from(error).close(ignored);
        }
    }
};

Processes::Processes(asio::io_context& io) : io_(io), deaths_(io, SIGCHLD) { await_death(); }

Processes::~Processes() {
    for (const auto& [id, running] : running_) running->signal_all(SIGKILL);
    const auto until = Clock::now() + patience;
    constexpr useconds_t a_moment = 5'000;
    while (Clock::now() < until) {
        const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
        if (reaped < 0 && errno == ECHILD) return;
        if (reaped > 0) continue;
        kill_strays();
        ::usleep(a_moment);
    }
}

Processes::Id Processes::start(Launch launch, Ended ended) {
    const auto running = std::make_shared<Running>(io_, launch.output_bytes_max);
    running->id = ++last_;
    running->ended = std::move(ended);
    running->secrets = std::move(launch.secrets);
    running_[running->id] = running;
    spawn(running, launch);
    return running->id;
}

void Processes::spawn(const Handle& running, Launch& launch) {
    Spawned made = fence::spawn(launch.program, launch.environment, launch.input);
    wipe(launch.input);
    if (made.pid == 0) {
        running->end.how = ProcessEnd::How::not_started;
        running->end.number = made.error;
        running->is_ours = true;
        return tell_later(running);
    }
    running->pid = made.pid;
    running->refusal = std::move(made.refusal);
    running->output.assign(made.output.release());
    running->mistakes.assign(made.mistakes.release());
    read(running, false);
    read(running, true);
    running->limit.expires_after(launch.limit);
    watch(running);
}

void Processes::tell_later(const Handle& running) {
    running->is_dead = true;
    asio::post(io_, [this, running] { tell(running); });
}

void Processes::read(const Handle& running, bool from_error) {
    running->from(from_error)
        .async_wait(asio::posix::descriptor_base::wait_read,
                    [this, running, from_error](boost::system::error_code error) {
                        if (error || running->is_dead) return;
                        if (running->read_some(from_error) != Running::Came::end)
                            return read(running, from_error);
                        boost::system::error_code ignored;
                        running->from(from_error).close(ignored);
                    });
}

/// The limit, then the grace, then the patience: one timer has them all.
void Processes::watch(const Handle& running) {
    using Life = Running::Life;
    running->limit.async_wait([this, running](boost::system::error_code error) {
        if (error) return;
        switch (running->life) {
            case Life::runs: return end(running->id, ProcessEnd::How::out_of_time);
            case Life::told_to_end:
                running->life = Life::killed;
                running->signal_all(SIGKILL);
                running->limit.expires_after(patience);
                return watch(running);
            case Life::killed:
            case Life::dead: return tell(running);
            case Life::told: return;
        }
    });
}

void Processes::end(Id id, ProcessEnd::How why) {
    const auto found = running_.find(id);
    if (found == running_.end() || found->second->life != Running::Life::runs) return;
    const Handle& running = found->second;
    if (running->is_dead) return;
    running->life = Running::Life::told_to_end;
    running->is_ours = true;
    running->end.how = why;
    running->signal_all(SIGTERM);
    running->limit.expires_after(grace);
    watch(running);
}

// ---- Deaths -------------------------------------------------------------------------------------

void Processes::await_death() {
    deaths_.async_wait([this](boost::system::error_code error, int) {
        if (error) return;
        reap();
        await_death();
    });
}

void Processes::reap() {
    for (;;) {
        siginfo_t info{};
        // A dead leader is looked at before it is reaped: until then its number is its group's.
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) break;
        const auto found = std::find_if(running_.begin(), running_.end(), [&](const auto& one) {
            return one.second->pid == info.si_pid && !one.second->is_dead;
        });
        if (found != running_.end()) {
            const Handle running = found->second;
            running->signal_all(SIGKILL);
            if (!running->is_ours) {
                const bool exited = info.si_code == CLD_EXITED;
                running->end.how = exited ? ProcessEnd::How::exited : ProcessEnd::How::signalled;
                running->end.number = info.si_status;
            }
            ::waitpid(info.si_pid, nullptr, 0);
            leader_died(running);
        } else {
            ::waitpid(info.si_pid, nullptr, 0);
        }
    }
    settle();
}

void Processes::leader_died(const Handle& running) {
    running->is_dead = true;
    running->took = Clock::now() - running->since;
    running->read_rest();
    int refused = 0;
    if (!running->is_ours &&
        ::read(running->refusal.get(), &refused, sizeof refused) == sizeof refused) {
        running->end.how = ProcessEnd::How::not_started;
        running->end.number = refused;
    }
    if (running->life == Running::Life::told) {
        running_.erase(running->id);
        return;
    }
    running->life = Running::Life::dead;
    running->limit.expires_after(patience);
    watch(running);
}

/// Tells the end of each whose group is gone, once no orphan is left either.
void Processes::settle() {
    const bool any_dead = std::any_of(running_.begin(), running_.end(),
                                      [](const auto& one) { return one.second->is_dead; });
    if (!any_dead || kill_strays()) return;
    const std::map<Id, Handle> all = running_;
    for (const auto& [id, running] : all) {
        if (running->life == Running::Life::dead && running->group_is_gone()) tell(running);
    }
}

/// Orphans that have left the group of their agent. Was there one? Then its death is told too.
bool Processes::kill_strays() {
    bool found = false;
    for (const pid_t pid : children()) {
        const pid_t group = ::getpgid(pid);
        const bool belongs = std::any_of(running_.begin(), running_.end(), [&](const auto& one) {
            return one.second->pid == group && group > 0;
        });
        if (belongs) continue;
        found = true;
        ::kill(group > 0 && group != ::getpgrp() ? -group : pid, SIGKILL);
    }
    return found;
}

void Processes::tell(const Handle& running) {
    if (running->life == Running::Life::told) return;
    running->life = Running::Life::told;
    running->limit.cancel();
    if (!running->is_dead) running->took = Clock::now() - running->since;
    running->end.took = std::chrono::duration_cast<Duration>(running->took);
    running->end.output = running->kept_output.without(running->secrets);
    running->end.error = running->kept_mistakes.without(running->secrets);
    // What hangs in the kernel stays known until it is dead.
    if (running->is_dead) running_.erase(running->id);
    const Ended ended = std::exchange(running->ended, nullptr);
    ended(running->end);
}

}  // namespace inquest::fence
