// A request on its way: from whoever asks, over the coordinator, into the log, and back as part of
// the state. It is handled when the state remembers it, and on every member alike.
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/core/cluster_entry.hpp"

#include <cstdint>
#include <string_view>

namespace inquest::agreement {

/// What a request waits for.
enum class Holdup : std::uint8_t {
    none,             ///< it is in the log, or about to be: a majority must make it durable
    no_coordinator,   ///< too few voters reach each other, or an election goes on
    no_answer,        ///< the coordinator has not answered yet
    change_pending,   ///< a change of members must be settled first
    not_caught_up,    ///< a member must follow the log before it votes
    coordinator_new,  ///< the coordinator has committed nothing yet
    busy,             ///< too much is under way, or a disk is slow
    no_space,         ///< this node's disk is full
    members_behind,   ///< a member that has joined has not followed to the last change of keys
    majority_away,    ///< of the voters that the change would leave, too few are there
};
inline constexpr std::size_t holdups = 10;

constexpr std::string_view word(Holdup holdup) {
    switch (holdup) {
        case Holdup::none: return "commit";
        case Holdup::no_coordinator: return "no-coordinator";
        case Holdup::no_answer: return "no-answer";
        case Holdup::change_pending: return "change-pending";
        case Holdup::not_caught_up: return "not-caught-up";
        case Holdup::coordinator_new: return "coordinator-new";
        case Holdup::busy: return "busy";
        case Holdup::no_space: return "no-space";
        case Holdup::members_behind: return "members-behind";
        case Holdup::majority_away: return "majority-away";
    }
    return "?";
}

/// What has become of a request.
struct Handling {
    enum class Stage : std::uint8_t {
        waiting,  ///< `holdup` says for what
        handled,  ///< `outcome` says how, for ever
        refused,  ///< it would have been, so nothing was written; not remembered by the state
        expired,  ///< its deadline has passed; only if it was `handed` on may it still be handled,
                  ///< once
    };
    Stage stage = Stage::waiting;
    Holdup holdup = Holdup::no_coordinator;
    EntryRefusal outcome = EntryRefusal::none;
    std::uint64_t index = 0;  ///< of its entry, once handled
    bool handed = false;      ///< some coordinator was asked to write it, and may have

    friend bool operator==(const Handling&, const Handling&) = default;
};

struct OpenRequest {
    ClusterEntry entry;
    Instant deadline{};
    Instant next_try{};
    int unanswered = 0;  ///< so often other coordinators were asked without an answer yet
    Handling handling;
};

/// Requests of one node that are remembered, answered ones among them.
inline constexpr std::size_t open_requests_max = 64;

}  // namespace inquest::agreement
