// The daemon's log, and its word to systemd, on a thread of their own.
//
// journald, a terminal or systemd itself may block a writer; the deciding thread must never wait
// for them. It puts a record into a bounded queue and goes on. What finds no room is counted, and
// said when there is room again.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/core/transition.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace inquest::daemon {

/// syslog(3)'s levels, as far as they are used.
enum class Level : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

class Journal {
 public:
    /// To journald where stderr is connected to it (JOURNAL_STREAM), else to stderr.
    Journal();
    /// Writes what is left, and ends the thread.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void say(Level level, const std::string& text);
    void say(Level level, const Transition& transition);
    /// sd_notify(3): "READY=1", "WATCHDOG=1", "STATUS=...".
    void notify(const std::string& state);

    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
    enum class Target : std::uint8_t { log, systemd };
    struct Record {
        Target target = Target::log;
        Level level = Level::info;
        std::string text;
        bool has_transition = false;
        Transition transition;
    };

    void put(const Record& record);
    void run();
    void write(const Record& record) const;

    bool to_journald_;
    Descriptor wake_;
    boost::lockfree::spsc_queue<Record, boost::lockfree::capacity<1024>> queue_;
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

}  // namespace inquest::daemon
