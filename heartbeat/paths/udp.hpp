// A udp path of this node: one socket, bound to one interface and one address, that sends a beat to
// all peers in one system call and hands over what arrived, with the instant at which it did.
//
// It decides nothing about datagrams. Whoever may speak is known by the MAC alone (heartbeat/wire);
// the source of a datagram proves nothing, is not checked here, and is good for counting only.
//
// Sources: ip(7), ipv6(7), udp(7), socket(7), sendmmsg(2), recvmmsg(2).
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/result.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/arrival.hpp"
#include "heartbeat/paths/endpoint.hpp"
#include "heartbeat/paths/error_counts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace inquest::paths {

/// Longer datagrams are refused: a beat has at most 1,200 bytes.
inline constexpr std::size_t datagram_max_bytes = 1280;
inline constexpr std::size_t receive_batch = 64;
inline constexpr std::size_t drain_limit = 4096;
inline constexpr std::size_t receive_buffer_wanted_bytes = 4 * 1024 * 1024;

struct UdpOptions {
    std::string interface;  ///< empty: the one that carries the address when the socket is opened
    std::string address;    ///< of this node on this path
    std::uint16_t port = port_default;

    friend bool operator==(const UdpOptions&, const UdpOptions&) = default;
};

/// Everything since the path was made; opening the socket anew does not reset it.
struct UdpCounters {
    std::uint64_t sent = 0;          ///< datagrams that the kernel took
    std::uint64_t lost_full = 0;     ///< datagrams not sent, because a queue was full
    std::uint64_t lost_closed = 0;   ///< datagrams not sent, because the socket was not open
    std::uint64_t received = 0;      ///< datagrams read, refused ones included
    std::uint64_t oversized = 0;     ///< datagrams refused, because they are too long
    std::uint64_t unstamped = 0;     ///< datagrams without the kernel's stamp
    std::uint64_t kernel_drops = 0;  ///< datagrams that the kernel dropped at this socket
    ErrorCounts send_errors;         ///< each is one datagram lost, full queues not included
    ErrorCounts receive_errors;
};

/// What one drain did.
struct Drained {
    std::size_t datagrams = 0;
    bool complete = true;  ///< the socket is empty now; false: the limit came first, or an error
    std::uint64_t kernel_drops = 0;  ///< since the drain before
};

class UdpPath {
 public:
    explicit UdpPath(UdpOptions options);
    UdpPath(UdpPath&&) noexcept;
    UdpPath& operator=(UdpPath&&) noexcept;
    ~UdpPath();

    /// Makes the socket; a former one is closed first, so this also picks up an interface that came
    /// back. Errors: EINVAL (address), ENODEV (no such interface), EADDRNOTAVAIL (address not here,
    /// or not usable yet), EADDRINUSE, and whatever socket(2) says; `complaint` has the words.
    [[nodiscard]] Result<void> open(Instant now);
    void close() { socket_.close(); }
    /// Another place for the path: closed, until it is opened there. The counters go on.
    void move(UdpOptions options);
    bool is_open() const { return socket_.is_open(); }

    /// Readable when something has arrived; for the event loop. -1 while closed; `open` changes it.
    int fd() const { return socket_.get(); }

    /// The same bytes to each of `to`, as one batch. Never waits, never tries again: what the
    /// kernel does not take is a lost datagram, and counted. Pre: to.size() <= members_max.
    void send(std::span<const std::byte> datagram, std::span<const Endpoint> to);
    void send(std::span<const std::byte> datagram, const Endpoint& to) {
        send(datagram, std::span(&to, 1));
    }

    /// Calls sink(std::span<const std::byte>, const Endpoint& from, Instant arrived) for every
    /// datagram that waits, until none is left or `limit` were read; both arguments live until sink
    /// returns. Sink may send, but not open or close. `clocks` are read by the caller just before.
    template <typename Sink>
    Drained drain(const Clocks& clocks, Sink&& sink, std::size_t limit = drain_limit);

    const UdpCounters& counters() const { return counters_; }
    const UdpOptions& options() const { return options_; }
    const std::string& interface() const { return interface_; }  ///< bound to; empty before open
    std::size_t receive_buffer_bytes() const { return receive_buffer_bytes_; }  ///< as read back

 private:
    struct Buffers;
    enum class Queue : std::uint8_t { empty, perhaps_more };
    struct Batch {
        std::size_t datagrams = 0;
        Queue queue = Queue::empty;
    };
    struct Datagram {
        std::span<const std::byte> bytes;
        const Endpoint& from;
        Instant arrived;
        bool whole;
    };

    Batch receive(std::size_t datagrams_max);
    Datagram received(std::size_t place, const Clocks& clocks);
    std::uint64_t new_kernel_drops();

    UdpOptions options_;
    std::string interface_;
    Descriptor socket_;
    Instant emptied_{};
    std::size_t receive_buffer_bytes_ = 0;
    std::uint32_t kernel_drops_seen_ = 0;
    UdpCounters counters_;
    std::unique_ptr<Buffers> buffers_;
};

/// One sentence for a person about a failed `open`: what, why, what to do.
std::string complaint(const UdpOptions& options, std::error_code error);

template <typename Sink>
Drained UdpPath::drain(const Clocks& clocks, Sink&& sink, std::size_t limit) {
    Drained drained;
    if (!is_open()) return drained;
    drained.complete = false;
    while (!drained.complete && drained.datagrams < limit) {
        const Batch batch = receive(std::min(receive_batch, limit - drained.datagrams));
        for (std::size_t i = 0; i < batch.datagrams; ++i) {
            const Datagram datagram = received(i, clocks);
            if (datagram.whole) sink(datagram.bytes, datagram.from, datagram.arrived);
        }
        drained.datagrams += batch.datagrams;
        if (batch.queue == Queue::empty)
            drained.complete = true;
        else if (batch.datagrams == 0)
            break;  // an error that does not go away
    }
    if (drained.complete) emptied_ = clocks.now;
    drained.kernel_drops = new_kernel_drops();
    return drained;
}

}  // namespace inquest::paths
