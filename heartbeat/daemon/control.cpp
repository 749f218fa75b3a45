#include "heartbeat/daemon/control.hpp"

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/daemon/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace inquest::daemon {
namespace {

namespace asio = boost::asio;

constexpr int backlog = 16;
/// A matrix of 32 nodes on 16 paths is about half of this.
constexpr int send_buffer_bytes = 2 * 1024 * 1024;

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
        throw Failure(fmt::format("{}: {}: make the folder writable for inquestd", name,
                                  std::strerror(bound ? errno : error)));
    }
    return fd.release();
}

}  // namespace

struct Control::Client {
    Client(asio::io_context& io, int fd) : socket(io, fd) {}

    asio::posix::stream_descriptor socket;
    std::deque<std::string> outbox;
    Reader reader = 0;             ///< not 0: reads in the diary
    std::optional<Bookmark> rest;  ///< and goes on here when the outbox is empty
    std::deque<std::string> held;  ///< what happens meanwhile, for one that follows
    bool waiting = false;          ///< has asked, and there was no time yet
    bool following = false;
    bool guards = false;   ///< it says what guests run, for as long as it stays
    bool writing = false;  ///< waits until the socket takes more
    bool gone = false;
};

Control::Control(asio::io_context& io, std::filesystem::path socket, Answers answers)
    : io_(io),
      path_(std::move(socket)),
      answers_(std::move(answers)),
      listening_(io, listening_socket(path_)) {
    accept();
}

Control::~Control() { ::unlink(path_.c_str()); }

void Control::accept() {
    listening_.async_wait(asio::posix::descriptor_base::wait_read,
                          [this](boost::system::error_code error) {
                              if (error) return;
                              const int fd = ::accept4(listening_.native_handle(), nullptr, nullptr,
                                                       SOCK_NONBLOCK | SOCK_CLOEXEC);
                              if (fd >= 0) welcome(fd);
                              accept();
                          });
}

void Control::welcome(int fd) {
    if (clients_.size() >= clients_max) {
        ::close(fd);
        return;
    }
    const int bytes = send_buffer_bytes;
    if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0) {
        ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
    clients_.push_back(std::make_shared<Client>(io_, fd));
    listen_to(clients_.back());
}

void Control::listen_to(const Handle& client) {
    client->socket.async_wait(asio::posix::descriptor_base::wait_read,
                              [this, client](boost::system::error_code error) {
                                  if (error || client->gone) return;
                                  client->waiting = true;
                                  if (answers_.has_time()) serve(client);
                              });
}

void Control::serve_waiting() {
    for (const Handle& client : clients_) {
        if (client->waiting) return serve(Handle(client));
    }
}

/// Reads one request and answers it; a client that hung up, or babbles, is let go.
void Control::serve(const Handle& client) {
    client->waiting = false;
    std::string text(wire::request_bytes_max + 1, '\0');
    const ssize_t length =
        ::recv(client->socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_TRUNC);
    const bool nothing_yet = length < 0 && (errno == EAGAIN || errno == EINTR);
    if (!nothing_yet) {
        if (length <= 0 || static_cast<std::size_t>(length) > text.size()) return part(client);
        text.resize(static_cast<std::size_t>(length));
        answer(client, text);
    }
    if (!client->gone) listen_to(client);
}

void Control::answer(const Handle& client, const std::string& text) {
    const auto request = wire::parse_request(text);
    if (!request) {
        return post(client, wire::to_text(wire::ErrorReply{request.error(), wire::Exit::usage}));
    }
    if (request->verb == wire::Verb::guard) {
        if (!may_guard(client)) {
            return post(
                client,
                wire::to_text(wire::ErrorReply{
                    {"not taken for the guard", "another one is there", "end that one first"},
                    wire::Exit::failed}));
        }
        client->guards = true;
    }
    if (request->verb != wire::Verb::events) return post(client, answers_.reply(*request));
    begin_reading(client, *request);
}

// ---- Events ------------------------------------------------------------------------------------

/// The diary answers from here up to all that was noted before; what happens from now on is told.
void Control::begin_reading(const Handle& client, const wire::Request& request) {
    if (client->reader != 0) return part(client);
    client->reader = ++last_reader_;
    client->following = request.follow == wire::Follow::yes;
    Question question{.reader = client->reader, .since = {}, .rest = {}};
    if (request.since) question.since = answers_.wall_before(*request.since);
    ask_diary(client, question);
}

void Control::ask_diary(const Handle& client, const Question& question) {
    client->rest.reset();
    if (answers_.ask_diary(question)) return;
    post(client, wire::to_text(wire::ErrorReply{
                     {"events cannot be read now", "the disk is too slow", "ask again later"},
                     wire::Exit::failed}));
    client->reader = 0;
    client->following = false;
}

void Control::page(Reader reader, Page page) {
    const auto found = std::find_if(clients_.begin(), clients_.end(),
                                    [&](const Handle& one) { return one->reader == reader; });
    if (found == clients_.end()) return;
    const Handle client = *found;
    client->rest = page.rest;
    for (std::string& event : page.events) client->outbox.push_back(std::move(event));
    if (!page.trouble.empty()) {
        client->outbox.push_back(wire::to_text(wire::ErrorReply{
            {"not all events can be read", page.trouble, "ask again"}, wire::Exit::failed}));
    }
    if (!page.rest) return end_reading(client);
    if (!client->writing) flush(client);
}

void Control::end_reading(const Handle& client) {
    client->reader = 0;
    for (std::string& event : std::exchange(client->held, {})) {
        client->outbox.push_back(std::move(event));
    }
    if (!client->following) client->outbox.emplace_back("{\"end\":true}");
    if (!client->writing) flush(client);
}

void Control::tell(const std::string& event) {
    const std::vector<Handle> all = clients_;
    for (const Handle& client : all) {
        if (!client->following) continue;
        if (client->reader == 0)
            post(client, event);
        else if (client->held.size() < outbox_max)
            client->held.push_back(event);
        else
            part(client);
    }
}

bool Control::has_followers() const {
    return std::any_of(clients_.begin(), clients_.end(),
                       [](const Handle& client) { return client->following; });
}

void Control::post(const Handle& client, std::string message) {
    if (client->gone) return;
    if (client->outbox.size() >= outbox_max) return part(client);
    client->outbox.push_back(std::move(message));
    if (!client->writing) flush(client);
}

void Control::flush(const Handle& client) {
    client->writing = false;
    while (!client->outbox.empty()) {
        const std::string& message = client->outbox.front();
        const ssize_t sent = ::send(client->socket.native_handle(), message.data(), message.size(),
                                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) {
            client->writing = true;
            client->socket.async_wait(asio::posix::descriptor_base::wait_write,
                                      [this, client](boost::system::error_code error) {
                                          if (!error && !client->gone) flush(client);
                                      });
            return;
        }
        if (sent < 0) return part(client);
        client->outbox.pop_front();
    }
    if (client->rest) {
        ask_diary(client, {.reader = client->reader, .since = {}, .rest = client->rest});
    }
}

/// Two that say what runs could contradict each other.
bool Control::may_guard(const Handle& client) const {
    return std::none_of(clients_.begin(), clients_.end(),
                        [&](const Handle& other) { return other != client && other->guards; });
}

void Control::part(const Handle& client) {
    if (!client->gone && client->guards) answers_.guard_left();
    client->gone = true;
    boost::system::error_code ignored;
    client->socket.close(ignored);
    clients_.erase(std::remove(clients_.begin(), clients_.end(), client), clients_.end());
}

}  // namespace inquest::daemon
