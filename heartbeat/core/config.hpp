// What the core must know of a cluster, and the relations that make such a configuration safe.
//
// Addresses and interfaces are not here: the core knows paths by number and never sends a byte.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/fence_topology.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest {

using namespace std::chrono_literals;

/// Timings of one cluster; the values are the profile `default` (docs/verdicts.md).
struct Timing {
    Duration beat_interval{100ms};  ///< each path beats this often
    Duration path_limit{400ms};     ///< silence that makes a path silent
    Duration condemn_after{3s};     ///< unanimous silence since the last beat heard by anyone
    Duration boot_grace{30s};       ///< how long "not heard yet" is an excuse
    Duration lease{30s};            ///< how long a loss of all networks stops nobody
    Duration restart_grace{3s};     ///< how long a keeper beats in place of a daemon that has died
    Duration watchdog{10s};         ///< from the last feed that a lease allowed to the reset
    Duration margin{500ms};         ///< slack in the wait for a node that resets itself

    /// The column `fast`.
    static constexpr Timing fast() { return {10ms, 40ms, 400ms, 10s, 2s, 1s, 5s, 500ms}; }

    /// Waking later than this is a stall: evidence that came meanwhile may be missing.
    constexpr Duration stall_limit() const { return beat_interval / 2; }

    friend constexpr bool operator==(const Timing&, const Timing&) = default;
};

inline constexpr Duration beat_interval_min{2ms};
inline constexpr Duration beat_interval_max{10s};
/// Devices count whole seconds, twice, and one second is what a daemon that dies again waits.
inline constexpr Duration watchdog_min{5s};
inline constexpr int limit_intervals_min =
    3;  ///< fewer, and one lost beat beside jitter is a fault

static_assert(Timing{}.path_limit >= limit_intervals_min * Timing{}.beat_interval);
static_assert(Timing::fast().path_limit >= limit_intervals_min * Timing::fast().beat_interval);

enum class PathKind : std::uint8_t { udp, l2, rdma, disk };
enum class Role : std::uint8_t { voter, witness };
enum class Switched : std::uint8_t { on, off };

constexpr std::string_view word(PathKind kind) {
    switch (kind) {
        case PathKind::udp: return "udp";
        case PathKind::l2: return "l2";
        case PathKind::rdma: return "rdma";
        case PathKind::disk: return "disk";
    }
    return "?";
}

struct PathConfig {
    std::string name;
    PathKind kind = PathKind::udp;
    std::string fate;  ///< what it shares with others: switch, card, cable
    Switched admin = Switched::on;

    friend bool operator==(const PathConfig&, const PathConfig&) = default;
};

struct MemberConfig {
    MemberId id;
    std::string name;
    Role role = Role::voter;
    bool votes = true;          ///< at most voters_max members do
    std::vector<PathId> paths;  ///< the paths that this member is on
    bool joined = true;         ///< no: invited, and it has not shown itself yet: nobody misses it
    FencePlan fence;            ///< how it is switched off

    friend bool operator==(const MemberConfig&, const MemberConfig&) = default;
};

struct ClusterConfig {
    std::string name;
    Timing timing;
    std::vector<PathConfig> paths;      ///< PathId is the place in this list
    std::vector<MemberConfig> members;  ///< in the order of the file
    std::uint32_t hash = 0;             ///< digest of the file, so that nodes notice a difference
    std::vector<FenceDevice> devices;   ///< ascending by name
    StormGuard storm;

    friend bool operator==(const ClusterConfig&, const ClusterConfig&) = default;
};

/// One relation that a configuration breaks. `where` is a key of cluster.toml such as
/// `timing.path_limit` or `path.2.name` (the second [[path]]); the reader adds file and line.
struct Problem {
    enum class Severity : std::uint8_t { error, warning };
    Severity severity = Severity::error;
    std::string where;
    std::string what;    ///< what is wrong, and why that hurts
    std::string remedy;  ///< what to do
};

/// All relations between the parts of a configuration; empty when it is sound.
std::vector<Problem> problems(const ClusterConfig& cluster);

/// Members that vote.
int voters(const ClusterConfig& cluster);

}  // namespace inquest
