// What a leader knows of one follower's log, and how it feeds it (10.2.1: sending ahead of the
// answers).
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/ledger/entry.hpp"

#include <cstdint>

namespace inquest::ledger {

struct Progress {
    enum class State : std::uint8_t {
        probing,   ///< where do the logs part? One request at a time
        flowing,   ///< they agree: entries are sent ahead of the answers
        snapshot,  ///< what it needs is compacted: one chunk at a time
    };
    /// Is there a request out that must be answered, or the next interval come, before another?
    enum class Pace : std::uint8_t { free, waiting };

    State state = State::probing;
    Pace pace = Pace::free;
    Index match;                    ///< known to be durable there, and the leader's
    Index next;                     ///< the first to be sent, > match
    Index told;                     ///< the commit index that was last sent
    Instant heard;                  ///< its newest answer, or the beginning of the term
    bool answered = false;          ///< to this leader, ever
    Index sent;                     ///< the snapshot that is being sent
    std::uint64_t taken_bytes = 0;  ///< how much of it is there

    void answers(Instant now) {
        heard = now;
        answered = true;
    }
    void probe_from(Index index) {
        *this = {.match = match, .next = index, .told = told, .heard = heard, .answered = answered};
    }
    void flow_from(Index index) {
        probe_from(index);
        state = State::flowing;
    }
    void send_snapshot(Index index) {
        probe_from(next);
        state = State::snapshot;
        sent = index;
    }
};

}  // namespace inquest::ledger
