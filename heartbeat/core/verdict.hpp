// The verdict on one peer over the matrix of all views: the table of docs/verdicts.md.
//
// A pure function of the matrix. It never infers death: `lost` says that a quorum hears nothing.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/matrix.hpp"
#include "heartbeat/core/roster.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace inquest {

enum class Verdict : std::uint8_t {
    unknown,
    alive,
    degraded,
    suspect,
    partitioned,
    lost,
    isolated,  ///< of this node itself only
    left,
    // What the ledger makes of a lost node; judge() finds none of them.
    held,    ///< condemned, and nothing is asked to switch it off: too many are missed at once
    fenced,  ///< a receipt says that it runs nothing any more
};

std::string_view word(Verdict verdict);

/// A verdict with everything that it rests on. Members are places in the roster.
struct Finding {
    Verdict verdict = Verdict::unknown;
    FixedVector<std::uint8_t, members_max> hearing;   ///< say that they hear the peer
    FixedVector<std::uint8_t, members_max> doubting;  ///< are not sure yet
    FixedVector<std::uint8_t, members_max> deaf;      ///< testify that they do not hear it
    FixedVector<std::uint8_t, members_max> mute;      ///< reachable, but blind or stalled
    int deaf_votes = 0;
    int votes_together = 0;  ///< votes of this node's component
    int voters = 0;
    bool quorate = false;
    bool relayed = false;               ///< its beats reach this node through another member
    bool restarting = false;            ///< its newest beat here is its keeper's
    std::optional<Instant> last_heard;  ///< newest beat heard by anyone in the component
};

struct Question {
    std::size_t peer;
    Incarnation newest;                 ///< newest incarnation of the peer that this node knows
    Incarnation own;                    ///< this node's own incarnation
    std::optional<Instant> last_known;  ///< newest beat of it here, straight or by relay
    Instant alone_until;                ///< until then this node heard nobody, or had no quorum
    Duration patience;                  ///< path_limit
    bool relayed;                       ///< this node has a recent beat of the peer by relay
    bool left;                          ///< the peer said goodbye to this node
    bool restarting;                    ///< its newest beat is its keeper's
    bool ever_heard;                    ///< by this node, in this session
    bool boot_grace_over;               ///< this node has run for longer than boot_grace
};

/// Pre: question.peer is not this node.
Finding judge(const Matrix& matrix, const Roster& roster, const Question& question, Instant now);

}  // namespace inquest
