// The ledger: one server of Raft as one state machine, with nothing in it that the dissertation
// does not have but `settled` (membership.hpp). It knows nothing of what it replicates.
//
// Feed it events with the instant at which they are handled; it answers with ordered actions, and
// says when it wants to be woken. The protocol with whoever runs it, daemon or simulator:
//
//     wait until next_deadline()
//     drain every socket: step(now, Received{...}) for each message
//     step(now, Wake{}), carry out the actions
//
// Durability: each step asks for at most one transaction, a Persist. A vote, an acknowledgement or
// any other answer that a step gives leaves only when Persisted has come back for all that was
// asked for until then. Only a leader's requests do not wait: it may send entries while it writes
// them, but counts itself only when they are durable (10.2.1).
#pragma once

#include "heartbeat/base/random.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/ledger/action.hpp"
#include "heartbeat/ledger/event.hpp"
#include "heartbeat/ledger/log.hpp"
#include "heartbeat/ledger/progress.hpp"
#include "heartbeat/ledger/settings.hpp"
#include "heartbeat/ledger/snapshot.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace inquest::ledger {

/// Why a message was dropped, as the place of its count.
enum class Dropped : std::uint8_t {
    misaddressed,   ///< not to this member, or from nobody
    own_id,         ///< from this member's own id: an echo, or a second host with the id
    stranger,       ///< an answer from no member
    leader_lives,   ///< asks for a vote while there is a leader (4.2.3)
    second_leader,  ///< claims to lead a term that another leads: a second host with an id
    malformed,      ///< a gap in the indexes, a chunk that does not fit
    contradiction,  ///< would change a committed entry: some disk has lost what it acknowledged
    storage_slow,   ///< too many writes are under way
    disk_lost,      ///< knows this member as a voter, which knows of no cluster
};
inline constexpr std::size_t drop_reasons = 9;

class Ledger {
 public:
    /// The state up to `restored.snapshot` is the caller's to load; what is known to be committed
    /// after it is told in the first step. Pre: settings.sound().
    Ledger(const Settings& settings, Restored restored, Instant now);

    /// Total: any event, in any order, repeated or stale, is answered. Appends to `out`.
    void step(Instant now, const Event& event, Actions& out);
    /// When to wake the ledger at the latest.
    Instant next_deadline() const;

    Role role() const { return role_; }
    Term term() const { return term_; }
    /// Whom this server has voted for in its term.
    MemberId vote() const { return vote_; }
    MemberId leader() const { return leader_; }
    Index committed() const { return commit_; }
    /// Does this member count, follow, or have to see its own removal through?
    bool takes_part(MemberId member) const;
    const Log& log() const { return log_; }
    /// As of the last entry, committed or not.
    const Membership& membership() const { return log_.membership(); }
    const std::array<std::uint64_t, drop_reasons>& dropped() const { return dropped_; }

 private:
    struct Write {
        std::uint64_t number;
        Index last;  ///< of the log as it makes it
    };
    struct Withheld {
        std::uint64_t number;  ///< leaves when this Persist is durable
        Message message;
    };
    struct OpenProposal {
        std::uint64_t id;
        Term term;
    };
    struct Incoming {
        Term sender;  ///< the term of the leader that sends it
        Index index;
        Term term;
        Membership membership;
        std::uint64_t total_bytes = 0;
        Bytes bytes;
    };

    // Events.
    void on(const Received& received);
    void on(const Wake& wake);
    void on(const Persisted& persisted);
    void on(const Propose& proposal);
    void on(const ProposeChange& proposal);
    void on(const SnapshotTaken& taken);

    // Messages, of this term.
    void on(const Message& message, const VoteRequest& request);
    void on(const Message& message, const VoteReply& reply);
    void on(const Message& message, const Append& append);
    void on(const Message& message, const AppendAccepted& reply);
    void on(const Message& message, const AppendRefused& reply);
    void on(const Message& message, const SnapshotChunk& chunk);
    void on(const Message& message, const ChunkTaken& reply);
    void on(const Message& message, const NotMember& notice);
    std::optional<Dropped> why_dropped(const Message& message) const;
    bool has_lost_disk(const Message& message) const;
    void answer_from_past(const Message& message);

    // Elections (ledger_election.cpp).
    void become(Role role, MemberId leader);
    void enter(Term term);
    void canvass();
    void campaign();
    void ask_for_votes(VoteRequest::Stage stage);
    void count_vote(MemberId voter);
    void lead();
    bool may_campaign() const;
    bool may_vote(const Message& message, const VoteRequest& request) const;
    bool hears_leader() const;
    bool follow(const Message& message);
    Instant majority_heard_at() const;
    void put_off_election();

    // Replication (ledger_replication.cpp).
    Index append(EntryKind kind, const Members& members, const Bytes& bytes);
    void append_to_all();
    void feed_all();
    void feed(MemberId follower, Progress& progress);
    void send_entries(MemberId follower, Progress& progress);
    void send_append(MemberId follower, Progress& progress, std::size_t room_bytes);
    bool take_entries(const Append& append);
    void truncate_from(Index first);
    void advance_commit();
    Index highest_agreed() const;
    Index durable_on(MemberId member) const;
    void learn_commit(Index commit);
    void tell_committed();
    std::optional<Refused> why_refused(std::size_t bytes, std::size_t bytes_max) const;
    void accepted(std::uint64_t id, Index index);
    void refused(std::uint64_t id, Refused reason);
    void close_proposals(Index from, Index through, Proposed::Outcome outcome);

    // Members (ledger_membership.cpp).
    bool is_settled() const { return log_.membership().settled_by(commit_); }
    bool is_over() const;
    void meet_members();
    void tell_if_removed(MemberId stranger);
    void settle();
    std::optional<Refused> why_refused(const Change& change) const;
    bool majority_answers(const Voters& voters) const;

    // Snapshots (ledger_snapshot.cpp).
    void ask_for_snapshot();
    bool sends_snapshot() const;
    void send_chunk(MemberId follower, Progress& progress);
    void take_chunk(Term sender, const SnapshotChunk& chunk);
    void install();

    // What goes out.
    void send(MemberId to, Message::Body body);
    void reply(MemberId to, Message::Body body);
    void drop(Dropped reason) { ++dropped_[static_cast<std::size_t>(reason)]; }
    void finish(Actions& out);
    void number_draft(Actions& out);
    void release_replies(Actions& out);
    bool storage_slow() const { return writes_.size() >= settings_.writes_max; }

    Settings settings_;
    Random random_;
    Instant now_;  ///< of the event in hand

    // Durable, or asked to be.
    Term term_;
    MemberId vote_;
    Log log_;
    Snapshot snapshot_;

    Index commit_;
    Index applied_;                   ///< told so far
    std::optional<Index> asked_for_;  ///< TakeSnapshot without an answer
    std::optional<Incoming> incoming_;
    std::optional<Index> dismissed_by_;  ///< the change that removed this node

    Role role_ = Role::follower;
    MemberId leader_;
    Instant heard_leader_;
    Instant election_due_;
    Voters granted_;                ///< votes, or promises of them
    std::uint64_t vote_write_ = 0;  ///< the Persist that makes the own vote durable

    // Of a leader.
    std::map<MemberId, Progress> followers_;
    Instant append_due_;
    Index durable_;  ///< so far its own log is

    std::map<Index, OpenProposal> proposals_;
    std::deque<Write> writes_;      ///< under way
    std::uint64_t written_ = 0;     ///< the last one that is durable
    std::uint64_t last_write_ = 0;  ///< the last one asked for
    std::deque<Withheld> withheld_;

    // Of the step in hand.
    Persist draft_;
    Actions actions_;
    std::vector<Message> replies_;
    Standing told_;

    std::array<std::uint64_t, drop_reasons> dropped_{};
};

}  // namespace inquest::ledger
