// A timer that rings at an instant of CLOCK_BOOTTIME, the clock of every deadline here.
#pragma once

#include "heartbeat/base/time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>

namespace inquest::daemon {

class BootTimer {
 public:
    /// Throws Failure where the kernel gives none.
    explicit BootTimer(boost::asio::io_context& io);

    /// `ring` is called each time, until the loop ends. Once.
    void on_ring(std::function<void()> ring);
    /// Replaces the instant set before.
    void set(Instant when);

 private:
    void wait();

    boost::asio::io_context& io_;
    boost::asio::posix::stream_descriptor timer_;
    std::function<void()> ring_;
};

}  // namespace inquest::daemon
