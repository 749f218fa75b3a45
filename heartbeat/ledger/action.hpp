// Everything that a ledger asks for or tells: data, in order.
#pragma once

#include "heartbeat/ledger/message.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace inquest::ledger {

/// Make this durable, all of it or nothing, after all Persist before it; then answer with
/// Persisted{number}. In this order: remove entries, replace the snapshot (and remove the entries
/// that it covers), append entries. An error of the storage must end the process: going on would
/// answer with what is not there.
///
/// It stands before all else that its step has to say. Whoever must know of an entry before it is
/// acknowledged, or that it was truncated, learns it here.
struct Persist {
    struct Ballot {
        Term term;
        MemberId vote;
    };

    std::uint64_t number = 0;  ///< from 1, without a gap
    std::optional<Ballot> ballot;
    std::optional<Index> truncate_from;  ///< remove the entry here and all after it
    std::optional<Snapshot> snapshot;    ///< none: keep the old one
    std::vector<Entry> appended;
    std::optional<Index> commit;
};

/// May be lost, delayed, repeated, reordered.
struct Send {
    Message message;
};

/// This entry is final. In the order of indexes, each exactly once in a run.
struct Committed {
    Entry entry;
};

/// Replace the state by this one: the entries up to its index will not be told.
struct Restore {
    Snapshot snapshot;
};

/// The log has grown: answer with SnapshotTaken for this index, sooner or later. It is the last
/// entry told so far.
struct TakeSnapshot {
    Index index;
};

/// What became of a proposal. After `accepted` follows Committed with this index and this term, or
/// another Proposed, or nothing for as long as nobody can know.
struct Proposed {
    enum class Outcome : std::uint8_t {
        accepted,
        refused,
        lost,     ///< truncated: it will never be committed
        unknown,  ///< a snapshot stands for its place: the state shows whether it is in
    };
    std::uint64_t id = 0;
    Outcome outcome = Outcome::refused;
    Term term;
    Index index;
    Refused reason = Refused::not_leader;  ///< only where refused
    MemberId leader;                       ///< whom to ask instead; nobody: not known
};

enum class Role : std::uint8_t {
    follower,
    canvasser,  ///< asks who would vote for it, before it disturbs anyone (9.6)
    candidate,
    leader,
};

/// Role, term or leader are others than before.
struct Standing {
    Role role = Role::follower;
    Term term;
    MemberId leader;

    friend bool operator==(const Standing&, const Standing&) = default;
};

/// A committed change has removed this node: it takes part in no election any more.
struct Dismissed {
    Index change;
};

using Action =
    std::variant<Persist, Send, Committed, Restore, TakeSnapshot, Proposed, Standing, Dismissed>;

/// The caller clears it between steps and keeps its memory.
using Actions = std::vector<Action>;

}  // namespace inquest::ledger
