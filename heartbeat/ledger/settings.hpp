// What one ledger must be told: who it is, its timings, its bounds.
#pragma once

#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/ledger/message.hpp"

#include <cstddef>
#include <cstdint>

namespace inquest::ledger {

using namespace std::chrono_literals;

struct Settings {
    MemberId self;
    std::uint64_t seed = 0;  ///< of the election timeouts

    Duration append_interval{100ms};  ///< a leader says that it leads, > 0
    Duration election_min{400ms};     ///< silence of the leader before an election,
    Duration election_max{800ms};     ///< randomised between these two (3.4)

    std::size_t log_bytes_max = 4 << 20;        ///< from here on no proposal is accepted
    std::size_t log_bytes_compact = 1 << 20;    ///< from here on a snapshot is asked for
    std::size_t kept_entries = 64;              ///< stay after a snapshot, for those close behind
    std::size_t uncommitted_max = 1024;         ///< entries
    std::size_t window_entries = 64;            ///< sent ahead of a follower's answers
    std::size_t caught_up_entries = 64;         ///< so close behind, a learner may be promoted
    std::size_t writes_max = 64;                ///< Persist without Persisted
    std::size_t withheld_max = 256;             ///< messages that wait for Persisted
    std::size_t chunk_bytes_max = 32 << 10;     ///< of a snapshot in one message
    std::size_t snapshot_bytes_max = 64 << 20;  ///< a larger one is not taken from a leader

    constexpr bool sound() const {
        return self != nobody && append_interval > Duration::zero() &&
               3 * append_interval <= election_min && election_min < election_max &&
               log_bytes_compact < log_bytes_max && uncommitted_max > 0 && window_entries > 0 &&
               writes_max >= 2 && withheld_max > 0 && chunk_bytes_max > 0 &&
               chunk_bytes_max <= chunk_room_bytes;
    }
};

}  // namespace inquest::ledger
