// Reads the host's files again when it is asked to, on a thread of its own: a disk that does not
// answer must not hold up a beat. The thread waits from the start on, since making one takes longer
// than a beat may wait where all memory is locked.
#pragma once

#include "heartbeat/daemon/host_files.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <semaphore>
#include <thread>

namespace inquest::daemon {

class Reload {
 public:
    using Files = tl::expected<HostFiles, config::Complaints>;

    /// `done` is called on the thread that runs `io`, once for each reading.
    Reload(boost::asio::io_context& io, std::filesystem::path etc, std::function<void(Files)> done);
    ~Reload();
    Reload(const Reload&) = delete;
    Reload& operator=(const Reload&) = delete;

    /// Reads what stands in the files now, or after the reading that goes on.
    void ask();

 private:
    void run();

    boost::asio::io_context& io_;
    std::filesystem::path etc_;
    std::function<void(Files)> done_;
    std::atomic<bool> asked_{false};
    std::atomic<bool> ending_{false};
    std::counting_semaphore<> wake_{0};
    std::thread thread_;
};

}  // namespace inquest::daemon
