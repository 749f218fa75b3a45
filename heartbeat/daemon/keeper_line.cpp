#include "heartbeat/daemon/keeper_line.hpp"

#include <algorithm>
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
        if (own == nullptr) continue;
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

}  // namespace inquest::daemon
