#include "fence/order_socket.hpp"

#include "fence/failure.hpp"
#include "heartbeat/base/descriptor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace inquest::fence {
namespace {

namespace asio = boost::asio;

constexpr int backlog = 4;

int listening_socket(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path.string();
    if (name.size() >= sizeof address.sun_path) {
        throw Failure(
            fmt::format("{}: the name is too long for a socket: choose a shorter --run", name));
    }
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    ::unlink(name.c_str());
    Descriptor fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const mode_t before = ::umask(0177);
    const bool bound =
        ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int error = errno;
    ::umask(before);
    if (!bound || ::listen(fd.get(), backlog) != 0) {
        throw Failure(fmt::format("{}: {}: make the folder writable for inquest-fenced", name,
                                  std::strerror(bound ? errno : error)));
    }
    return fd.release();
}

bool may_order(int fd) {
    ucred peer{};
    socklen_t length = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == ::geteuid());
}

}  // namespace

struct OrderSocket::Connection {
    Connection(asio::io_context& io, int fd, Client is) : client(is), socket(io, fd) {}

    Client client;
    asio::posix::stream_descriptor socket;
    std::deque<std::string> outbox;
    bool is_writing = false;  ///< waits until the socket takes more
    bool is_gone = false;
};

OrderSocket::OrderSocket(asio::io_context& io, std::filesystem::path path, Hearers hearers)
    : io_(io),
      path_(std::move(path)),
      hearers_(std::move(hearers)),
      listening_(io, listening_socket(path_)) {
    accept();
}

OrderSocket::~OrderSocket() { ::unlink(path_.c_str()); }

void OrderSocket::accept() {
    listening_.async_wait(asio::posix::descriptor_base::wait_read,
                          [this](boost::system::error_code error) {
                              if (error) return;
                              const int fd = ::accept4(listening_.native_handle(), nullptr, nullptr,
                                                       SOCK_NONBLOCK | SOCK_CLOEXEC);
                              if (fd >= 0) welcome(fd);
                              accept();
                          });
}

void OrderSocket::welcome(int fd) {
    const bool allowed = may_order(fd);
    if (!allowed || connections_.size() >= clients_max) {
        hearers_.log(fmt::format("client=refused why=\"{}\"",
                                 allowed ? "there are too many" : "it is neither root nor us"));
        ::close(fd);
        return;
    }
    connections_.push_back(std::make_shared<Connection>(io_, fd, ++last_));
    listen_to(Handle(connections_.back()));
}

void OrderSocket::listen_to(const Handle& connection) {
    connection->socket.async_wait(asio::posix::descriptor_base::wait_read,
                                  [this, connection](boost::system::error_code error) {
                                      if (!error && !connection->is_gone) hear(connection);
                                  });
}

void OrderSocket::hear(const Handle& connection) {
    std::string text(wire::fence_message_bytes_max + 1, '\0');
    const ssize_t length = ::recv(connection->socket.native_handle(), text.data(), text.size(),
                                  MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return listen_to(connection);
    if (length <= 0) return part(connection, "");
    if (static_cast<std::size_t>(length) > wire::fence_message_bytes_max)
        return part(connection, "a message is too long");
    text.resize(static_cast<std::size_t>(length));
    const auto order = wire::parse_fence_order(text);
    if (!order) return part(connection, "not an order: " + order.error());
    if (!hearers_.order(connection->client, *order))
        return part(connection, "an order has the number of one that runs");
    if (!connection->is_gone) listen_to(connection);
}

void OrderSocket::answer(Client client, const wire::FenceAnswer& answer) {
    const auto found =
        std::find_if(connections_.begin(), connections_.end(),
                     [&](const Handle& connection) { return connection->client == client; });
    if (found == connections_.end()) return;
    const Handle connection = *found;
    if (connection->outbox.size() >= outbox_max)
        return part(connection, "it does not read its answers");
    connection->outbox.push_back(wire::to_text(answer));
    if (!connection->is_writing) flush(connection);
}

void OrderSocket::flush(const Handle& connection) {
    connection->is_writing = false;
    while (!connection->outbox.empty()) {
        const std::string& message = connection->outbox.front();
        const ssize_t sent = ::send(connection->socket.native_handle(), message.data(),
                                    message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) {
            connection->is_writing = true;
            connection->socket.async_wait(asio::posix::descriptor_base::wait_write,
                                          [this, connection](boost::system::error_code error) {
                                              if (!error && !connection->is_gone) flush(connection);
                                          });
            return;
        }
        if (sent < 0) return part(connection, "");
        connection->outbox.pop_front();
    }
}

void OrderSocket::part(const Handle& connection, const std::string& why) {
    if (std::exchange(connection->is_gone, true)) return;
    if (!why.empty()) hearers_.log(fmt::format("client=dismissed why=\"{}\"", why));
    boost::system::error_code ignored;
    connection->socket.close(ignored);
    std::erase(connections_, connection);
    hearers_.left(connection->client);
}

}  // namespace inquest::fence
