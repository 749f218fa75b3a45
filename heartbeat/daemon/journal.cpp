#include "heartbeat/daemon/journal.hpp"

#include "heartbeat/daemon/clocks.hpp"
#include "heartbeat/daemon/failure.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include <vector>

namespace inquest::daemon {
namespace {

/// systemd.exec(5): JOURNAL_STREAM names the device and inode of the stream behind stderr.
bool stderr_is_journald() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

void send_to_journald(Level level, const std::string& text, const Transition* transition) {
    std::vector<std::string> fields{fmt::format("MESSAGE={}", text),
                                    fmt::format("PRIORITY={}", static_cast<int>(level)),
                                    "SYSLOG_IDENTIFIER=inquestd"};
    if (transition != nullptr) {
        fields.push_back(fmt::format("INQUEST_EVENT={}", word(transition->kind)));
        fields.push_back(fmt::format("INQUEST_OBSERVER={}", transition->observer));
        fields.push_back(fmt::format("INQUEST_PEER={}", transition->peer));
        fields.push_back(fmt::format("INQUEST_PATH={}", transition->path));
        fields.push_back(fmt::format("INQUEST_FROM={}", transition->from));
        fields.push_back(fmt::format("INQUEST_TO={}", transition->to));
    }
    std::vector<iovec> parts;
    for (std::string& field : fields) parts.push_back({field.data(), field.size()});
    ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

void send_to_stderr(const std::string& text) {
    const Clocks clocks = read_clocks();
    const std::string line = fmt::format("{} inquestd: {}\n", wall_time(clocks.now, clocks), text);
    std::size_t done = 0;
    while (done < line.size()) {
        const ssize_t written = ::write(STDERR_FILENO, line.data() + done, line.size() - done);
        if (written < 0 && errno != EINTR) return;
        if (written > 0) done += static_cast<std::size_t>(written);
    }
}

}  // namespace

Journal::Journal() : to_journald_(stderr_is_journald()), wake_(::eventfd(0, EFD_CLOEXEC)) {
    if (!wake_.is_open()) throw Failure(fmt::format("eventfd: {}", std::strerror(errno)));
    thread_ = std::thread([this] { run(); });
}

Journal::~Journal() {
    ending_ = true;
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) return;
    thread_.join();
}

void Journal::say(Level level, const std::string& text) {
    put({Target::log, level, text, false, {}});
}

void Journal::say(Level level, const Transition& transition) {
    put({Target::log, level, log_line(transition), true, transition});
}

void Journal::notify(const std::string& state) {
    put({Target::systemd, Level::info, state, false, {}});
}

void Journal::put(const Record& record) {
    if (!queue_.push(record)) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) return;  // it is awake already
}

void Journal::run() {
    std::uint64_t told = 0;
    for (;;) {
        std::uint64_t count = 0;
        if (::read(wake_.get(), &count, sizeof count) < 0 && errno != EINTR) return;
        const bool last = ending_;
        queue_.consume_all([this](const Record& record) { write(record); });
        if (const std::uint64_t now = dropped(); now != told) {
            write({Target::log,
                   Level::warning,
                   fmt::format("{} log lines found no room and were dropped", now - told),
                   false,
                   {}});
            told = now;
        }
        if (last) return;
    }
}

void Journal::write(const Record& record) const {
    if (record.target == Target::systemd) {
        ::sd_notify(0, record.text.c_str());
        return;
    }
    if (to_journald_) {
        send_to_journald(record.level, record.text,
                         record.has_transition ? &record.transition : nullptr);
    } else {
        send_to_stderr(record.text);
    }
}

}  // namespace inquest::daemon
