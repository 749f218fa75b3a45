#include "heartbeat/bus/knet_log.hpp"

#include "heartbeat/bus/knet_api.hpp"

#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace inquest::bus {

namespace {

/// Room for four thousand lines: knet's threads wait when it is full.
constexpr int pipe_wanted_bytes = 1024 * 1024;

Severity severity_of(std::uint8_t level) {
    switch (level) {
        case KNET_LOG_ERR: return Severity::error;
        case KNET_LOG_WARN: return Severity::warning;
        case KNET_LOG_INFO: return Severity::info;
        default: return Severity::debug;
    }
}

std::string_view text_of(const knet_log_msg& message) {
    std::string_view text(message.msg, ::strnlen(message.msg, sizeof message.msg));
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    return text;
}

/// The crypto module complains of the same datagram as well; one line of the two is enough.
bool about_a_strangers_datagram(const knet_log_msg& message) {
    return message.msglevel == KNET_LOG_ERR && message.subsystem == KNET_SUB_RX &&
           text_of(message).starts_with("Unable to decrypt packet");
}

bool about_its_digest(const knet_log_msg& message) {
    return message.subsystem == KNET_SUB_OPENSSLCRYPTO &&
           text_of(message).starts_with("Digest does not match");
}

}  // namespace

KnetLog::~KnetLog() {
    if (read_fd_ >= 0) ::close(read_fd_);
    if (write_fd_ >= 0) ::close(write_fd_);
}

int KnetLog::open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
    read_fd_ = ends[0];
    write_fd_ = ends[1];
    ::fcntl(write_fd_, F_SETPIPE_SZ, pipe_wanted_bytes);
    return 0;
}

void KnetLog::drain(const std::function<void(const LogLine&)>& line) {
    knet_log_msg message;
    // Writes of a record are atomic (it is shorter than PIPE_BUF), and so are these reads.
    while (::read(read_fd_, &message, sizeof message) == sizeof message) {
        if (about_its_digest(message)) continue;
        std::string text(text_of(message));
        if (about_a_strangers_datagram(message)) {
            if (!std::has_single_bit(++unauthentic_)) continue;
            text += fmt::format(" ({} so far)", unauthentic_);
        }
        const LogLine told{severity_of(message.msglevel), std::move(text)};
        if (told.severity == Severity::error) last_error_ = told.text;
        line(told);
    }
}

std::uint8_t knet_level(Severity severity) {
    switch (severity) {
        case Severity::error: return KNET_LOG_ERR;
        case Severity::warning: return KNET_LOG_WARN;
        case Severity::info: return KNET_LOG_INFO;
        case Severity::debug: return KNET_LOG_DEBUG;
    }
    return KNET_LOG_ERR;
}

}  // namespace inquest::bus
