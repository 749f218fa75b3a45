// The store's own thread: it carries out each ledger::Persist, so that no disk ever delays a beat.
//
//     deciding thread --submit--> bounded queue --> one transaction --> answer, on this thread
//
// What waits is made durable together: a slow disk makes larger transactions, not a longer queue.
#pragma once

#include "heartbeat/ledger/event.hpp"
#include "heartbeat/store/database.hpp"
#include "heartbeat/store/ring.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace inquest::store {

/// The reserve's word has changed; the first one is told at the start.
struct SpaceTold {
    Space space = Space::enough;
};

/// A write failed. Nothing is answered any more and nothing is written: say the line and end the
/// process. After a new start the ledger has what was acknowledged.
struct Failed {
    std::string line;
};

/// Persisted speaks for every number up to its own; numbers rise.
using Answer = std::variant<ledger::Persisted, SpaceTold, Failed>;

class Keeper {
 public:
    struct Options {
        std::size_t queue_max = 1024;  ///< > 0
        std::size_t group_max = 64;    ///< transactions made durable as one, > 0
        /// Where nothing is written for so long, room on the disk is looked after all the same: a
        /// node that stands still for want of it writes nothing. Whole milliseconds, > 0.
        std::chrono::milliseconds look_interval{2000};
    };
    /// Runs on the keeper's thread: it copies the answer and posts it, and does nothing else.
    using Sink = std::function<void(const Answer&)>;

    Keeper(Database database, const Options& options, Sink sink);
    /// Makes durable and answers what is in the queue, closes the file and ends the thread. Takes
    /// as long as the disk does.
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// By one thread, never waiting. False: the queue is full, so the disk has stood still for
    /// very long; the ledger cannot go on without this transaction.
    [[nodiscard]] bool submit(ledger::Persist persist);

 private:
    void run();
    void await_work();
    void work_off();
    bool take_group();
    void tell_space();
    void fail(const std::error_code& error);
    void wake() const;

    Database database_;
    Options options_;
    Sink sink_;
    Ring<ledger::Persist> queue_;
    std::vector<ledger::Persist> group_;
    std::optional<Space> told_;
    bool failed_ = false;
    Descriptor wake_;
    std::atomic<bool> ending_{false};
    std::thread thread_;  ///< last, so that it finds all others
};

}  // namespace inquest::store
