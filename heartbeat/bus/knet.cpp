#include "heartbeat/bus/knet.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/bus/ground.hpp"
#include "heartbeat/bus/knet_handle.hpp"
#include "heartbeat/bus/knet_keys.hpp"
#include "heartbeat/bus/knet_links.hpp"
#include "heartbeat/bus/knet_log.hpp"
#include "heartbeat/bus/knet_threshold.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace inquest::bus {

namespace {

/// A path whose MTU falls loses long messages until the next look.
constexpr unsigned mtu_look_seconds = 15;

using Problem = std::optional<std::string>;

std::string internal(std::string_view what, int error) {
    return fmt::format("bus: {}: {}: look at the limits of open files and memory", what,
                       std::strerror(error));
}

void close_if_open(int fd) {
    if (fd >= 0) ::close(fd);
}

}  // namespace

struct KnetBus::Parts {
    explicit Parts(const KnetOptions& chosen)
        : options(chosen), links(ping_timers(chosen.timing), chosen.port) {}
    ~Parts();
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    Problem open_descriptors();
    Problem open_handle(const wire::Keyring& keyring);
    Problem open_door();
    Problem begin(std::span<const Peer> peers);
    void watch(int fd) const;

    void receive_notices(Sink& sink);
    bool receive_one(Sink& sink);
    void refuse(Refusal refusal) { ++threshold.refused[static_cast<std::size_t>(refusal)]; }

    KnetOptions options;
    Threshold threshold;
    KnetLog log;
    KnetKeys keys;
    KnetLinks links;
    knet_handle_t handle = nullptr;
    int epoll_fd = -1;
    int data_fd = -1;  ///< knet's and closed by it
    std::int8_t channel = 0;
    std::vector<std::string> warnings;  ///< to be told at the next receive()
    Counters counters;
    std::array<std::byte, long_message_bytes_max + 1> buffer;
};

/// In the order that libknet asks for. Nothing here can be refused: there is nobody to tell.
KnetBus::Parts::~Parts() {
    if (handle != nullptr) {
        if (data_fd >= 0) ::knet_handle_setfwd(handle, 0);
        links.remove_all(handle);
        if (data_fd >= 0) ::knet_handle_remove_datafd(handle, data_fd);
        ::knet_handle_free(handle);
    }
    close_if_open(epoll_fd);
    close_if_open(threshold.wake_fd);
}

void KnetBus::Parts::watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

Problem KnetBus::Parts::open_descriptors() {
    epoll_fd = ::epoll_create1(EPOLL_CLOEXEC);
    threshold.wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (epoll_fd < 0 || threshold.wake_fd < 0) return internal("descriptors", errno);
    if (const int error = log.open(); error != 0) return internal("pipe for knet's log", error);
    watch(threshold.wake_fd);
    watch(log.read_fd());
    return std::nullopt;
}

/// Nothing is heard before clear text is refused, and nobody before the lists of addresses hold.
Problem KnetBus::Parts::open_handle(const wire::Keyring& keyring) {
    const auto made = make_handle(options.self, log.write_fd(), options.log_level);
    if (!made) return made.error();
    handle = *made;
    if (Problem problem = keys.follow(keyring, handle)) return problem;
    const bool done =
        ::knet_handle_crypto_rx_clear_traffic(handle, KNET_CRYPTO_RX_DISALLOW_CLEAR_TRAFFIC) == 0 &&
        ::knet_handle_enable_access_lists(handle, 1) == 0 &&
        ::knet_handle_pmtud_setfreq(handle, mtu_look_seconds) == 0;
    if (!done) return internal("knet's settings", errno);
    return std::nullopt;
}

Problem KnetBus::Parts::open_door() {
    if (const int error = install(threshold, handle); error != 0) {
        return internal("knet's callbacks", error);
    }
    int fd = 0;  // 0: knet makes a pair of sockets
    if (::knet_handle_add_datafd(handle, &fd, &channel) != 0) {
        return internal("knet's sockets", errno);
    }
    data_fd = fd;
    watch(data_fd);
    return std::nullopt;
}

Problem KnetBus::Parts::begin(std::span<const Peer> peers) {
    const std::vector<std::string> complaints = links.follow(peers, handle);
    if (!complaints.empty()) return complaints.front();
    if (::knet_handle_setfwd(handle, 1) != 0) return internal("knet's forwarding", errno);
    return std::nullopt;
}

KnetBus::KnetBus(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
KnetBus::~KnetBus() = default;

tl::expected<std::unique_ptr<KnetBus>, std::string> KnetBus::start(const KnetOptions& options,
                                                                   const wire::Keyring& keyring,
                                                                   std::span<const Peer> peers) {
    Ground ground = survey(peers, options.port);
    if (ground.problem) return tl::unexpected(*ground.problem);
    auto parts = std::make_unique<Parts>(options);
    parts->threshold.cluster = keyring.cluster();
    parts->threshold.self = options.self;

    Problem problem = parts->open_descriptors();
    if (!problem) problem = parts->open_handle(keyring);
    if (!problem) problem = parts->open_door();
    if (!problem) problem = parts->begin(peers);
    if (problem) return tl::unexpected(*problem);

    parts->warnings = std::move(ground.warnings);
    return std::unique_ptr<KnetBus>(new KnetBus(std::move(parts)));
}

std::vector<std::string> KnetBus::set_peers(std::span<const Peer> peers) {
    return parts_->links.follow(peers, parts_->handle);
}

std::optional<std::string> KnetBus::set_keys(const wire::Keyring& keyring) {
    INQUEST_ASSERT(keyring.cluster() == parts_->threshold.cluster);
    return parts_->keys.follow(keyring, parts_->handle);
}

int KnetBus::fd() const { return parts_->epoll_fd; }

/// Straight to the socket: knet_send would take two of knet's locks for the same.
void KnetBus::send(MemberId to, Kind kind, std::span<const std::byte> body) {
    Parts& parts = *parts_;
    if (!parts.links.knows(to)) {
        ++parts.counters.lost_nobody;
        return;
    }
    Header header = encode({parts.threshold.cluster, parts.options.self, to}, kind, body.size());
    // The kernel only reads them; its structure does not say so.
    std::array<iovec, 2> pieces{
        {{header.data(), header.size()}, {const_cast<std::byte*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    if (::sendmsg(parts.data_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        ++parts.counters.lost_full;
        return;
    }
    ++parts.counters.sent;
    parts.counters.sent_bytes += header.size() + body.size();
}

void KnetBus::receive(Sink& sink) {
    parts_->receive_notices(sink);
    for (std::size_t i = 0; i < receive_limit && parts_->receive_one(sink); ++i) {
    }
}

void KnetBus::Parts::receive_notices(Sink& sink) {
    for (const std::string& warning : std::exchange(warnings, {})) {
        sink.said({Severity::warning, warning});
    }
    log.drain([&](const LogLine& line) { sink.said(line); });
    std::uint64_t wakes = 0;
    if (::read(threshold.wake_fd, &wakes, sizeof wakes) == sizeof wakes) sink.links_changed();
}

/// False where no message waits. Whom a message comes from was checked when knet handed it over;
/// since then its sender may have been removed.
bool KnetBus::Parts::receive_one(Sink& sink) {
    const ssize_t read = ::recv(data_fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (read <= 0) return false;
    const std::span<const std::byte> bytes(buffer.data(), static_cast<std::size_t>(read));
    const auto message = decode(bytes, {threshold.cluster, sender_of(bytes), threshold.self});
    if (!message) {
        refuse(message.error());
    } else if (!links.knows(message->sender)) {
        refuse(Refusal::sender);
    } else {
        ++counters.received;
        counters.received_bytes += bytes.size();
        sink.heard(*message);
    }
    return true;
}

std::vector<LinkState> KnetBus::links() const { return parts_->links.states(parts_->handle); }

Counters KnetBus::counters() const {
    Counters counters = parts_->counters;
    counters.lost_unread = parts_->threshold.unread;
    counters.unauthentic = parts_->log.unauthentic();
    for (std::size_t i = 0; i < refusals; ++i) counters.refused[i] = parts_->threshold.refused[i];
    return counters;
}

}  // namespace inquest::bus
