// The first carrier: libknet over all IP paths, every message on each of them at once, so that a
// path that dies costs neither a message nor time.
//
// knet encrypts and authenticates (AES-256, HMAC-SHA-256) with keys derived from the cluster's,
// drops what comes twice, finds each path's MTU, and cuts long messages into datagrams. It does not
// send again. Its threads run without real-time priority and signals, and share nothing with ours
// but a pair of sockets, a pipe and a few counters.
// Source: libknet.h of kronosnet 1.25.
#pragma once

#include "heartbeat/bus/carrier.hpp"
#include "heartbeat/bus/peers.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/wire/keys.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace inquest::bus {

inline constexpr std::uint16_t knet_port_default = 7741;

struct KnetOptions {
    MemberId self;
    std::uint16_t port = knet_port_default;
    Timing timing;                        ///< from which the links' timers follow
    Severity log_level = Severity::info;  ///< debug is a line for every datagram
};

class KnetBus : public Carrier {
 public:
    /// Takes about 0.2 s. Error: one sentence for a person: what, why, what to do. An address that
    /// is not here is no error while another one is: its link works as soon as the address comes.
    /// Pre: the keyring has a key, self is not among the peers.
    [[nodiscard]] static tl::expected<std::unique_ptr<KnetBus>, std::string> start(
        const KnetOptions& options, const wire::Keyring& keyring, std::span<const Peer> peers);

    /// Takes about 0.8 s: knet empties its queues and ends its threads.
    ~KnetBus() override;

    /// From now on these are the peers; others are neither heard nor sent to. Result: a sentence
    /// for everything that did not work; the rest did.
    std::vector<std::string> set_peers(std::span<const Peer> peers);

    /// Speaks the keyring's first key and understands its first two. A key is changed as for beats:
    /// add the new one last everywhere, then move it to the front everywhere, then drop the old
    /// one. Result: nothing, or a sentence; then the bus goes on as before. Pre: the keyring has a
    /// key and the tag of the same cluster.
    [[nodiscard]] std::optional<std::string> set_keys(const wire::Keyring& keyring);

    int fd() const override;
    void send(MemberId to, Kind kind, std::span<const std::byte> body) override;
    void receive(Sink& sink) override;
    std::vector<LinkState> links() const override;
    Counters counters() const override;

 private:
    struct Parts;
    explicit KnetBus(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace inquest::bus
