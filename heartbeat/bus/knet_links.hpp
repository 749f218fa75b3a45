// knet's hosts and links, kept equal to a list of peers.
#pragma once

#include "heartbeat/bus/carrier.hpp"
#include "heartbeat/bus/knet_api.hpp"
#include "heartbeat/bus/peers.hpp"
#include "heartbeat/bus/ping_timers.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace inquest::bus {

class KnetLinks {
 public:
    KnetLinks(PingTimers timers, std::uint16_t port) : timers_(timers), port_(port) {}

    /// Removes, changes and adds what differs; what stays the same is not touched. Result: a
    /// sentence for everything that did not work; the rest did, and the next call tries again.
    std::vector<std::string> follow(std::span<const Peer> peers, knet_handle_t handle);

    void remove_all(knet_handle_t handle);

    bool knows(MemberId peer) const { return hosts_.contains(peer); }
    std::vector<LinkState> states(knet_handle_t handle) const;

 private:
    using Lanes = std::map<PathId, Lane>;

    void add_host(MemberId id, knet_handle_t handle);
    void follow_lanes(const Peer& peer, knet_handle_t handle);
    void add_link(MemberId id, const Lane& lane, knet_handle_t handle);
    int configure(MemberId id, const Lane& lane, knet_handle_t handle);
    void remove_link(MemberId id, PathId path, knet_handle_t handle);
    void remove_host(MemberId id, knet_handle_t handle);
    void remove_absent(std::span<const Peer> peers, knet_handle_t handle);

    PingTimers timers_;
    std::uint16_t port_;
    std::map<MemberId, Lanes> hosts_;
    std::vector<std::string> complaints_;  ///< of the call that runs
};

}  // namespace inquest::bus
