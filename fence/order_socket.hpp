// /run/inquest/fenced.sock: whoever orders, and is answered. SOCK_SEQPACKET, one JSON object a
// message (heartbeat/wire/fence_line.hpp).
//
// Only root, or the user that this process runs as, is listened to. A client that says what is no
// order is let go with all that it has asked: half a conversation would be worse than a new one.
#pragma once

#include "heartbeat/wire/fence_line.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace inquest::fence {

class OrderSocket {
 public:
    /// inquestd, the next inquestd while the last one still goes, and a person who looks.
    static constexpr std::size_t clients_max = 4;
    static constexpr std::size_t outbox_max = 1024;  ///< answers that wait for a slow reader

    using Client = std::uint64_t;

    struct Hearers {
        /// False: it has a number that is in use.
        std::function<bool(Client, const wire::FenceOrder&)> order;
        std::function<void(Client)> left;
        std::function<void(const std::string&)> log;
    };

    /// Throws Failure where the socket cannot be made. The caller holds the instance lock, so a
    /// socket that is already there belongs to nobody.
    OrderSocket(boost::asio::io_context& io, std::filesystem::path path, Hearers hearers);
    ~OrderSocket();
    OrderSocket(const OrderSocket&) = delete;
    OrderSocket& operator=(const OrderSocket&) = delete;

    /// Lost where the client has gone.
    void answer(Client client, const wire::FenceAnswer& answer);

 private:
    struct Connection;
    using Handle = std::shared_ptr<Connection>;

    void accept();
    void welcome(int fd);
    void listen_to(const Handle& connection);
    void hear(const Handle& connection);
    void flush(const Handle& connection);
    void part(const Handle& connection, const std::string& why);

    boost::asio::io_context& io_;
    std::filesystem::path path_;
    Hearers hearers_;
    boost::asio::posix::stream_descriptor listening_;
    std::vector<Handle> connections_;
    Client last_ = 0;
};

}  // namespace inquest::fence
