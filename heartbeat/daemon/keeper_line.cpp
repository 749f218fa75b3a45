#include "heartbeat/daemon/keeper_line.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/socket.h>

namespace inquest::daemon {

std::optional<wire::Testament> testament_of(const Node& node, const config::HostConfig& config,
                                            const wire::Keyring& keyring) {
    auto will = node.will();
    if (!will) return std::nullopt;
    wire::Testament testament{
        .will = *will, .cluster = keyring.cluster(), .key_id = keyring.signing()};
    const auto key = keyring.key(0);
    std::copy(key.begin(), key.end(), testament.key.begin());
    for (const PathId path : will->speaks_on) {
        const config::Endpoint* own = config.endpoint(config.self, path);
        // A keeper speaks on networks alone: it must never wait for a disk.
        if (own == nullptr || own->address.family == config::Family::slot) continue;
        wire::Testament::Way way{path,
                                 config.interfaces[path.value].name,
                                 own->address.text,
                                 config.ports[path.value],
                                 {}};
        for (const config::Endpoint& other : config.endpoints) {
            if (other.path == path && other.member != config.self)
                way.peers.push_back(other.address.text);
        }
        testament.ways.push_back(std::move(way));
    }
    return testament;
}

bool KeeperLine::leave(std::optional<wire::Testament>&& testament) {
    wire::Bytes bytes;
    if (line_.is_open()) bytes = wire::encode(testament);
    if (testament) wire::wipe(*testament);
    if (!line_.is_open()) return true;
    const ssize_t sent =
        ::send(line_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    const bool taken = sent == static_cast<ssize_t>(bytes.size());
    wire::wipe(bytes);
    return taken;
}

bool KeeperLine::ask(const wire::WatchdogOrder& order) {
    const wire::Bytes bytes = wire::encode(order);
    if (wire::decode_watchdog_order(bytes) != order) return false;  // a text is too long
    return ::send(line_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
}

std::optional<KeeperLine::News> KeeperLine::take() {
    if (!line_.is_open()) return std::nullopt;
    std::array<std::byte, wire::watchdog_message_bytes_max> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> extra{};
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = extra.data();
    message.msg_controllen = extra.size();
    const ssize_t length = ::recvmsg(line_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length <= 0) return std::nullopt;
    Descriptor fd;
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        int handed = -1;
        std::memcpy(&handed, CMSG_DATA(header), sizeof handed);
        fd = Descriptor(handed);
    }
    auto told =
        wire::decode_watchdog_news(std::span(bytes).first(static_cast<std::size_t>(length)));
    if (!told) return std::nullopt;
    return News{std::move(*told), std::move(fd)};
}

}  // namespace inquest::daemon
