#include "fence/spawn.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace inquest::fence {
namespace {

struct Pipe {
    Descriptor reader;
    Descriptor writer;

    static Pipe make() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
        return {Descriptor(ends[0]), Descriptor(ends[1])};
    }
    bool is_open() const { return reader.is_open(); }
};

struct Pipes {
    Pipe input = Pipe::make();
    Pipe output = Pipe::make();
    Pipe mistakes = Pipe::make();
    Pipe refusal = Pipe::make();

    bool are_open() const {
        return input.is_open() && output.is_open() && mistakes.is_open() && refusal.is_open();
    }
};

/// The pipe holds it all, so that nobody has to wait until the program reads.
bool fill(Descriptor& writer, std::string_view input) {
    ::fcntl(writer.get(), F_SETFL, O_NONBLOCK);
    const ssize_t written = ::write(writer.get(), input.data(), input.size());
    const bool filled = written == static_cast<ssize_t>(input.size());
    writer.close();
    return filled;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> made;
    made.reserve(texts.size() + 1);
    for (const std::string& text : texts) made.push_back(const_cast<char*>(text.c_str()));
    made.push_back(nullptr);
    return made;
}

/// The child, from here only with what is safe after fork(2).
[[noreturn]] void become(const Pipes& pipes, pid_t parent, char* const* argv, char* const* envp) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const sched_param ordinary{};
    ::sched_setscheduler(0, SCHED_OTHER, &ordinary);
    ::setpriority(PRIO_PROCESS, 0, 0);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::umask(0077);
    int refusal = pipes.refusal.writer.get();
    const bool placed = ::dup2(pipes.input.reader.get(), STDIN_FILENO) >= 0 &&
                        ::dup2(pipes.output.writer.get(), STDOUT_FILENO) >= 0 &&
                        ::dup2(pipes.mistakes.writer.get(), STDERR_FILENO) >= 0 &&
                        ::chdir("/") == 0;
    // All of ours are closed by exec; what others have left open is not.
    constexpr int refusal_place = 3;
    if (refusal != refusal_place) refusal = ::dup3(refusal, refusal_place, O_CLOEXEC);
    ::close_range(refusal_place + 1, ~0U, 0);
    if (placed) ::execve(argv[0], argv, envp);
    const int error = errno;
    if (::write(refusal, &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
}

}  // namespace

Spawned spawn(const std::string& program, const std::vector<std::string>& environment,
              std::string_view input) {
    Spawned made;
    Pipes pipes;
    if (!pipes.are_open()) {
        made.error = errno;
        return made;
    }
    if (!fill(pipes.input.writer, input)) {
        made.error = E2BIG;
        return made;
    }
    const std::vector<std::string> arguments{program};
    const std::vector<char*> argv = pointers(arguments);
    const std::vector<char*> envp = pointers(environment);
    const pid_t parent = ::getpid();
    // A signal before exec(2) would run a handler of ours in the child.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) become(pipes, parent, argv.data(), envp.data());
    made.error = errno;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return made;
    ::setpgid(pid, pid);  // whoever comes first
    made.pid = pid;
    made.error = 0;
    made.output = std::move(pipes.output.reader);
    made.mistakes = std::move(pipes.mistakes.reader);
    made.refusal = std::move(pipes.refusal.reader);
    for (const Descriptor* fd : {&made.output, &made.mistakes, &made.refusal})
        ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
    return made;
}

}  // namespace inquest::fence
