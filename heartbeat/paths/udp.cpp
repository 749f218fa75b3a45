#include "heartbeat/paths/udp.hpp"

#include "heartbeat/base/assert.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <ifaddrs.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <sys/uio.h>

namespace inquest::paths {

namespace {

constexpr int traffic_class = 0xc0;  // DSCP CS6 (RFC 4594: network control), shifted by two bits
constexpr int queue_priority = 6;    // the highest that needs no privilege
constexpr int errors_per_receive = 16;

using ControlBuffer = std::array<std::byte, CMSG_SPACE(sizeof(timespec))>;

bool queue_full(int error) { return error == EAGAIN || error == ENOBUFS || error == ENOMEM; }

struct Option {
    int level;
    int name;
    int value;
};

/// Path MTU discovery is "interface": a beat that does not fit the interface is an error at once
/// and is never cut into fragments here, and a forged "fragmentation needed" is not believed. The
/// priority comes after the traffic class, because IP_TOS sets the priority as well.
constexpr std::array options_v4{
    Option{IPPROTO_IP, IP_TOS, traffic_class},
    Option{IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE},
    Option{SOL_SOCKET, SO_PRIORITY, queue_priority},
    Option{SOL_SOCKET, SO_TIMESTAMPNS, 1},
};
constexpr std::array options_v6{
    Option{IPPROTO_IPV6, IPV6_V6ONLY, 1},
    Option{IPPROTO_IPV6, IPV6_TCLASS, traffic_class},
    Option{IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_INTERFACE},
    Option{SOL_SOCKET, SO_PRIORITY, queue_priority},
    Option{SOL_SOCKET, SO_TIMESTAMPNS, 1},
};

Result<void> done(int code) {
    if (code != 0) return failed(errno);
    return {};
}

Result<void> set(const Descriptor& socket, const Option& option) {
    constexpr socklen_t size = sizeof option.value;
    return done(::setsockopt(socket.get(), option.level, option.name, &option.value, size));
}

Result<void> set_all(const Descriptor& socket, std::span<const Option> options) {
    for (const Option& option : options) {
        if (const auto taken = set(socket, option); !taken) return taken;
    }
    return {};
}

/// The kernel cuts a name that is too long, and would bind to another interface.
Result<void> bind_to_interface(const Descriptor& socket, const std::string& interface) {
    if (interface.size() >= IFNAMSIZ) return failed(ENODEV);
    const auto size = static_cast<socklen_t>(interface.size());
    return done(::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(), size));
}

/// Asks for the whole buffer where that is permitted, else for what anybody may have.
/// Result: the size that the kernel counts with, which is twice what it granted.
std::size_t grow_receive_buffer(const Descriptor& socket) {
    constexpr int wanted = static_cast<int>(receive_buffer_wanted_bytes);
    if (!set(socket, {SOL_SOCKET, SO_RCVBUFFORCE, wanted})) {
        static_cast<void>(set(socket, {SOL_SOCKET, SO_RCVBUF, wanted}));
    }
    int granted = 0;
    socklen_t size = sizeof granted;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &granted, &size);
    return static_cast<std::size_t>(granted);
}

Endpoint endpoint_of(const sockaddr* address) {
    Endpoint endpoint;
    if (address == nullptr) return endpoint;
    if (address->sa_family == AF_INET) std::memcpy(endpoint.data(), address, sizeof(sockaddr_in));
    if (address->sa_family == AF_INET6) std::memcpy(endpoint.data(), address, sizeof(sockaddr_in6));
    return endpoint;
}

/// The interface that carries `local` now.
Result<std::string> interface_of(const Endpoint& local) {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return failed(errno);
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (endpoint_of(entry->ifa_addr).address() == local.address()) return entry->ifa_name;
    }
    return failed(EADDRNOTAVAIL);
}

/// All options before the address: from then on the socket hears, and its stamps must be right.
Result<Descriptor> make_socket(const Endpoint& local, const std::string& interface) {
    Descriptor socket(::socket(local.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return failed(errno);
    const bool v6 = local.family() == AF_INET6;
    return bind_to_interface(socket, interface)
        .and_then([&] { return v6 ? set_all(socket, options_v6) : set_all(socket, options_v4); })
        .and_then([&] { return done(::bind(socket.get(), local.data(), local.size())); })
        .map([&] { return std::move(socket); });
}

std::optional<Duration> kernel_stamp(msghdr& header) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        return std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec);
    }
    return std::nullopt;
}

}  // namespace

/// Everything that sendmmsg and recvmmsg read and write, made once.
struct UdpPath::Buffers {
    std::array<mmsghdr, members_max> outgoing{};
    iovec outgoing_bytes{};

    std::array<mmsghdr, receive_batch> incoming{};
    std::array<iovec, receive_batch> incoming_bytes{};
    std::array<Endpoint, receive_batch> sources{};
    alignas(cmsghdr) std::array<ControlBuffer, receive_batch> controls{};
    std::array<std::array<std::byte, datagram_max_bytes>, receive_batch> datagrams{};

    Buffers() {
        for (mmsghdr& message : outgoing) {
            message.msg_hdr.msg_iov = &outgoing_bytes;
            message.msg_hdr.msg_iovlen = 1;
        }
        for (std::size_t i = 0; i < receive_batch; ++i) {
            incoming_bytes[i] = {datagrams[i].data(), datagrams[i].size()};
            msghdr& header = incoming[i].msg_hdr;
            header.msg_iov = &incoming_bytes[i];
            header.msg_iovlen = 1;
            header.msg_name = sources[i].data();
            header.msg_control = controls[i].data();
        }
    }

    // The kernel takes both for reading only; its structures do not say so.
    void fill_outgoing(std::span<const std::byte> datagram, std::span<const Endpoint> to) {
        outgoing_bytes = {const_cast<std::byte*>(datagram.data()), datagram.size()};
        for (std::size_t i = 0; i < to.size(); ++i) {
            outgoing[i].msg_hdr.msg_name = const_cast<sockaddr*>(to[i].data());
            outgoing[i].msg_hdr.msg_namelen = to[i].size();
        }
    }

    // recvmmsg writes the lengths that it used over the lengths that it may use.
    void make_room(std::size_t messages) {
        for (std::size_t i = 0; i < messages; ++i) {
            incoming[i].msg_hdr.msg_namelen = Endpoint::capacity();
            incoming[i].msg_hdr.msg_controllen = sizeof(ControlBuffer);
        }
    }
};

UdpPath::UdpPath(UdpOptions options)
    : options_(std::move(options)), buffers_(std::make_unique<Buffers>()) {}
UdpPath::UdpPath(UdpPath&&) noexcept = default;
UdpPath& UdpPath::operator=(UdpPath&&) noexcept = default;
UdpPath::~UdpPath() = default;

Result<void> UdpPath::open(Instant now) {
    close();  // first, for its address and port must be free again
    const Result<Endpoint> local = Endpoint::parse(options_.address, options_.port);
    if (!local) return tl::unexpected(local.error());
    Result<std::string> interface = options_.interface;
    if (interface->empty()) interface = interface_of(*local);
    if (!interface) return tl::unexpected(interface.error());

    Result<Descriptor> socket = make_socket(*local, *interface);
    if (!socket) return tl::unexpected(socket.error());
    receive_buffer_bytes_ = grow_receive_buffer(*socket);
    socket_ = std::move(*socket);
    interface_ = std::move(*interface);
    emptied_ = now;
    kernel_drops_seen_ = 0;
    return {};
}

void UdpPath::move(UdpOptions options) {
    close();
    options_ = std::move(options);
    interface_.clear();
}

void UdpPath::send(std::span<const std::byte> datagram, std::span<const Endpoint> to) {
    INQUEST_ASSERT(to.size() <= members_max);
    if (!is_open()) {
        counters_.lost_closed += to.size();
        return;
    }
    buffers_->fill_outgoing(datagram, to);
    std::size_t next = 0;
    while (next < to.size()) {
        const std::size_t left = to.size() - next;
        const int taken = ::sendmmsg(socket_.get(), &buffers_->outgoing[next],
                                     static_cast<unsigned>(left), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken > 0) {
            counters_.sent += static_cast<std::uint64_t>(taken);
            next += static_cast<std::size_t>(taken);
        } else if (queue_full(errno)) {
            counters_.lost_full += left;
            return;
        } else {
            // The error belongs to the first one left; the others may be reachable.
            counters_.send_errors.count(errno);
            ++next;
        }
    }
}

/// One recvmmsg. Errors that wait at the socket are taken off and counted; they are no datagrams.
/// Fewer datagrams than asked for mean that the kernel found the queue empty.
UdpPath::Batch UdpPath::receive(std::size_t datagrams_max) {
    for (int errors = 0; errors < errors_per_receive; ++errors) {
        buffers_->make_room(datagrams_max);
        const int taken = ::recvmmsg(socket_.get(), buffers_->incoming.data(),
                                     static_cast<unsigned>(datagrams_max), MSG_DONTWAIT, nullptr);
        if (taken >= 0) {
            const auto datagrams = static_cast<std::size_t>(taken);
            counters_.received += datagrams;
            return {datagrams, datagrams < datagrams_max ? Queue::empty : Queue::perhaps_more};
        }
        if (errno == EAGAIN) return {0, Queue::empty};
        counters_.receive_errors.count(errno);
    }
    return {0, Queue::perhaps_more};
}

UdpPath::Datagram UdpPath::received(std::size_t place, const Clocks& clocks) {
    mmsghdr& message = buffers_->incoming[place];
    const bool whole = (message.msg_hdr.msg_flags & MSG_TRUNC) == 0;
    if (!whole) ++counters_.oversized;
    const std::optional<Duration> stamp = kernel_stamp(message.msg_hdr);
    if (!stamp) ++counters_.unstamped;
    return {std::span(buffers_->datagrams[place]).first(message.msg_len), buffers_->sources[place],
            arrival(stamp, clocks, emptied_), whole};
}

/// The socket's own count. The one that SO_RXQ_OVFL attaches to datagrams is as old as the
/// datagram: drops behind a full queue would be told only with the first datagram after them.
std::uint64_t UdpPath::new_kernel_drops() {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return 0;
    const std::uint32_t drops = memory[SK_MEMINFO_DROPS] - kernel_drops_seen_;  // may wrap round
    kernel_drops_seen_ = memory[SK_MEMINFO_DROPS];
    counters_.kernel_drops += drops;
    return drops;
}

std::string complaint(const UdpOptions& options, std::error_code error) {
    const std::string& address = options.address;
    const std::string where = options.interface.empty() ? "this node" : options.interface;
    switch (error.value()) {
        case EINVAL:
            return fmt::format("{}: not an IPv4 or IPv6 address: correct it in cluster.toml",
                               address);
        case ENODEV:
            return fmt::format("{}: no such interface: correct its name in node.toml", where);
        case EADDRNOTAVAIL:
            return fmt::format("{}: not a usable address of {}: look at `ip address`", address,
                               where);
        case EADDRINUSE:
            return fmt::format("{} port {}: in use by another program: `ss -ulpn` shows which",
                               address, options.port);
        case EPERM:
        case EACCES:
            return fmt::format(
                "{}: not permitted: run as root, or give CAP_NET_RAW and CAP_NET_ADMIN", address);
        default:
            return fmt::format("{}: {}: look at `ip address` and the kernel's log", address,
                               error.message());
    }
}

}  // namespace inquest::paths
