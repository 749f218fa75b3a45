#include "heartbeat/bus/address.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <unistd.h>

namespace inquest::bus {

std::optional<sockaddr_storage> socket_address(std::string_view text, std::uint16_t port) {
    const std::string address(text);  // inet_pton wants an end
    sockaddr_storage storage{};
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
        std::memcpy(&storage, &v4, sizeof v4);
        return storage;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
        std::memcpy(&storage, &v6, sizeof v6);
        return storage;
    }
    return std::nullopt;
}

int bind_error(const sockaddr_storage& address) {
    const int socket = ::socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return errno;
    const socklen_t size =
        address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    const int error = ::bind(socket, any, size) == 0 ? 0 : errno;
    ::close(socket);
    return error;
}

}  // namespace inquest::bus
