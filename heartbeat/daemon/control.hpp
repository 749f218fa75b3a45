// The control socket: `inquest` asks, the daemon answers. SOCK_SEQPACKET, one JSON object a
// message.
//
// It runs on the deciding thread, so it is bounded in everything: clients, length of a request,
// answers between two beats, messages that wait for a slow reader. A client that does not read
// loses its connection, never our time.
#pragma once

#include "heartbeat/daemon/diary_thread.hpp"
#include "heartbeat/wire/local.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace inquest::daemon {

class Control {
 public:
    static constexpr std::size_t clients_max = 32;
    static constexpr std::size_t outbox_max = 16384;  ///< messages for one client

    struct Answers {
        /// The one reply to a request that is not `events`.
        std::function<std::string(const wire::Request&)> reply;
        /// Asks for events; they come through page(). False: not now.
        std::function<bool(const Question&)> ask_diary;
        /// Where the clock on the wall stood that long ago.
        std::function<endings::Wall(Duration)> wall_before;
        /// Is there time for an answer before the next beat is due?
        std::function<bool()> has_time;
        /// Whoever guards guests has gone.
        std::function<void()> guard_left;
    };

    /// Throws Failure where the socket cannot be made. The caller holds the instance lock, so a
    /// socket that is already there belongs to nobody.
    Control(boost::asio::io_context& io, std::filesystem::path socket, Answers answers);
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    /// To everybody who follows the events.
    void tell(const std::string& event);
    /// The diary's answer. The next page is asked for when the client has taken this one.
    void page(Reader reader, Page page);
    bool has_followers() const;
    /// Answers one request that waited for time: once after each beat.
    void serve_waiting();

 private:
    struct Client;
    using Handle = std::shared_ptr<Client>;

    void accept();
    void welcome(int fd);
    void listen_to(const Handle& client);
    void serve(const Handle& client);
    void answer(const Handle& client, const std::string& text);
    void begin_reading(const Handle& client, const wire::Request& request);
    void ask_diary(const Handle& client, const Question& question);
    void end_reading(const Handle& client);
    void post(const Handle& client, std::string message);
    void flush(const Handle& client);
    void part(const Handle& client);
    bool may_guard(const Handle& client) const;

    boost::asio::io_context& io_;
    std::filesystem::path path_;
    Answers answers_;
    boost::asio::posix::stream_descriptor listening_;
    std::vector<Handle> clients_;
    Reader last_reader_ = 0;
};

}  // namespace inquest::daemon
