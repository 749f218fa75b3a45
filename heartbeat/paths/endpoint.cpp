#include "heartbeat/paths/endpoint.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>

namespace inquest::paths {

Result<Endpoint> Endpoint::parse(std::string_view address, std::uint16_t port) {
    const std::string text(address);
    Endpoint endpoint;
    Storage& storage = endpoint.storage_;
    if (::inet_pton(AF_INET, text.c_str(), &storage.v4.sin_addr) == 1) {
        storage.v4.sin_family = AF_INET;
        storage.v4.sin_port = htons(port);
        return endpoint;
    }
    storage.v6 = {};
    if (::inet_pton(AF_INET6, text.c_str(), &storage.v6.sin6_addr) == 1) {
        storage.v6.sin6_family = AF_INET6;
        storage.v6.sin6_port = htons(port);
        return endpoint;
    }
    return failed(EINVAL);
}

std::uint16_t Endpoint::port() const {
    if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
    if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
    return 0;
}

std::string Endpoint::address() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = family() == AF_INET ? static_cast<const void*>(&storage_.v4.sin_addr)
                                            : static_cast<const void*>(&storage_.v6.sin6_addr);
    if (::inet_ntop(family(), bytes, text.data(), text.size()) == nullptr) return {};
    return text.data();
}

std::string Endpoint::text() const {
    const std::string shown = family() == AF_INET6 ? '[' + address() + ']' : address();
    return shown + ':' + std::to_string(port());
}

socklen_t Endpoint::size() const {
    if (family() == AF_INET) return sizeof(sockaddr_in);
    if (family() == AF_INET6) return sizeof(sockaddr_in6);
    return 0;
}

bool operator==(const Endpoint& a, const Endpoint& b) {
    if (a.family() != b.family() || a.port() != b.port()) return false;
    if (a.family() == AF_INET) {
        return a.storage_.v4.sin_addr.s_addr == b.storage_.v4.sin_addr.s_addr;
    }
    return std::memcmp(&a.storage_.v6.sin6_addr, &b.storage_.v6.sin6_addr, sizeof(in6_addr)) == 0;
}

}  // namespace inquest::paths
