// By what devices a lost node can be switched off, and in what order they are tried.
//
// A device is an executable fence agent (ClusterLabs fence-agents, FenceAgentAPI) with its options;
// what it must keep to itself stands in a file of each node that runs it, and never here. Each node
// has levels: they are tried in their order, and all parts of one must succeed.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest {

inline constexpr std::size_t fence_devices_max = 32;
inline constexpr std::size_t fence_levels_max = 4;
/// Parts of one level.
inline constexpr std::size_t fence_parts_max = 4;
inline constexpr std::size_t fence_options_max = 24;
/// Of a device's name, so that a plan of many fits a datagram.
inline constexpr std::size_t fence_name_bytes_max = 31;
/// Of an option's name or value, and of a plug.
inline constexpr std::size_t fence_word_bytes_max = 127;
/// A device is one sentence of the ledger, which must fit a datagram with room to spare.
inline constexpr std::size_t fence_device_bytes_max = 900;
inline constexpr Duration fence_timeout_min{std::chrono::seconds(1)};
inline constexpr Duration fence_timeout_max{std::chrono::minutes(10)};
inline constexpr Duration fence_timeout_default{std::chrono::seconds(60)};
inline constexpr Duration fence_delay_max{std::chrono::minutes(5)};

/// What a device proves when it says that it has done its work.
enum class FenceProof : std::uint8_t {
    power,    ///< the machine is off
    storage,  ///< it reaches neither the guests' disks nor any network
};
inline constexpr std::size_t fence_proofs = 2;

constexpr std::string_view word(FenceProof proof) {
    switch (proof) {
        case FenceProof::power: return "power";
        case FenceProof::storage: return "storage";
    }
    return "?";
}

/// One `name=value` of an agent's standard input; neither has a line break, the name no `=`.
struct FenceOption {
    std::string name;
    std::string value;

    friend bool operator==(const FenceOption&, const FenceOption&) = default;
};

/// Which outlet, blade or machine of a shared device is a member's.
struct FencePlug {
    MemberId member;
    std::string plug;

    friend bool operator==(const FencePlug&, const FencePlug&) = default;
};

struct FenceDevice {
    std::string name;   ///< without `+`; neither `self` nor `operator`
    std::string agent;  ///< a program of /usr/sbin: "fence_ipmilan"
    FenceProof proves = FenceProof::power;
    std::vector<FenceOption> options;  ///< ascending by name, each once
    std::vector<FencePlug> plugs;      ///< ascending by member
    std::string secrets;           ///< the name of a file in /etc/inquest/fence; empty: it has none
    std::vector<MemberId> run_by;  ///< ascending; empty: by any member
    Duration timeout = fence_timeout_default;  ///< of everything that one order asks of it

    friend bool operator==(const FenceDevice&, const FenceDevice&) = default;
};

/// One thing that must succeed in a level.
struct FencePart {
    enum class Kind : std::uint8_t {
        device,          ///< the one of that name
        itself,          ///< the node has lost its lease, and its watchdog has run out
        operators_word,  ///< a person has seen that it is off
    };
    Kind kind = Kind::device;
    std::string device;  ///< empty where it is none

    friend bool operator==(const FencePart&, const FencePart&) = default;
};

inline constexpr std::size_t fence_part_kinds = 3;

using FenceLevel = std::vector<FencePart>;

inline bool has_itself(const FenceLevel& level) {
    return std::any_of(level.begin(), level.end(),
                       [](const FencePart& part) { return part.kind == FencePart::Kind::itself; });
}

/// Does it ask any device?
inline bool has_device(const FenceLevel& level) {
    return std::any_of(level.begin(), level.end(),
                       [](const FencePart& part) { return part.kind == FencePart::Kind::device; });
}

/// How one member is switched off.
struct FencePlan {
    std::vector<FenceLevel> levels;
    Duration delay{};           ///< that a device waits after the condemnation
    std::uint8_t priority = 0;  ///< who is switched off first; the higher
    std::string fate;           ///< what the machine shares with others: rack, power, chassis

    friend bool operator==(const FencePlan&, const FencePlan&) = default;
};

/// The guard against fence storms.
struct StormGuard {
    std::uint8_t limit = 1;                    ///< so many are switched off, 1..members_max
    Duration window{std::chrono::minutes(5)};  ///< within so long

    friend bool operator==(const StormGuard&, const StormGuard&) = default;
};

}  // namespace inquest
