// Many peers in one light process: beats as every member but one would send them, so that the one
// daemon under measurement faces a whole cluster while the machine carries one daemon only.
//
// It judges nothing. It answers with an echo, as real peers do, so that the daemon measured also
// does its round-trip arithmetic; and it says `fresh` of everybody, so that nothing is relayed.
//
//     inquest-bench-chorus --etc DIR --to NODE     until it is ended
#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/config/files.hpp"
#include "heartbeat/core/beat.hpp"
#include "heartbeat/paths/endpoint.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/keys.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <vector>

namespace inquest {
namespace {

using Bytes = std::array<std::byte, wire::beat_bytes_max>;

Duration monotonic() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

void sleep_until(Duration due) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(due);
    const timespec until{whole.count(), (due - whole).count()};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
}

/// What was last heard of the listener on one path.
struct Heard {
    Incarnation incarnation;
    Sequence sequence;
    Duration arrived{};
};

/// One path: a socket for all members, and a batch with one beat of each.
class Plane {
 public:
    Plane(const config::HostConfig& config, PathId path, MemberId listener);
    Plane(const Plane&) = delete;  // the batch points into the object
    Plane& operator=(const Plane&) = delete;

    /// Reads away what the listener sent to all members; the newest of it is remembered.
    void discard(const wire::Keyring& keyring);
    void send(std::vector<Beat>& beats, const wire::Keyring& keyring, Sequence sequence,
              MemberId listener);

 private:
    PathId path_;
    Descriptor socket_;
    paths::Endpoint to_;
    Heard heard_;
    Beat decoded_;
    Bytes incoming_{};
    std::vector<Bytes> outgoing_;
    std::vector<iovec> parts_;
    std::vector<mmsghdr> batch_;
};

Plane::Plane(const config::HostConfig& config, PathId path, MemberId listener) : path_(path) {
    const config::Endpoint* const there = config.endpoint(listener, path);
    if (there == nullptr) throw std::runtime_error("the listener is not on every path");
    to_ = paths::Endpoint::parse(there->address.text, config.ports[path.value]).value();
    socket_ = Descriptor(::socket(to_.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::string& name = config.interfaces[path.value].name;
    const char* const any = to_.family() == AF_INET6 ? "::" : "0.0.0.0";
    const auto here = paths::Endpoint::parse(any, config.ports[path.value]).value();
    if (::setsockopt(socket_.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                     static_cast<socklen_t>(name.size())) != 0 ||
        ::bind(socket_.get(), here.data(), here.size()) != 0) {
        throw std::runtime_error(fmt::format("{}: {}", name, std::strerror(errno)));
    }
    const std::size_t members = config.cluster.members.size() - 1;
    outgoing_.resize(members);
    parts_.resize(members);
    batch_.resize(members);
    for (std::size_t i = 0; i < members; ++i) {
        parts_[i].iov_base = outgoing_[i].data();
        batch_[i].msg_hdr.msg_iov = &parts_[i];
        batch_[i].msg_hdr.msg_iovlen = 1;
        batch_[i].msg_hdr.msg_name = to_.data();
        batch_[i].msg_hdr.msg_namelen = to_.size();
    }
}

void Plane::discard(const wire::Keyring& keyring) {
    ssize_t last = -1;
    for (;;) {
        const ssize_t length =
            ::recv(socket_.get(), incoming_.data(), incoming_.size(), MSG_DONTWAIT);
        if (length < 0) break;
        last = length;
    }
    if (last < 0) return;
    const auto bytes = std::span(incoming_).first(static_cast<std::size_t>(last));
    if (!wire::decode(bytes, keyring, decoded_)) return;
    heard_ = {decoded_.incarnation, decoded_.sequence, monotonic()};
}

void Plane::send(std::vector<Beat>& beats, const wire::Keyring& keyring, Sequence sequence,
                 MemberId listener) {
    const auto held =
        static_cast<std::uint32_t>((monotonic() - heard_.arrived).count() & 0xffffffff);
    for (std::size_t i = 0; i < beats.size(); ++i) {
        Beat& beat = beats[i];
        beat.path = path_;
        beat.sequence = sequence;
        for (PeerRow& row : beat.row) {
            if (row.peer != listener || heard_.incarnation == Incarnation{}) continue;
            row.incarnation = heard_.incarnation;
            row.age_ms = 1;
            row.echo = Echo{static_cast<std::uint16_t>(heard_.sequence.value & 0xffff), held};
        }
        parts_[i].iov_len = wire::encode(beat, keyring, outgoing_[i]);
    }
    // A beat that the kernel does not take is a lost beat, as it would be between real nodes.
    ::sendmmsg(socket_.get(), batch_.data(), static_cast<unsigned>(batch_.size()), MSG_DONTWAIT);
}

/// The beat of one member; path, sequence and echo change with each sending.
Beat voice(const config::HostConfig& config, MemberId member, Session session) {
    Beat beat;
    beat.sender = member;
    beat.incarnation = Incarnation{1};
    beat.session = session;
    beat.boot_tag = member.value;
    beat.config_hash = config.cluster.hash;
    beat.paths = static_cast<std::uint8_t>(config.cluster.paths.size());
    for (const MemberConfig& other : config.cluster.members) {
        if (other.id == member) continue;
        PeerRow row;
        row.peer = other.id;
        row.incarnation = Incarnation{1};
        row.age_ms = 1;
        for (std::size_t i = 0; i < beat.paths; ++i) {
            row.cells.push_back({PathState::fresh, BlindReason::none});
        }
        beat.row.push_back(row);
    }
    return beat;
}

/// Each slot belongs to one path, as in core/schedule.hpp; slots that were slept through are left
/// out, so that a busy machine never gets a burst of stale beats.
[[noreturn]] void sing(const config::HostConfig& config, const wire::Keyring& keyring,
                       MemberId listener) {
    std::deque<Plane> planes;
    for (std::size_t i = 0; i < config.cluster.paths.size(); ++i) {
        planes.emplace_back(config, PathId(static_cast<std::uint8_t>(i)), listener);
    }
    const Session session(static_cast<std::uint32_t>(::time(nullptr)));
    std::vector<Beat> beats;
    for (const MemberConfig& member : config.cluster.members) {
        if (member.id != listener) beats.push_back(voice(config, member.id, session));
    }
    const Duration slot =
        config.cluster.timing.beat_interval / static_cast<Duration::rep>(planes.size());
    const Duration start = monotonic();
    for (std::uint64_t number = 0;;) {
        Plane& plane = planes[number % planes.size()];
        plane.discard(keyring);
        plane.send(beats, keyring, Sequence(number), listener);
        const auto begun = static_cast<std::uint64_t>((monotonic() - start) / slot);
        number = std::max(number + 1, begun);
        sleep_until(start + slot * static_cast<Duration::rep>(number));
    }
}

int run(const std::string& etc, const std::string& to) {
    // Timers that may be 50 µs late by default would smear the beats.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    const auto config = config::read_folder(etc);
    if (!config) throw std::runtime_error(to_string(config.error().front()));
    auto text = config::read_keys(etc);
    if (!text) throw std::runtime_error(to_string(text.error()));
    const auto keyring = wire::parse_keys(*text, wire::cluster_tag(config->cluster.name));
    if (!keyring) throw std::runtime_error(keyring.error().what);
    for (const MemberConfig& member : config->cluster.members) {
        if (member.name == to) sing(*config, *keyring, member.id);
    }
    throw std::runtime_error(fmt::format("no node {} in {}/cluster.toml", to, etc));
}

}  // namespace
}  // namespace inquest

int main(int argc, char** argv) {
    if (argc != 5 || std::strcmp(argv[1], "--etc") != 0 || std::strcmp(argv[3], "--to") != 0) {
        std::fprintf(stderr, "usage: inquest-bench-chorus --etc DIR --to NODE\n");
        return 2;
    }
    try {
        return inquest::run(argv[2], argv[4]);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "inquest-bench-chorus: %s\n", failure.what());
        return 1;
    }
}
