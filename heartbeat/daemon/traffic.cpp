#include "heartbeat/daemon/traffic.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/daemon/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

paths::UdpOptions options_of(const config::HostConfig& config, PathId path) {
    const config::Endpoint* own = config.endpoint(config.self, path);
    return {config.interfaces[path.value].name, own == nullptr ? "" : own->address.text,
            config.ports[path.value]};
}

paths::Endpoint endpoint_of(const config::Endpoint& endpoint, std::uint16_t port) {
    const auto parsed = paths::Endpoint::parse(endpoint.address.text, port);
    INQUEST_ASSERT(parsed.has_value());  // the configuration was checked
    return *parsed;
}

constexpr int farewell_intervals = 3;

bool is_here(const config::HostConfig& config, PathId path) {
    return config.cluster.paths[path.value].admin == Switched::on &&
           config.endpoint(config.self, path) != nullptr;
}

Port make_port(const config::HostConfig& config, PathId path) {
    return {paths::UdpPath(options_of(config, path)),
            {},
            {},
            {},
            {},
            false,
            false,
            "not looked at yet",
            "",
            {}};
}

void set_peers(Port& port, const config::HostConfig& config, PathId path) {
    port.here = is_here(config, path);
    port.peers.clear();
    port.everybody.clear();
    for (const config::Endpoint& endpoint : config.endpoints) {
        if (endpoint.path != path || endpoint.member == config.self) continue;
        port.peers.emplace_back(endpoint.member, endpoint_of(endpoint, config.ports[path.value]));
        port.everybody.push_back(port.peers.back().second);
    }
}

bool has_member(const config::HostConfig& config, MemberId id) {
    return std::any_of(config.cluster.members.begin(), config.cluster.members.end(),
                       [id](const MemberConfig& member) { return member.id == id; });
}

void bid_farewell(Port& port, const config::HostConfig& config, Instant until) {
    port.removed.clear();
    port.removed_until = until;
    for (const auto& [member, endpoint] : port.peers) {
        if (!has_member(config, member)) port.removed.push_back(endpoint);
    }
}

bool is_fault_of_the_day(const std::error_code& error) {
    return error.value() == ENODEV || error.value() == EADDRNOTAVAIL || error.value() == ENETDOWN;
}

}  // namespace

Traffic::Traffic(const config::HostConfig& config, wire::Keyring keyring)
    : self_(config.self), keyring_(std::move(keyring)) {
    for (std::size_t i = 0; i < config.cluster.paths.size(); ++i) {
        const PathId path(static_cast<std::uint8_t>(i));
        ports_.push_back(make_port(config, path));
        set_peers(ports_.back(), config, path);
    }
}

void Traffic::reconfigure(const config::HostConfig& config, Instant now) {
    const Instant until = now + farewell_intervals * config.cluster.timing.beat_interval;
    for (std::size_t i = 0; i < config.cluster.paths.size(); ++i) {
        const PathId path(static_cast<std::uint8_t>(i));
        if (i == ports_.size()) ports_.push_back(make_port(config, path));
        Port& port = ports_[i];
        const bool stays =
            is_here(config, path) && port.socket.options() == options_of(config, path);
        if (!stays) {
            port.socket.move(options_of(config, path));
            port.link_good = false;
            port.link_reason = "not looked at yet";
            port.socket_reason.clear();
        }
        bid_farewell(port, config, until);
        set_peers(port, config, path);
    }
}

void Traffic::open(Instant now) {
    for (std::size_t path = 0; path < ports_.size(); ++path) {
        if (!ports_[path].here) continue;
        ports_[path].tried = now;
        const auto opened = ports_[path].socket.open(now);
        if (opened) continue;
        ports_[path].socket_reason =
            paths::complaint(ports_[path].socket.options(), opened.error());
        if (!is_fault_of_the_day(opened.error())) throw Failure(ports_[path].socket_reason);
    }
}

void Traffic::open(std::size_t path, Instant now) {
    Port& port = ports_[path];
    port.tried = now;
    const auto opened = port.socket.open(now);
    port.socket_reason = opened ? "" : paths::complaint(port.socket.options(), opened.error());
}

void Traffic::drain(const Clocks& clocks, Node& node, Actions& out) {
    for (std::size_t i = 0; i < ports_.size(); ++i) {
        Port& port = ports_[i];
        if (!port.socket.is_open()) continue;
        const PathId path(static_cast<std::uint8_t>(i));
        const paths::Drained drained = port.socket.drain(
            clocks,
            [&](std::span<const std::byte> datagram, const paths::Endpoint& from, Instant arrived) {
                take(datagram, {path, from, arrived, clocks.now}, node, out);
            });
        if (!drained.complete || drained.kernel_drops > 0)
            node.step(clocks.now, Overrun{path}, out);
    }
}

void Traffic::take(std::span<const std::byte> datagram, const Came& came, Node& node,
                   Actions& out) {
    const auto decoded = wire::decode(datagram, keyring_, beat_);
    if (decoded) {
        if (!node.roster().place(beat_.sender) && beat_.via == nobody)
            meet_stranger(came, decoded->id);
        const bool retired = decoded->key == wire::Signature::Key::retired;
        node.step(came.now, BeatHeard{beat_, came.path, came.arrived, retired}, out);
        return;
    }
    if (decoded.error() == wire::Refusal::magic) {
        const auto dismissal = wire::decode_dismissal(datagram, keyring_);
        if (dismissal && dismissal->removed == self_) {
            dismissal_ = *dismissal;
            return;
        }
    }
    ++refused_[static_cast<std::size_t>(decoded.error())];
}

void Traffic::meet_stranger(const Came& came, wire::KeyId key) {
    answer_stranger(came, key);
    // What came by a wrong cable shows no address of the path that it names.
    if (met_ && beat_.path == came.path) met_(beat_.sender, came.path, came.from);
}

/// Seldom, so that nobody who plays old beats again gets more out of it than went in.
void Traffic::answer_stranger(const Came& came, wire::KeyId key) {
    if (!removed_at_ || came.now - stranger_answered_ < 1s) return;
    const auto index = removed_at_(beat_.sender);
    if (!index) return;
    stranger_answered_ = came.now;
    const auto bytes = wire::encode(wire::Dismissal{self_, beat_.sender, *index}, keyring_, key);
    if (bytes) ports_[came.path.value].socket.send(*bytes, came.from);
}

void Traffic::send(const Action& action, Instant now) {
    if (const auto* send = std::get_if<SendBeat>(&action)) {
        Port& port = ports_[send->beat.path.value];
        const std::size_t size = wire::encode(send->beat, keyring_, bytes_);
        port.socket.send(std::span(bytes_).first(size), port.everybody);
        if (now < port.removed_until) port.socket.send(std::span(bytes_).first(size), port.removed);
    } else if (const auto* relay = std::get_if<RelayBeat>(&action)) {
        Port& port = ports_[relay->path.value];
        const auto to = std::find_if(port.peers.begin(), port.peers.end(),
                                     [&](const auto& peer) { return peer.first == relay->to; });
        if (to == port.peers.end()) return;
        const std::size_t size = wire::encode(relay->beat, keyring_, bytes_);
        port.socket.send(std::span(bytes_).first(size), to->second);
    }
}

void Traffic::link_changed(const netmon::Change& change, Instant now, Node& node, Actions& out) {
    Port& port = ports_[change.path.value];
    port.link_good = change.good;
    port.link_reason = change.reason;
    if (change.reopen || (change.good && !port.socket.is_open())) open(change.path.value, now);
    tell(change.path.value, now, node, out);
}

void Traffic::mend(Instant now, Node& node, Actions& out) {
    for (std::size_t path = 0; path < ports_.size(); ++path) {
        Port& port = ports_[path];
        if (!port.here || port.socket.is_open() || now - port.tried < 1s) continue;
        open(path, now);
        if (port.socket.is_open()) tell(path, now, node, out);
    }
}

void Traffic::tell(std::size_t path, Instant now, Node& node, Actions& out) const {
    const Port& port = ports_[path];
    const PathId id(static_cast<std::uint8_t>(path));
    if (!port.link_good)
        node.step(now, LocalHalfBroken{id, port.link_reason}, out);
    else if (!port.socket.is_open())
        node.step(now, LocalHalfBroken{id, port.socket_reason}, out);
    else
        node.step(now, LocalHalfGood{id}, out);
}

std::vector<netmon::Wanted> Traffic::wanted() const {
    std::vector<netmon::Wanted> wanted;
    for (std::size_t path = 0; path < ports_.size(); ++path) {
        if (!ports_[path].here) continue;
        const paths::UdpOptions& options = ports_[path].socket.options();
        wanted.push_back(
            {PathId(static_cast<std::uint8_t>(path)), options.interface, options.address});
    }
    return wanted;
}

std::map<std::string, std::uint64_t> Traffic::refused() const {
    std::map<std::string, std::uint64_t> refused;
    for (std::size_t i = 0; i < refused_.size(); ++i) {
        if (refused_[i] != 0)
            refused[std::string(word(static_cast<wire::Refusal>(i)))] = refused_[i];
    }
    std::uint64_t oversized = 0;
    std::uint64_t dropped = 0;
    for (const Port& port : ports_) {
        oversized += port.socket.counters().oversized;
        dropped += port.socket.counters().kernel_drops;
    }
    if (oversized != 0) refused["oversized"] = oversized;
    if (dropped != 0) refused["kernel-drop"] = dropped;
    return refused;
}

}  // namespace inquest::daemon
