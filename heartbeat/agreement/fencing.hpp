// What a member that was chosen to ask a fence device is to do, and what it hears of it.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/core/fence_attempt.hpp"
#include "heartbeat/core/fence_topology.hpp"

#include <compare>
#include <cstdint>
#include <string>

namespace inquest::agreement {

struct FenceOrderId {
    std::uint64_t attempt = 0;  ///< its index
    std::uint8_t task = 0;      ///< its place in it

    friend auto operator<=>(const FenceOrderId&, const FenceOrderId&) = default;
};

/// Ask this device to switch a node off, and to show that it is off; answer with a FenceReply,
/// whatever comes of it. It is asked for once in a run of the daemon.
struct FenceOrder {
    FenceOrderId id;
    FenceDevice device;
    MemberId target;
    std::string node;         ///< the target's name
    bool look_first = false;  ///< somebody may have asked before: if it is off, that is enough
};

/// Nobody waits for that any more: let it be.
struct DropFence {
    FenceOrderId id;
};

struct FenceReply {
    FenceOrderId id;
    FenceResult result = FenceResult::failed;
    std::string why;  ///< it failed
};

}  // namespace inquest::agreement
