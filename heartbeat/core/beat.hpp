// What a beat says: who sends it, which one it is, and what its sender hears of everybody else.
//
// The view row is what lets every node tell a lost node from a cut network: with the rows of all
// members a node holds the whole matrix. Bytes and authentication are wire's affair.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/core/grant.hpp"
#include "heartbeat/core/path_state.hpp"

#include <cstdint>
#include <optional>

namespace inquest {

/// "Your beat number …s arrived here, and I held this answer back for so long": with it the peer
/// computes the round-trip time of the path that carries the answer.
struct Echo {
    std::uint16_t sequence_low = 0;  ///< low 16 bits of the sequence heard
    std::uint32_t held_ns = 0;       ///< arrival to sending, at most ~4.29 s

    friend constexpr bool operator==(const Echo&, const Echo&) = default;
};

/// Ages travel in whole milliseconds; this one means "never, or longer ago than that".
inline constexpr std::uint16_t age_unknown_ms = 0xffff;

/// What the sender of a beat says of one peer.
struct PeerRow {
    MemberId peer;
    Incarnation incarnation;  ///< newest one heard; 0 = never heard
    std::uint16_t age_ms =
        age_unknown_ms;                  ///< since the peer's last beat came on a path of its own
    bool relayed = false;                ///< its beats reach the sender through other members
    bool left = false;                   ///< it said goodbye and has not been heard since
    std::optional<Echo> echo;            ///< of the path this beat travels on
    std::optional<Grant> grant;          ///< by a voter alone: the newest beat of any path
    FixedVector<Cell, paths_max> cells;  ///< one a path, in the cluster's order

    friend constexpr bool operator==(const PeerRow&, const PeerRow&) = default;
};

struct Beat {
    MemberId sender;
    MemberId via = nobody;  ///< the member that relays it; nobody: it came straight
    PathId path;            ///< the path it travels on
    Incarnation incarnation;
    Session session;
    Sequence sequence;
    std::uint32_t boot_tag = 0;     ///< digest of the sender's kernel boot id
    std::uint32_t config_hash = 0;  ///< digest of the sender's cluster configuration
    bool goodbye = false;           ///< the sender stops on purpose
    bool stalled = false;           ///< the sender woke late and testifies nothing yet
    bool restarting = false;        ///< its daemon has died; its keeper says that it runs on
    std::uint8_t paths = 0;         ///< cells in each row, 1..paths_max
    Electorate electorate;          ///< among whom its grants count; the sender is one of them
    FixedVector<PeerRow, members_max - 1> row;

    friend constexpr bool operator==(const Beat&, const Beat&) = default;
};

}  // namespace inquest
