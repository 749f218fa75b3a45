#include "heartbeat/daemon/traffic.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/core/disk_patience.hpp"
#include "heartbeat/daemon/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;

bool is_disk(const config::HostConfig& config, PathId path) {
    return config.cluster.paths[path.value].kind == PathKind::disk;
}

paths::DiskOptions disk_options_of(const config::HostConfig& config, PathId path) {
    const config::Endpoint* own = config.endpoint(config.self, path);
    return {config.device(path), config.cluster.name, config.self,
            own == nullptr ? std::uint16_t{1} : config::slot_of(own->address)};
}

paths::DiskPace disk_pace_of(const config::HostConfig& config, PathId path) {
    const Timing& timing = config.cluster.timing;
    paths::DiskPace pace{std::max(timing.beat_interval, disk_interval_min),
                         disk_limits(timing).limit, 0};
    for (const config::Endpoint& end : config.endpoints) {
        if (end.path == path) pace.slots = std::max(pace.slots, config::slot_of(end.address));
    }
    return pace;
}

paths::UdpOptions options_of(const config::HostConfig& config, PathId path) {
    if (is_disk(config, path)) return {};
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
    Port port{.socket = paths::UdpPath(options_of(config, path))};
    port.is_disk = is_disk(config, path);
    return port;
}

/// The disk as the configuration has it now. One that stays where it is goes on.
void follow_disk(Port& port, const config::HostConfig& config, PathId path) {
    const paths::DiskOptions options = disk_options_of(config, path);
    const bool stays = port.here && port.disk && port.disk->options() == options;
    if (stays) return port.disk->follow(disk_pace_of(config, path));
    port.disk.reset();
    port.link_good = false;
    port.told = false;
    port.tried = {};
    port.link_reason = options.device.empty()
                           ? "no device: name it under [device] in node.toml, and restart inquestd"
                           : "not looked at yet";
    if (port.here && !options.device.empty())
        port.disk.emplace(options, disk_pace_of(config, path));
}

void set_peers(Port& port, const config::HostConfig& config, PathId path) {
    port.here = is_here(config, path);
    port.peers.clear();
    port.everybody.clear();
    if (port.is_disk) return follow_disk(port, config, path);
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

const std::string& Port::interface() const {
    return disk ? disk->options().device : socket.interface();
}

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
        const bool stays = port.is_disk || (is_here(config, path) &&
                                            port.socket.options() == options_of(config, path));
        if (!stays) {
            port.socket.move(options_of(config, path));
            port.link_good = false;
            port.link_reason = "not looked at yet";
            port.socket_reason.clear();
        }
        bid_farewell(port, config, until);
        set_peers(port, config, path);
        if (port.is_disk && port.here) open_disk(port, now);
    }
}

void Traffic::open(Instant now) {
    for (std::size_t path = 0; path < ports_.size(); ++path) {
        if (!ports_[path].here) continue;
        if (ports_[path].is_disk) {
            open_disk(ports_[path], now);
            continue;
        }
        ports_[path].tried = now;
        const auto opened = ports_[path].socket.open(now);
        if (opened) continue;
        ports_[path].socket_reason =
            paths::complaint(ports_[path].socket.options(), opened.error());
        if (!is_fault_of_the_day(opened.error())) throw Failure(ports_[path].socket_reason);
    }
}

/// The disk itself is opened by its own thread, today or another day.
void Traffic::open_disk(Port& port, Instant now) {
    port.tried = now;
    if (!port.disk || port.disk->is_open()) return;
    if (const auto opened = port.disk->open(); !opened)
        port.link_reason = fmt::format("no thread for {}: {}", port.disk->options().device,
                                       opened.error().message());
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
        if (port.is_disk) drain_disk(i, clocks.now, node, out);
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

void Traffic::drain_disk(std::size_t path, Instant now, Node& node, Actions& out) {
    Port& port = ports_[path];
    if (!port.disk) return;
    static const paths::Endpoint nowhere{};
    const PathId id(static_cast<std::uint8_t>(path));
    const bool complete =
        port.disk->drain([&](std::span<const std::byte> datagram, Instant arrived) {
            take(datagram, {id, nowhere, std::min(arrived, now), now}, node, out);
        });
    if (!complete) node.step(now, Overrun{id}, out);
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
    if (bytes && !ports_[came.path.value].is_disk)
        ports_[came.path.value].socket.send(*bytes, came.from);
}

void Traffic::send(const Action& action, Instant now) {
    if (const auto* send = std::get_if<SendBeat>(&action)) {
        Port& port = ports_[send->beat.path.value];
        const std::size_t size = wire::encode(send->beat, keyring_, bytes_);
        if (port.disk) port.disk->say(std::span(bytes_).first(size));
        if (port.is_disk) return;
        port.socket.send(std::span(bytes_).first(size), port.everybody);
        if (now < port.removed_until) port.socket.send(std::span(bytes_).first(size), port.removed);
    } else if (const auto* relay = std::get_if<RelayBeat>(&action)) {
        Port& port = ports_[relay->path.value];
        if (port.disk) {  // whoever it is meant for reads it there, behind this node's own
            port.disk->add(std::span(bytes_).first(wire::encode(relay->beat, keyring_, bytes_)));
            return;
        }
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
        if (port.is_disk) {
            open_disk(port, now);
            continue;
        }
        open(path, now);
        if (port.socket.is_open()) tell(path, now, node, out);
    }
}

std::vector<Traffic::DiskNews> Traffic::watch_disks(Instant now, Node& node, Actions& out) {
    std::vector<DiskNews> news;
    for (std::size_t path = 0; path < ports_.size(); ++path) {
        Port& port = ports_[path];
        if (!port.is_disk || !port.here) continue;
        // Without a device, or a thread, there is nothing that could change, and the reason stands.
        const paths::DiskState state = port.disk && port.disk->is_open()
                                           ? port.disk->state(now)
                                           : paths::DiskState{.reason = port.link_reason};
        const bool is_told = port.told && state.good() == port.link_good;
        if (is_told && state.reason == port.link_reason) continue;
        // How long something takes grows from wake to wake: told is that it takes too long.
        const bool is_news = !is_told || state.trouble != port.trouble;
        port.told = true;
        port.link_good = state.good();
        port.link_reason = state.reason;
        port.trouble = state.trouble;
        tell(path, now, node, out);
        if (is_news) news.push_back({path, state.good(), state.reason});
    }
    return news;
}

void Traffic::tell(std::size_t path, Instant now, Node& node, Actions& out) const {
    const Port& port = ports_[path];
    const PathId id(static_cast<std::uint8_t>(path));
    if (!port.link_good)
        node.step(now, LocalHalfBroken{id, port.link_reason}, out);
    else if (!port.is_disk && !port.socket.is_open())
        node.step(now, LocalHalfBroken{id, port.socket_reason}, out);
    else
        node.step(now, LocalHalfGood{id}, out);
}

std::vector<netmon::Wanted> Traffic::wanted() const {
    std::vector<netmon::Wanted> wanted;
    for (std::size_t path = 0; path < ports_.size(); ++path) {
        if (!ports_[path].here || ports_[path].is_disk) continue;
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
    std::uint64_t torn = 0;
    std::uint64_t odd = 0;
    for (const Port& port : ports_) {
        oversized += port.socket.counters().oversized;
        dropped += port.socket.counters().kernel_drops;
        if (!port.disk) continue;
        const paths::DiskCounters counters = port.disk->counters();
        torn += counters.torn;
        odd += counters.refused;
    }
    if (oversized != 0) refused["oversized"] = oversized;
    if (dropped != 0) refused["kernel-drop"] = dropped;
    if (torn != 0) refused["disk-torn"] = torn;
    if (odd != 0) refused["disk-slot"] = odd;
    return refused;
}

}  // namespace inquest::daemon
