// What one observer can say of one path to one peer, and why it cannot (docs/verdicts.md).
#pragma once

#include <cstdint>
#include <string_view>

namespace inquest {

enum class PathState : std::uint8_t {
    fresh,   ///< authenticated beats of the current incarnation arrive in time
    late,    ///< a deadline has passed, not yet the limit
    silent,  ///< the limit has passed
    blind,   ///< this side cannot testify; see BlindReason
    frozen,  ///< RDMA only: the READ succeeds, the pulse does not move
};
inline constexpr int path_states = 5;

/// Why a path is blind. Every other state goes with `none`.
enum class BlindReason : std::uint8_t {
    none,
    not_heard_yet,  ///< in this session, within boot_grace
    off,            ///< administratively off, or one of the two nodes is not on this path
    link_down,      ///< the local link, port or address is not there
    stall,          ///< this node woke late
    overrun,        ///< this node dropped datagrams of the path itself
};
inline constexpr int blind_reasons = 6;

constexpr std::string_view word(PathState state) {
    switch (state) {
        case PathState::fresh: return "fresh";
        case PathState::late: return "late";
        case PathState::silent: return "silent";
        case PathState::blind: return "blind";
        case PathState::frozen: return "frozen";
    }
    return "?";
}

constexpr std::string_view word(BlindReason reason) {
    switch (reason) {
        case BlindReason::none: return "none";
        case BlindReason::not_heard_yet: return "not-heard-yet";
        case BlindReason::off: return "off";
        case BlindReason::link_down: return "link-down";
        case BlindReason::stall: return "stall";
        case BlindReason::overrun: return "overrun";
    }
    return "?";
}

/// One place in a view: a path's state with its reason.
struct Cell {
    PathState state = PathState::blind;
    BlindReason reason = BlindReason::not_heard_yet;

    friend constexpr bool operator==(const Cell&, const Cell&) = default;
};

inline constexpr Cell off_cell{PathState::blind, BlindReason::off};

}  // namespace inquest
