// Runs programs, and leaves nothing of them behind.
//
// Each has a process group of its own, two pipes that are read and bounded, and a limit. At its
// end, whether its own or ours, the whole group is killed; and since this process adopts the
// orphans among its descendants, one that had left the group is found and killed too. Only then is
// the end told, so that whoever hears of it knows that nothing of it runs any more.
#pragma once

#include "fence/agent_call.hpp"
#include "fence/output_keep.hpp"
#include "heartbeat/base/descriptor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace inquest::fence {

struct Launch {
    std::string program;                   ///< absolute
    std::vector<std::string> environment;  ///< `NAME=value`, and nothing but these
    std::string input;                     ///< wiped once it is passed on
    std::vector<std::string> secrets;      ///< values that are taken out of what it writes
    Duration limit{};
    std::size_t output_bytes_max = 4096;  ///< of the beginning, and again of the end
};

class Processes {
 public:
    using Id = std::uint64_t;
    using Ended = std::function<void(const ProcessEnd&)>;

    /// A program that is ended may log out of its device first: a session that is left open keeps
    /// the next one out of many a BMC.
    static constexpr Duration grace = std::chrono::milliseconds(500);
    /// Then its end is told, whether or not the kernel could finish it: it may hang in a disk.
    static constexpr Duration patience = std::chrono::seconds(2);

    explicit Processes(boost::asio::io_context& io);
    /// Kills all, and waits for none longer than `patience`.
    ~Processes();
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;

    /// `ended` is called once, later, also where the program cannot be started.
    Id start(Launch launch, Ended ended);
    /// SIGTERM, and SIGKILL after `grace`.
    void end(Id id, ProcessEnd::How why);

 private:
    struct Running;
    using Handle = std::shared_ptr<Running>;

    void spawn(const Handle& running, Launch& launch);
    void tell_later(const Handle& running);
    void read(const Handle& running, bool from_error);
    void watch(const Handle& running);
    void await_death();
    void reap();
    void leader_died(const Handle& running);
    void settle();
    bool kill_strays();
    void tell(const Handle& running);

    boost::asio::io_context& io_;
    boost::asio::signal_set deaths_;
    std::map<Id, Handle> running_;
    Id last_ = 0;
};

}  // namespace inquest::fence
