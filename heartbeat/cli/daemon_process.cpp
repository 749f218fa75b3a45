#include "heartbeat/cli/daemon_process.hpp"

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/cli/conversation.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace inquest::cli {
namespace {

namespace fs = std::filesystem;
using Done = tl::expected<void, wire::ErrorReply>;

/// systemd's unit starts inquestd with the folders of the system, and knows no others.
bool by_systemd(const Folders& folders) {
    std::error_code error;
    return fs::is_directory("/run/systemd/system", error) && folders.etc == "/etc/inquest" &&
           folders.state == "/var/lib/inquest" && folders.run == "/run/inquest";
}

Done systemctl(const char* verb) {
    std::array<const char*, 5> words{"systemctl", verb, "--now", "inquestd", nullptr};
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, words[0], nullptr, nullptr,
                                     const_cast<char**>(words.data()), environ);
    int status = -1;
    if (error == 0) ::waitpid(child, &status, 0);
    if (status == 0) return {};
    return tl::unexpected(wire::ErrorReply{
        {std::string("systemctl ") + verb + " --now inquestd failed",
         error != 0 ? std::strerror(error) : "its own message is above", "journalctl -u inquestd"},
        wire::Exit::failed});
}

fs::path log_file(const Folders& folders) { return folders.state / "inquestd.log"; }

std::string last_line(const fs::path& file) {
    std::ifstream in(file);
    std::string last;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) last = line;
    }
    return last;
}

/// What the child says if it cannot become inquestd: errno, over a pipe that exec closes.
[[noreturn]] void become_daemon(const Folders& folders, int report) {
    ::setsid();
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int log =
        ::open(log_file(folders).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(log < 0 ? nothing : log, STDOUT_FILENO);
    ::dup2(log < 0 ? nothing : log, STDERR_FILENO);
    ::execlp("inquestd", "inquestd", "--etc", folders.etc.c_str(), "--state", folders.state.c_str(),
             "--run", folders.run.c_str(), nullptr);
    const int error = errno;
    static_cast<void>(!::write(report, &error, sizeof error));
    ::_exit(127);
}

wire::ErrorReply not_started(const std::string& why, const std::string& remedy) {
    return {{"inquestd does not start", why, remedy}, wire::Exit::failed};
}

tl::expected<pid_t, wire::ErrorReply> spawn(const Folders& folders) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return tl::unexpected(not_started(std::strerror(errno), "give the same command again"));
    const Descriptor reader(ends[0]);
    Descriptor writer(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) become_daemon(folders, writer.get());
    writer.close();
    int error = child < 0 ? errno : 0;
    if (child > 0 && ::read(reader.get(), &error, sizeof error) != sizeof error) return child;
    if (child > 0) ::waitpid(child, nullptr, 0);
    return tl::unexpected(not_started(std::strerror(error), "install inquestd into PATH"));
}

bool has_ended(pid_t child) { return child > 0 && ::waitpid(child, nullptr, WNOHANG) == child; }

}  // namespace

pid_t daemon_pid(const Folders& folders) {
    const fs::path file = folders.run / "inquestd.lock";
    const Descriptor lock(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!lock.is_open() || ::flock(lock.get(), LOCK_SH | LOCK_NB) == 0) return 0;
    std::array<char, 32> text{};
    if (::pread(lock.get(), text.data(), text.size() - 1, 0) <= 0) return 0;
    return static_cast<pid_t>(std::strtol(text.data(), nullptr, 10));
}

Done start_daemon(const Folders& folders, Waiting& waiting) {
    pid_t child = 0;
    if (by_systemd(folders)) {
        if (auto done = systemctl("enable"); !done) return done;
    } else if (daemon_pid(folders) == 0) {
        const auto started = spawn(folders);
        if (!started) return tl::unexpected(started.error());
        child = *started;
    }
    while (!Client::connect(folders.run)) {
        if (has_ended(child))
            return tl::unexpected(not_started(last_line(log_file(folders)),
                                              "correct that; then give the same command again"));
        if (!waiting.goes_on("inquestd to answer"))
            return tl::unexpected(waiting.ended("inquestd does not answer",
                                                "see its log, and give the same command again",
                                                wire::Exit::failed));
    }
    return {};
}

Done stop_daemon(const Folders& folders, Waiting& waiting) {
    if (by_systemd(folders)) {
        if (auto done = systemctl("disable"); !done) return done;
    }
    const pid_t pid = daemon_pid(folders);
    if (pid <= 1) return {};
    if (::kill(pid, SIGTERM) != 0 && errno != ESRCH)
        return tl::unexpected(wire::ErrorReply{
            {"inquestd runs and cannot be stopped", std::strerror(errno), "run this as root"},
            wire::Exit::not_permitted});
    while (daemon_pid(folders) != 0) {
        if (!waiting.goes_on("inquestd (pid " + std::to_string(pid) + ") to end"))
            return tl::unexpected(waiting.ended(
                "inquestd does not end", "see its log; nothing was removed", wire::Exit::failed));
    }
    return {};
}

}  // namespace inquest::cli
