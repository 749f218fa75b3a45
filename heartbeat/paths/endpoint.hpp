// One end of a udp path: an IP address (v4 or v6) and a port, ready to be handed to the kernel.
//
// Endpoints of peers are made once, when the configuration is read, so that sending needs no
// conversion and no memory.
#pragma once

#include "heartbeat/base/result.hpp"

#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace inquest::paths {

inline constexpr std::uint16_t port_default = 7740;

class Endpoint {
 public:
    /// No address at all: equal only to itself, and no datagram can be sent to it.
    Endpoint() = default;

    /// `address` as in cluster.toml: "192.0.2.1" or "2001:db8::1", without brackets, prefix or
    /// zone. Error: EINVAL where it is no such text.
    [[nodiscard]] static Result<Endpoint> parse(std::string_view address, std::uint16_t port);

    int family() const { return storage_.any.sa_family; }
    std::uint16_t port() const;
    std::string address() const;  ///< "192.0.2.1", "2001:db8::1"; empty where there is none
    std::string text() const;     ///< "192.0.2.1:7740", "[2001:db8::1]:7740"

    const sockaddr* data() const { return &storage_.any; }
    sockaddr* data() { return &storage_.any; }
    socklen_t size() const;  ///< bytes of this family's socket address; 0 where there is none
    static constexpr socklen_t capacity() { return sizeof(Storage); }

    /// Same family, address and port. The zone of a link-local address is left out: a path's socket
    /// is bound to one interface, so it says nothing more.
    friend bool operator==(const Endpoint& a, const Endpoint& b);

 private:
    union Storage {
        sockaddr_in6 v6{};
        sockaddr_in v4;
        sockaddr any;
    };
    Storage storage_;
};

}  // namespace inquest::paths
