// One member's part in what the cluster agrees on: the ledger, the state that its entries make, and
// the requests that wait for them, as one state machine.
//
// The ledger orders entries and knows nothing of them; the core knows what they mean and nothing of
// order. This joins the two, and does what the coordinator (whoever leads the ledger) owes to all:
// it carries out other members' requests, gives votes to those who should have them, and lets a new
// key take over when everybody understands it. The daemon and the simulator run it alike:
//
//     wait until next_deadline(), or until a message, a write or a request is there
//     step(now, Heard{...}) for each message, then step(now, Wake{...}), carry out the actions
//
// Pure: no clock, socket, file or randomness of its own. The actions come in order; a Persist
// stands before everything that its step has to say (ledger/action.hpp).
#pragma once

#include "heartbeat/agreement/fencing.hpp"
#include "heartbeat/agreement/messages.hpp"
#include "heartbeat/agreement/request.hpp"
#include "heartbeat/core/cluster_entry.hpp"
#include "heartbeat/core/cluster_state.hpp"
#include "heartbeat/core/ledger_told.hpp"
#include "heartbeat/core/motion.hpp"
#include "heartbeat/ledger/ledger.hpp"

#include <tl/expected.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace inquest::agreement {

// ---- What comes in ------------------------------------------------------------------------------

/// An authenticated message arrived. Any bytes are answered.
struct Heard {
    MemberId from;
    Channel channel;
    std::span<const std::byte> body;
};

/// The deadline has come, and every socket has been drained. The only event that judges time.
struct Wake {
    std::int64_t wall_seconds = 0;  ///< since 1970, for entries that a coordinator makes
};

/// Please agree on this; `entry.request` names it. It is tried again until it is handled, or until
/// the deadline; then it may still be handled later, and once. Asked again, it is answered again.
struct Ask {
    ClusterEntry entry;
    Instant deadline;
};

/// Is there room on the disk? Without it this node follows nobody and leads nobody any more, so
/// that no write can fail: its vote is missing until there is room again.
struct SpaceTold {
    enum class Space : std::uint8_t { enough, low };
    Space space = Space::enough;
};

/// A Motions is what this node's core would have decided, as of now: a coordinator puts it into the
/// log, everybody else leaves it to the coordinator's own core.
using Event = std::variant<Heard, Wake, ledger::Persisted, Ask, SpaceTold, Motions, FenceReply>;

// ---- What goes out ------------------------------------------------------------------------------

/// May be lost, delayed, repeated, reordered.
struct SendMessage {
    MemberId to;
    Channel channel;
    wire::Bytes body;
};

/// An entry had its turn; the state is as it makes it. Whoever keeps keys elsewhere makes them
/// durable before the actions that follow: among them is the report that this node has them.
struct Applied {
    std::uint64_t index = 0;
    ClusterEntry entry;
    EntryRefusal outcome = EntryRefusal::none;
    std::string sentence;  ///< for people
};

/// The state was replaced by a coordinator's snapshot: what led to it was not told here.
struct StateReplaced {};

/// keys() says something else, though nothing was applied: entries that were in this node's log at
/// its start have gone, and were never agreed on.
struct KeysChanged {};

struct Answered {
    RequestId request;
    Handling handling;
};

struct CoordinatorChanged {
    MemberId coordinator;  ///< nobody: there is none, or none is known
    std::uint64_t term = 0;
};

/// A committed change has removed this node from the cluster, and nobody needs its vote any more.
/// Told once.
struct Dismissed {};

/// Another member's entries are not this one's, though they stand at the same place: one of the
/// two disks, or a program, is wrong. Nothing may rest on either until somebody has looked.
struct Diverged {
    MemberId member;
    std::uint64_t index = 0;
};

/// A committed entry cannot be read: a later version wrote it. The process must end; until it does,
/// no event is answered any more.
struct Unreadable {
    std::uint64_t index = 0;
};

using Action =
    std::variant<ledger::Persist, SendMessage, Applied, StateReplaced, KeysChanged, Answered,
                 CoordinatorChanged, Dismissed, Diverged, Unreadable, FenceOrder, DropFence>;
using Actions = std::vector<Action>;

// ---- The state machine --------------------------------------------------------------------------

/// Looks on at each step of the ledger inside, before anything of it is carried out: an audit needs
/// more of it than its owner does.
class Onlooker {
 public:
    virtual ~Onlooker() = default;
    virtual void stepped(const ledger::Event& event, const ledger::Standing& before,
                         const ledger::Ledger& after, const ledger::Actions& actions) = 0;
};

struct Settings {
    ledger::Settings ledger;
    Duration ask_again{500ms};     ///< a request that nobody answered
    Duration report_interval{1s};  ///< a member tells the coordinator how far it is
    /// What this node's files had at the start, the signing one first: of who has not joined they
    /// are its token's, which may be newer than all that its ledger knows.
    std::vector<AgreedKey> keys_of_file{};
    /// Which boot this is. Nothing: nobody can tell it from another one.
    std::optional<IncarnationBegun> boot{};
    Onlooker* onlooker = nullptr;  ///< outlives the agreement
};

/// Messages and reports that were not understood, since the start.
struct Refusals {
    std::uint64_t malformed = 0;
    std::uint64_t not_for_us = 0;  ///< a request to one who does not lead
};

class Agreement {
 public:
    /// Error: the snapshot in `restored` is none of ours, or of a later version.
    [[nodiscard]] static tl::expected<Agreement, std::string> open(const Settings& settings,
                                                                   ledger::Restored restored,
                                                                   Instant now);

    /// Total: any event, in any order, repeated or stale, is answered. Appends to `out`.
    void step(Instant now, const Event& event, Actions& out);
    Instant next_deadline() const;

    /// What everybody has agreed on, as far as it has reached this node.
    const ClusterState& state() const { return state_; }
    const ledger::Ledger& ledger() const { return ledger_; }
    MemberId coordinator() const { return frozen() ? nobody : ledger_.leader(); }
    bool coordinates() const { return coordinator() == settings_.ledger.self; }
    /// No room on the disk: it takes no part.
    bool frozen() const { return space_ == SpaceTold::Space::low; }
    /// What has become of a request that this node has made; nothing where it is not known (any
    /// more).
    std::optional<Handling> handling(RequestId request) const;
    /// Everything that this node has applied is on its disk: no crash takes it back.
    bool is_durable() const { return written_ == asked_to_write_; }
    /// How far another member is, as it has told this coordinator; nothing where it has not lately,
    /// as of the last step.
    std::optional<std::uint64_t> applied_by(MemberId member) const;
    /// By how many seconds this node's clock of day is ahead of the coordinator's (negative:
    /// behind), give or take one; nothing while it is not known.
    std::optional<std::int64_t> seconds_ahead() const;
    /// What the core is to know after each step, before anything of it is carried out.
    /// The voters are those of the last settled configuration as of the log's last entry: a node
    /// goes by new ones as soon as `settled` is appended, and before it acknowledges that; so it is
    /// with who is condemned.
    LedgerTold told() const;
    const Refusals& refusals() const { return refusals_; }
    /// What a device has answered to this node, as long as the state does not show it: to be asked
    /// for like anything else.
    std::optional<FenceAnswered> owed_answer() const;
    /// The keys to run with, the first of which signs: those of the state. After a start the state
    /// may be older than what this node has told the coordinator, because of which others may sign
    /// with a key already. So until it has come as far as the log did at the start, these are the
    /// keys that the whole log would make, agreed on or not. That is safe: a change of keys is
    /// written only when the one before it is agreed on, so the last one alone can be in doubt, and
    /// what signs before it is understood after it.
    /// Nobody waits for who was invited and has not joined: when the keys have changed twice
    /// without it, its ledger knows none of now. So it goes by its token until its ledger has come
    /// so far.
    std::vector<AgreedKey> keys() const;

 private:
    struct Told {
        std::uint64_t index = 0;
        Instant when{};
        std::uint64_t diverged_at = 0;  ///< told already
    };

    Agreement(const Settings& settings, ledger::Restored restored, ClusterState state, Instant now);

    void on(const Heard& heard, Instant now, Actions& out);
    void on(const Wake& wake, Instant now, Actions& out);
    void on(const ledger::Persisted& persisted, Instant now, Actions& out);
    void on(const Ask& ask, Instant now, Actions& out);
    void on(const SpaceTold& told, Instant now, Actions& out);
    void on(const Motions& motions, Instant now, Actions& out);
    void on(const FenceReply& reply, Instant now, Actions& out);

    // The ledger.
    void step_ledger(Instant now, const ledger::Event& event, Actions& out);
    void take(ledger::Action& action, Actions& out);
    void send(const ledger::Message& message, Actions& out);
    void applied(const ledger::Entry& entry, Actions& out);
    void replaced(const ledger::Snapshot& snapshot, Actions& out);
    bool goes_by_token() const;
    bool has_keys_of_state() const;
    bool has_lost_its_numbers() const;
    void see_removal_through(ledger::Index applied, Actions& out);
    void forget_strangers();
    void proposed(const ledger::Proposed& proposed);
    void unreadable(std::uint64_t index, Actions& out);
    void dismissed(Actions& out);
    void tell_coordinator(Instant now, Actions& out);

    // Requests.
    void try_open_requests(Instant now, Actions& out);
    void settle_requests(Instant now, Actions& out);
    void hand_over(OpenRequest& request, Instant now, Actions& out);
    Reply considered(const ClusterEntry& entry, Instant now, Actions& out);
    Holdup propose(const ClusterEntry& entry, Instant now, Actions& out);
    void answer_request(MemberId from, const ClusterEntry& entry, Instant now, Actions& out);
    void take_reply(MemberId from, const Reply& reply, Actions& out);
    void heed(OpenRequest& request, const Reply& reply, Actions& out);
    bool make_room();
    bool is_under_way(RequestId request) const;

    // What a coordinator owes.
    void coordinate(Instant now, Actions& out);
    std::vector<ClusterEntry::Body> owed(Instant now) const;
    std::vector<ClusterEntry::Body> owed_votes(Instant now) const;
    std::uint64_t ready_from() const;
    bool follows(MemberId member, std::uint64_t index, Instant now) const;
    bool everybody_follows(std::uint64_t index, Instant now) const;
    bool hastens_keys(const ClusterEntry& entry, Instant now) const;
    bool can_agree_after(const ClusterEntry& entry, Instant now) const;

    // Condemnations.
    void search_log();
    void condemn(const CondemnMotion& motion, const Motions& all, Instant now, Actions& out);
    void prove(const ElapsedMotion& motion, Instant now, Actions& out);
    bool has_had_its_time(MemberId member, Instant now) const;
    Hold hold_for(const AgreedMember& member, const Motions& motions, Instant now) const;

    // Fencing.
    enum class FenceMoment : std::uint8_t { begun, ended };
    Duration known_for(std::uint64_t index, FenceMoment moment, Instant now);
    void fence(const Motions& motions, Instant now, Actions& out);
    void order_devices(Actions& out);

    // Reports.
    void report(Instant now, Actions& out);
    void take_report(MemberId from, const Report& report, Instant now, Actions& out);
    std::int64_t wall_seconds(Instant now) const;
    void compare_clocks(MemberId from, const ClockShown& clock, Instant now);
    void remember_hash();

    Settings settings_;
    ledger::Ledger ledger_;
    ClusterState state_;
    SpaceTold::Space space_ = SpaceTold::Space::enough;

    std::map<RequestId, OpenRequest> open_;
    std::map<std::uint64_t, RequestId> proposals_;  ///< by the ledger's number for it
    std::uint64_t last_proposal_ = 0;
    Holdup last_holdup_ = Holdup::none;  ///< of the proposal in hand

    std::map<MemberId, Told> told_;  ///< to this coordinator
    /// hashes_[index % size]: to compare with what others report.
    struct Milestone {
        std::uint64_t index = 0;
        std::uint64_t hash = 0;
    };
    std::array<Milestone, 256> hashes_{};
    Milestone durable_;  ///< the newest place that no crash can take away
    std::uint64_t asked_to_write_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t keys_changed_at_ = 0;  ///< index of the last entry that did, or a later one
    std::uint64_t restored_last_ = 0;    ///< the log's last entry that was there at the start
    Instant now_;                        ///< of the last step
    Instant report_due_{};
    Instant coordinate_due_{};
    std::int64_t wall_seconds_ = 0;
    Instant wall_read_at_{};
    struct Compared {
        MemberId with = nobody;
        std::int64_t ahead = 0;  ///< seconds; of this node's clock
    };
    Compared compared_;
    MemberId told_coordinator_;
    std::uint64_t told_term_ = 0;
    enum class Part : std::uint8_t { taken, dismissed, ended };
    Part part_ = Part::taken;

    /// Condemnations in the log that have not had their turn yet, in its order, and the leases of
    /// timings that have not; and how far it was searched. An index and a term tell the entry and
    /// all before it.
    std::vector<KnownCondemnation> appended_;
    struct AppendedLease {
        std::uint64_t index = 0;
        Duration length{};
    };
    std::vector<AppendedLease> appended_leases_;
    /// When this node learnt of each member's newest boot: before the start, by and by.
    std::map<MemberId, Instant> begun_;
    Instant begun_before_;  ///< those of which it was not told since
    /// Since when the coordinator has known of condemnations and attempts, by their indices.
    std::map<std::pair<std::uint64_t, FenceMoment>, Instant> known_since_;
    bool has_new_orders_ = false;  ///< perhaps for this node; they are given at the next wake
    /// What was asked of this node's devices, and what they have answered.
    std::map<FenceOrderId, std::optional<FenceReply>> orders_;
    ledger::Index searched_;
    ledger::Term searched_term_;

    ledger::Actions ledger_actions_;
    Refusals refusals_;
};

}  // namespace inquest::agreement
