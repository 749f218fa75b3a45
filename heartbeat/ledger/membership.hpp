// Who votes: majorities, and changes of one server at a time (4.1), each followed by `settled`.
//
// One change at a time makes every two majorities of neighbouring configurations overlap, which is
// all that Raft needs. A lease needs more: it rests on voters that can *block* a majority, and such
// a set of the old voters may miss a majority of the new ones (four voters grow to five: two of the
// old can block the old, but three of the new pass them by). So from a change on everything commits
// with majorities of both, until both hold an entry `settled`, and no further change is accepted.
#pragma once

#include "heartbeat/ledger/entry.hpp"

#include <algorithm>
#include <optional>

namespace inquest::ledger {

/// Votes that decide. Pre: voters > 0. Result: 1..voters.
constexpr std::size_t majority(std::size_t voters) { return voters / 2 + 1; }

/// The largest value that a majority has reached: of match indexes, the highest that can commit
/// (3.5); of instants, since when no majority has been heard (6.2). Pre: at least one value.
template <typename T>
constexpr T reached_by_majority(const FixedVector<T, voters_max>& values) {
    T result = *std::min_element(values.begin(), values.end());
    for (const T& value : values) {
        const auto reached =
            std::count_if(values.begin(), values.end(), [&](const T& v) { return v >= value; });
        if (static_cast<std::size_t>(reached) >= majority(values.size())) {
            result = std::max(result, value);
        }
    }
    return result;
}

template <std::size_t Capacity>
constexpr bool contains(const FixedVector<MemberId, Capacity>& members, MemberId member) {
    return std::find(members.begin(), members.end(), member) != members.end();
}

/// The members as of some index of a log, and how far the last change has come.
struct Membership {
    Members now;
    Voters before;  ///< who voted before the last change
    Index changed;  ///< where the last change stands; 0: the members of the beginning
    Index settled;  ///< where `settled` stands; less than `changed`: nowhere yet

    /// Is the last change settled, once everything up to `commit` is committed?
    bool settled_by(Index commit) const { return settled >= changed && settled <= commit; }
    bool votes(MemberId member) const { return contains(now.voters, member); }
    /// Nothing is known of any cluster: a new member that has not been told, or a lost disk.
    bool blank() const { return now.voters.empty(); }

    friend bool operator==(const Membership&, const Membership&) = default;
};

/// The members once `entry` stands in the log (a configuration holds as soon as it is appended,
/// committed or not: 4.1).
Membership followed_by(Membership membership, const Entry& entry);

/// One server's change.
struct Change {
    enum class Kind : std::uint8_t {
        add_learner,  ///< it follows the log without a vote
        promote,      ///< a learner that has caught up gets a vote (4.2.1)
        demote,       ///< a voter goes on without one
        remove,
    };
    Kind kind = Kind::add_learner;
    MemberId member;
};

/// Why a proposal was not accepted. Nothing was written.
enum class Refused : std::uint8_t {
    not_leader,      ///< ask the one named, if any
    too_large,       ///< it would not fit one message
    full,            ///< too much is uncommitted, or the log waits for its snapshot
    storage_slow,    ///< too many writes are under way
    change_pending,  ///< the last change of members is not settled
    new_term,        ///< the leader has committed nothing in its term yet (correction of 2015)
    majority_away,   ///< of those who would vote then, too few answer: nothing would commit
    not_caught_up,   ///< a learner must hold almost all of the log before it votes
    already,         ///< it is one, or is none, as the change would have it
    no_room,         ///< voters_max or members_max
    last_voter,
};

/// The change made, or why it cannot be.
struct Changed {
    Members members;
    std::optional<Refused> refused;
};
Changed changed(const Members& members, const Change& change);

}  // namespace inquest::ledger
