// knet's log: a pipe of fixed records that its threads write and that we must empty, or they wait.
#pragma once

#include "heartbeat/bus/carrier.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace inquest::bus {

class KnetLog {
 public:
    KnetLog() = default;
    ~KnetLog();
    KnetLog(const KnetLog&) = delete;
    KnetLog& operator=(const KnetLog&) = delete;

    /// 0, or the errno for which there is no pipe.
    int open();

    int read_fd() const { return read_fd_; }
    int write_fd() const { return write_fd_; }

    /// Hands over every line that waits. A datagram that cannot be decrypted would be a line or two
    /// each, so whoever floods us would fill the journal: those are counted, and told only when
    /// their count is a power of two.
    void drain(const std::function<void(const LogLine&)>& line);

    std::uint64_t unauthentic() const { return unauthentic_; }
    const std::string& last_error() const { return last_error_; }  ///< text, or empty

 private:
    int read_fd_ = -1;
    int write_fd_ = -1;
    std::uint64_t unauthentic_ = 0;
    std::string last_error_;
};

/// knet's number for "log no more than this".
std::uint8_t knet_level(Severity severity);

}  // namespace inquest::bus
