// What runs on knet's own threads: it lets in only what is addressed to us by whom knet heard it
// from, and says where our own messages go.
//
// These functions take no lock and touch nothing of ours but what stands in Threshold: constants,
// counters, and a descriptor to wake us.
#pragma once

#include "heartbeat/bus/knet_api.hpp"
#include "heartbeat/bus/message.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace inquest::bus {

struct Threshold {
    wire::ClusterTag cluster;
    MemberId self;
    int wake_fd = -1;  ///< an eventfd
    std::array<std::atomic<std::uint64_t>, refusals> refused{};
    std::atomic<std::uint64_t> unread{0};  ///< copies that found our queue full
};

/// Gives the functions to knet. They are called until the handle is freed; so long must `threshold`
/// stay. Result: 0, or errno.
int install(Threshold& threshold, knet_handle_t handle);

}  // namespace inquest::bus
