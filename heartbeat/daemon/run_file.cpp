#include "heartbeat/daemon/run_file.hpp"

#include "heartbeat/endings/evidence.hpp"
#include "heartbeat/endings/small_file.hpp"
#include "heartbeat/wire/testament.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

using std::filesystem::path;

// ---- Catching fatal signals --------------------------------------------------------------------

/// SIGXCPU is the kernel's word that a real-time thread computed for too long (privileges.cpp).
constexpr std::array fatal{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGXCPU};

/// What the catcher needs, made ready beforehand: it may call nothing but pwrite(2) and send(2).
struct LastWords {
    int keeper = -1;
    int fd = -1;
    std::array<std::array<char, 64>, fatal.size()> text{};
    std::size_t bytes = 0;
    off_t place = 0;
};
LastWords last_words;

/// A stack that ran over has no room for this, and its end stays without a word. SA_RESETHAND has
/// put the default action back, which ends the process at the second time.
void catch_fatal(int signal) {
    const int error = errno;
    // Before anything that waits for a disk, as the kernel does when it keeps the dead one's
    // memory.
    static_cast<void>(::send(last_words.keeper, &wire::last_word, 1, MSG_DONTWAIT | MSG_NOSIGNAL));
    for (std::size_t i = 0; i < fatal.size(); ++i) {
        if (fatal[i] != signal) continue;
        const ssize_t written =
            ::pwrite(last_words.fd, last_words.text[i].data(), last_words.bytes, last_words.place);
        if (written < 0) break;
    }
    errno = error;
    ::raise(signal);
}

// ---- Files -------------------------------------------------------------------------------------

/// Where the record of the newest run goes when another one begins.
void set_aside(const path& state, const endings::RunRecord& record) {
    const path newest = state / endings::run_file;
    const path earlier = state / endings::earlier_run_file;
    const auto text = endings::read_small_file(newest, endings::record_bytes + 1);
    if (!text) return;
    const auto last = endings::parse_record(*text);
    if (!last) return;  // damaged: it says nothing to anybody
    if (last->boot_id == record.boot_id) {
        ::rename(newest.c_str(), earlier.c_str());
    } else if (::rename(newest.c_str(), (state / endings::last_boot_file).c_str()) == 0) {
        ::unlink(earlier.c_str());
    }
}

Result<Descriptor> make(const path& file, const std::string& text) {
    Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.is_open()) return failed(errno);
    const ssize_t written = ::pwrite(fd.get(), text.data(), text.size(), 0);
    if (written < 0) return failed(errno);
    if (static_cast<std::size_t>(written) != text.size()) return failed(ENOSPC);
    if (::ftruncate(fd.get(), written) != 0 || ::fsync(fd.get()) != 0) return failed(errno);
    return fd;
}

}  // namespace

Result<RunFile> RunFile::begin(const path& state, const endings::RunRecord& record) {
    set_aside(state, record);
    Result<Descriptor> fd = make(state / endings::run_file, endings::record_text(record));
    if (!fd) return tl::unexpected(fd.error());
    RunFile file;
    file.fd_ = std::move(*fd);
    const Descriptor folder(::open(state.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.is_open()) ::fsync(folder.get());
    return file;
}

Result<void> RunFile::alive(endings::Wall now) { return write(endings::alive_piece(now)); }

Result<void> RunFile::ending(const endings::Ending& ending) {
    return write(endings::ending_piece(ending));
}

Result<void> RunFile::write(const endings::Piece& piece) {
    const ssize_t written =
        ::pwrite(fd_.get(), piece.text.data(), piece.text.size(), static_cast<off_t>(piece.place));
    if (written < 0 || ::fdatasync(fd_.get()) != 0) return failed(errno);
    return {};
}

void tell_keeper_of_death(int line) {
    last_words.keeper = line < 0 ? -1 : ::fcntl(line, F_DUPFD_CLOEXEC, 0);
}

void RunFile::catch_fatal_signals() const {
    last_words.fd = ::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0);
    for (std::size_t i = 0; i < fatal.size(); ++i) {
        const endings::Piece piece = endings::ending_piece({endings::Word::died, fatal[i]});
        last_words.bytes = piece.text.size();
        last_words.place = static_cast<off_t>(piece.place);
        std::memcpy(last_words.text[i].data(), piece.text.data(), piece.text.size());
    }
    struct sigaction action {};
    action.sa_handler = catch_fatal;
    action.sa_flags = SA_RESETHAND | SA_NODEFER;
    for (const int signal : fatal) ::sigaction(signal, &action, nullptr);
}

}  // namespace inquest::daemon
