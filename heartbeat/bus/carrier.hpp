// What carries messages between nodes, whatever it is made of. Best effort: a message arrives
// whole, once, or not at all, and nothing is sent again; the ledger is built to bear that.
//
// A carrier is used from one thread. It may have threads of its own; they never call a Sink.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/bus/message.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::bus {

/// Messages that one receive() hands over at most, so that a flood cannot keep the caller.
inline constexpr std::size_t receive_limit = 256;

enum class Carrying : std::uint8_t { up, down };

constexpr std::string_view word(Carrying carrying) {
    return carrying == Carrying::up ? "up" : "down";
}

/// One path to one peer, as the carrier sees it. No evidence of life: only beats are that.
struct LinkState {
    MemberId peer;
    PathId path;
    Carrying carrying = Carrying::down;
    Duration latency{};         ///< there and back, average; 0 while unknown
    std::size_t mtu_bytes = 0;  ///< longest message that needs one datagram; 0 while unknown
    std::uint32_t downs = 0;    ///< how often it went down
};

enum class Severity : std::uint8_t { error, warning, info, debug };

struct LogLine {
    Severity severity = Severity::info;
    std::string text;
};

/// Since the carrier was started.
struct Counters {
    std::uint64_t sent = 0;  ///< messages that the carrier took
    std::uint64_t sent_bytes = 0;
    std::uint64_t received = 0;  ///< messages handed to a Sink
    std::uint64_t received_bytes = 0;
    std::uint64_t lost_full = 0;    ///< not sent: the carrier's queue was full
    std::uint64_t lost_nobody = 0;  ///< not sent: there is no such peer
    std::uint64_t lost_unread = 0;  ///< copies that arrived and found no room: receive() came late
    std::uint64_t unauthentic = 0;  ///< datagrams without our key, as far as the carrier tells
    RefusalCounts refused{};        ///< by Refusal
};

/// Who gets what a carrier has, within receive().
class Sink {
 public:
    virtual ~Sink() = default;
    virtual void heard(const Message& message) = 0;
    virtual void said(const LogLine& line) = 0;  ///< the carrier's own log
    virtual void links_changed() = 0;            ///< a peer came within reach, or left it
};

class Carrier {
 public:
    virtual ~Carrier() = default;

    /// Readable when receive() has something to do; the same as long as the carrier lives.
    virtual int fd() const = 0;

    /// Never waits and never fails: what cannot be sent now is lost, and counted.
    /// Pre: body.size() <= body_bytes_max(kind).
    virtual void send(MemberId to, Kind kind, std::span<const std::byte> body) = 0;

    /// Hands over what waits, at most receive_limit messages; fd() stays readable while more waits.
    /// The sink may send.
    virtual void receive(Sink& sink) = 0;

    /// All links to all peers, in their order. Takes locks of the carrier: for displays.
    virtual std::vector<LinkState> links() const = 0;

    virtual Counters counters() const = 0;
};

}  // namespace inquest::bus
