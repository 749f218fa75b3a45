#include "heartbeat/cli/client.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace inquest::cli {
namespace {

/// A reply about 32 nodes and 16 paths is below 2 MB; a longer one is not inquestd's.
constexpr std::size_t reply_bytes_max = 16 * 1024 * 1024;

constexpr const char* look_into_log = "see what it says: journalctl -u inquestd";

void set_wait(int socket, int option, std::chrono::seconds wait) {
    const timeval length{.tv_sec = wait.count(), .tv_usec = 0};
    setsockopt(socket, SOL_SOCKET, option, &length, sizeof length);
}

/// Why the daemon cannot be asked, in the words of a person who has to do something about it.
wire::ErrorReply refusal(const std::string& path, int error) {
    const std::string why = path + ": " + std::generic_category().message(error);
    switch (error) {
        case ENOENT:
        case ECONNREFUSED:
        case ENOTDIR:
            return {{"inquestd is not running", why,
                     "systemctl start inquestd; journalctl -u inquestd says why it ended"},
                    wire::Exit::failed};
        case EACCES:
        case EPERM:
            return {{"not permitted to ask inquestd", why, "run this as root"},
                    wire::Exit::not_permitted};
        case EAGAIN:
            return {
                {"inquestd does not answer",
                 "nothing came from " + path + " within " + std::to_string(wait_max.count()) + " s",
                 look_into_log},
                wire::Exit::failed};
        case EPIPE:
        case ECONNRESET:
            return {{"inquestd ended the conversation", path + " was closed before the answer",
                     look_into_log},
                    wire::Exit::failed};
        default: return {{"inquestd cannot be asked", why, look_into_log}, wire::Exit::failed};
    }
}

/// A call that a signal interrupted is made again.
template <typename Call>
auto repeated(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

}  // namespace

Client::Client(int socket, std::filesystem::path path) : socket_(socket), path_(std::move(path)) {}

Client::Client(Client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), path_(std::move(other.path_)) {}

Client::~Client() {
    if (socket_ >= 0) close(socket_);
}

wire::ErrorReply Client::trouble(int error) const { return refusal(path_.string(), error); }

Client::Or<Client> Client::connect(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / "inquestd.sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.string().size() >= sizeof address.sun_path) {
        return tl::unexpected(refusal(path.string(), ENAMETOOLONG));
    }
    std::memcpy(address.sun_path, path.c_str(), path.string().size());

    Client client(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), path);
    if (client.socket_ < 0) return tl::unexpected(client.trouble(errno));
    set_wait(client.socket_, SO_SNDTIMEO, wait_max);  // bounds connect() too, see unix(7)
    const int connected = repeated([&] {
        return ::connect(client.socket_, reinterpret_cast<const sockaddr*>(&address),
                         sizeof address);
    });
    if (connected != 0) return tl::unexpected(client.trouble(errno));
    return client;
}

Client::Or<void> Client::send(const wire::Request& request) {
    const std::string text = wire::to_text(request);
    const ssize_t sent =
        repeated([&] { return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); });
    if (sent < 0) return tl::unexpected(trouble(errno));
    return {};
}

Client::Or<std::string> Client::receive(Wait wait) {
    set_wait(socket_, SO_RCVTIMEO, wait == Wait::bounded ? wait_max : std::chrono::seconds(0));
    // The first call only asks for the message's length.
    const ssize_t length =
        repeated([&] { return recv(socket_, nullptr, 0, MSG_PEEK | MSG_TRUNC); });
    if (length < 0) return tl::unexpected(trouble(errno));
    if (length == 0) return tl::unexpected(trouble(EPIPE));
    if (static_cast<std::size_t>(length) > reply_bytes_max) {
        return tl::unexpected(trouble(EMSGSIZE));
    }
    std::string text(static_cast<std::size_t>(length), '\0');
    const ssize_t taken = repeated([&] { return recv(socket_, text.data(), text.size(), 0); });
    if (taken < 0) return tl::unexpected(trouble(errno));
    text.resize(static_cast<std::size_t>(taken));
    if (auto error = wire::parse_error_reply(text)) return tl::unexpected(std::move(*error));
    return text;
}

}  // namespace inquest::cli
