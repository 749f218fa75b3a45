#include "heartbeat/bus/knet_links.hpp"

#include "heartbeat/bus/address.hpp"
#include "heartbeat/bus/ground.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace inquest::bus {

namespace {

/// Answers until a link counts as up again. More would only let a healed path wait.
constexpr std::uint8_t pongs_until_up = 1;
constexpr unsigned latency_samples = 64;

time_t milliseconds(Duration duration) {
    return static_cast<time_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

const Lane* lane_on(const Peer& peer, PathId path) {
    const auto found = std::find_if(peer.lanes.begin(), peer.lanes.end(),
                                    [&](const Lane& lane) { return lane.path == path; });
    return found == peer.lanes.end() ? nullptr : &*found;
}

std::string host_complaint(MemberId id, int error) {
    return fmt::format("bus: member {}: {}: restart inquestd", id.value, std::strerror(error));
}

}  // namespace

std::vector<std::string> KnetLinks::follow(std::span<const Peer> peers, knet_handle_t handle) {
    complaints_.clear();
    remove_absent(peers, handle);
    for (const Peer& peer : peers) {
        if (!knows(peer.id)) add_host(peer.id, handle);
        if (knows(peer.id)) follow_lanes(peer, handle);
    }
    return std::exchange(complaints_, {});
}

void KnetLinks::remove_all(knet_handle_t handle) { remove_absent({}, handle); }

void KnetLinks::remove_absent(std::span<const Peer> peers, knet_handle_t handle) {
    std::vector<MemberId> absent;
    for (const auto& [id, lanes] : hosts_) {
        const auto is_it = [&, wanted = id](const Peer& peer) { return peer.id == wanted; };
        if (std::none_of(peers.begin(), peers.end(), is_it)) absent.push_back(id);
    }
    for (const MemberId id : absent) remove_host(id, handle);
}

void KnetLinks::add_host(MemberId id, knet_handle_t handle) {
    const bool added = ::knet_host_add(handle, id.value) == 0;
    if (added && ::knet_host_set_policy(handle, id.value, KNET_LINK_POLICY_ACTIVE) == 0) {
        hosts_[id];
        return;
    }
    complaints_.push_back(host_complaint(id, errno));
    if (added) ::knet_host_remove(handle, id.value);
}

void KnetLinks::follow_lanes(const Peer& peer, knet_handle_t handle) {
    const Lanes before = hosts_.at(peer.id);
    for (const auto& [path, lane] : before) {
        const Lane* const wanted = lane_on(peer, path);
        if (wanted == nullptr || *wanted != lane) remove_link(peer.id, path, handle);
    }
    for (const Lane& lane : peer.lanes) {
        const bool fits = lane.path.value < lanes_max;
        if (fits && !hosts_.at(peer.id).contains(lane.path)) add_link(peer.id, lane, handle);
    }
}

void KnetLinks::add_link(MemberId id, const Lane& lane, knet_handle_t handle) {
    for (const std::string& address : {lane.local, lane.remote}) {
        if (socket_address(address, port_)) continue;
        complaints_.push_back(address_complaint(address, port_, EINVAL));
        return;
    }
    const int error = configure(id, lane, handle);
    hosts_.at(id)[lane.path] = lane;
    if (error == 0) return;
    complaints_.push_back(address_complaint(lane.local, port_, error));
    remove_link(id, lane.path, handle);
}

/// Result: 0, or the errno of the step that failed.
int KnetLinks::configure(MemberId id, const Lane& lane, knet_handle_t handle) {
    sockaddr_storage local = *socket_address(lane.local, port_);
    sockaddr_storage remote = *socket_address(lane.remote, port_);
    const std::uint8_t link = lane.path.value;
    const bool done =
        ::knet_link_set_config(handle, id.value, link, KNET_TRANSPORT_UDP, &local, &remote, 0) ==
            0 &&
        ::knet_link_set_ping_timers(handle, id.value, link, milliseconds(timers_.interval),
                                    milliseconds(timers_.timeout), latency_samples) == 0 &&
        ::knet_link_set_pong_count(handle, id.value, link, pongs_until_up) == 0 &&
        ::knet_link_set_enable(handle, id.value, link, 1) == 0;
    return done ? 0 : errno;
}

/// Both calls may find nothing to do where the link was half made.
void KnetLinks::remove_link(MemberId id, PathId path, knet_handle_t handle) {
    ::knet_link_set_enable(handle, id.value, path.value, 0);
    ::knet_link_clear_config(handle, id.value, path.value);
    hosts_.at(id).erase(path);
}

void KnetLinks::remove_host(MemberId id, knet_handle_t handle) {
    const Lanes lanes = hosts_.at(id);
    for (const auto& [path, lane] : lanes) remove_link(id, path, handle);
    if (::knet_host_remove(handle, id.value) == 0) {
        hosts_.erase(id);
        return;
    }
    complaints_.push_back(host_complaint(id, errno));
}

std::vector<LinkState> KnetLinks::states(knet_handle_t handle) const {
    std::vector<LinkState> states;
    for (const auto& [id, lanes] : hosts_) {
        for (const auto& [path, lane] : lanes) {
            knet_link_status status{};
            if (::knet_link_get_status(handle, id.value, path.value, &status, sizeof status) != 0) {
                continue;
            }
            const Carrying carrying = status.connected != 0 ? Carrying::up : Carrying::down;
            // knet counts the beginning as a down.
            const std::uint32_t downs = std::max(status.stats.down_count, 1U) - 1;
            states.push_back(
                {id, path, carrying, std::chrono::microseconds(status.latency), status.mtu, downs});
        }
    }
    return states;
}

}  // namespace inquest::bus
