// One attempt to switch a condemned incarnation off: the parts of one of its levels, each with who
// sees to it and what came of it.
//
// It is committed before any device is asked, and so is every answer: whoever coordinates next goes
// on from there and asks nothing twice without looking first.
#pragma once

#include "heartbeat/core/fence_topology.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace inquest {

enum class FenceResult : std::uint8_t {
    awaited,
    done,    ///< proven: switched off and seen to be off, its time has passed
    failed,  ///< everything else, late and odd answers among it
};
inline constexpr std::size_t fence_results = 3;

constexpr std::string_view word(FenceResult result) {
    switch (result) {
        case FenceResult::awaited: return "awaited";
        case FenceResult::done: return "done";
        case FenceResult::failed: return "failed";
    }
    return "?";
}

/// Of a device's answer, for people.
inline constexpr std::size_t fence_why_bytes_max = 200;

struct FenceTask {
    FencePart part;
    FenceProof proves = FenceProof::power;  ///< of a device
    MemberId by;                            ///< who asks the device; nobody where it is none
    FenceResult result = FenceResult::awaited;
    std::string why;  ///< it failed

    friend bool operator==(const FenceTask&, const FenceTask&) = default;
};

struct FenceAttempt {
    std::uint64_t index = 0;  ///< of its entry: answers name it
    std::uint8_t level = 0;   ///< its place in the plan
    std::vector<FenceTask> tasks;
    std::int64_t wall_seconds = 0;  ///< since 1970, by the coordinator's clock; for people

    friend bool operator==(const FenceAttempt&, const FenceAttempt&) = default;
};

/// Somebody was switched off, for the guard against fence storms.
struct RecentFence {
    std::uint64_t condemnation = 0;  ///< its index
    MemberId member;
    std::int64_t wall_seconds = 0;  ///< when its first attempt began

    friend bool operator==(const RecentFence&, const RecentFence&) = default;
};
inline constexpr std::size_t recent_fences_max = 16;

}  // namespace inquest
