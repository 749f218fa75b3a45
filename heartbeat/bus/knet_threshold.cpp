#include "heartbeat/bus/knet_threshold.hpp"

#include <cerrno>
#include <span>
#include <unistd.h>

namespace inquest::bus {

namespace {

constexpr int drop = -1;
constexpr int to_one = 0;

Threshold& threshold_of(void* data) { return *static_cast<Threshold*>(data); }

void wake(const Threshold& threshold) {
    const std::uint64_t one = 1;
    // It can only fail where we are to be woken already.
    [[maybe_unused]] const ssize_t written = ::write(threshold.wake_fd, &one, sizeof one);
}

bool admitted(Threshold& threshold, std::span<const std::byte> bytes, MemberId from) {
    const auto message = decode(bytes, {threshold.cluster, from, threshold.self});
    if (message) return true;
    ++threshold.refused[static_cast<std::size_t>(message.error())];
    return false;
}

/// knet asks for every message: whither, when we send it; and whether it is for us, when it came.
int choose_receiver(void* data, const unsigned char* message, ssize_t message_bytes,
                    std::uint8_t direction, knet_node_id_t, knet_node_id_t from, std::int8_t*,
                    knet_node_id_t* receivers, std::size_t* receivers_count) {
    Threshold& threshold = threshold_of(data);
    const std::span bytes(reinterpret_cast<const std::byte*>(message),
                          static_cast<std::size_t>(message_bytes));
    const bool incoming = direction == KNET_NOTIFY_RX;
    if (incoming && !admitted(threshold, bytes, MemberId{from})) return drop;
    const MemberId receiver = receiver_of(bytes);
    if (receiver == nobody) return drop;
    receivers[0] = receiver.value;
    *receivers_count = 1;
    return to_one;
}

/// knet could not hand us a message, most likely because we did not read the others.
void hand_over_failed(void* data, int, std::int8_t, std::uint8_t direction, int, int) {
    if (direction == KNET_NOTIFY_RX) ++threshold_of(data).unread;
}

void reach_changed(void* data, knet_node_id_t, std::uint8_t, std::uint8_t, std::uint8_t) {
    wake(threshold_of(data));
}

void mtu_changed(void* data, unsigned) { wake(threshold_of(data)); }

}  // namespace

int install(Threshold& threshold, knet_handle_t handle) {
    void* const data = &threshold;
    const bool done = ::knet_handle_enable_sock_notify(handle, data, hand_over_failed) == 0 &&
                      ::knet_handle_enable_filter(handle, data, choose_receiver) == 0 &&
                      ::knet_host_enable_status_change_notify(handle, data, reach_changed) == 0 &&
                      ::knet_handle_enable_pmtud_notify(handle, data, mtu_changed) == 0;
    return done ? 0 : errno;
}

}  // namespace inquest::bus
