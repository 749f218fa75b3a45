// The core: one node's whole judgement as one state machine (docs/overview.md).
//
// Feed it events with the instant at which they are handled; it answers with ordered actions, and
// says when it wants to be woken. The protocol with whoever runs it, daemon or simulator:
//
//     wait until next_deadline()
//     drain every socket: step(now, BeatHeard{...}) for each beat
//     step(now, Wake{}), carry out the actions
//
// Only Wake judges, so no deadline is judged while a beat lies unread in a socket. A node acts on
// nobody: it moves to condemn or to acquit (motion.hpp), and the ledger tells it what was decided.
#pragma once

#include "heartbeat/base/time.hpp"
#include "heartbeat/core/action.hpp"
#include "heartbeat/core/config.hpp"
#include "heartbeat/core/event.hpp"
#include "heartbeat/core/explanation.hpp"
#include "heartbeat/core/keeper.hpp"
#include "heartbeat/core/lease.hpp"
#include "heartbeat/core/matrix.hpp"
#include "heartbeat/core/peer_evidence.hpp"
#include "heartbeat/core/relays.hpp"
#include "heartbeat/core/report.hpp"
#include "heartbeat/core/roster.hpp"
#include "heartbeat/core/schedule.hpp"
#include "heartbeat/core/stall_gate.hpp"
#include "heartbeat/core/stopwatches.hpp"
#include "heartbeat/core/verdict.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inquest {

/// Who this node is in this run.
struct Identity {
    MemberId self;
    Incarnation incarnation;     ///< >= 1
    Session session;             ///< >= 1
    std::uint32_t boot_tag = 0;  ///< digest of the kernel's boot id
    std::uint64_t seed = 0;      ///< of the jitter
};

class Node {
 public:
    /// Pre: problems(cluster) has no error, and identity.self is one of its members.
    Node(const ClusterConfig& cluster, const Identity& identity, Instant now);

    /// Total: any event, in any order, repeated or stale, is answered. Appends to `out`.
    void step(Instant now, const Event& event, Actions& out);
    /// When to wake the node at the latest. Waking later is noticed as a stall.
    Instant next_deadline() const { return promised_; }

    NodeReport report(Instant now) const;
    /// The verdict on the member at this place of the roster by the evidence alone; at this node's
    /// own, on itself.
    Verdict verdict(std::size_t place) const {
        return place == roster_.self() ? self_verdict_ : peers_[place].verdict;
    }
    /// The same as it is told: a lost node that was condemned may be `held` or `fenced`.
    Verdict pronounced(std::size_t place) const {
        return place == roster_.self() ? self_verdict_ : peers_[place].pronounced;
    }
    /// Why a member has its verdict; nothing if there is no such member.
    std::optional<Explanation> explain(std::string_view member, Instant now) const;

    /// Authenticated beats that were no evidence, by reason.
    const std::array<std::uint64_t, beat_refusals>& refused() const { return refused_; }
    std::uint64_t beats_heard() const { return beats_heard_; }
    const Roster& roster() const { return roster_; }
    /// This node's right to run guarded VMs, as of its last wake.
    const Lease& lease() const { return lease_; }
    Guests guests() const { return guests_; }
    /// Both clocks at its last wake.
    Reading latest_reading() const { return {woke_, raw_}; }
    /// What its keeper says should it die; nothing once it leaves on purpose.
    std::optional<Will> will() const;

 private:
    struct Peer {
        PeerEvidence evidence;
        Instant met{};  ///< since when this node knows it: its boot grace counts from then
        Verdict verdict = Verdict::unknown;     ///< of the evidence alone
        Verdict pronounced = Verdict::unknown;  ///< with what the ledger makes of it
        Instant since{};
        Finding finding;
        Instant lost_at{};      ///< last found lost
        Instant silent_from{};  ///< newest beat that anyone heard, plus own stalls since
        std::optional<Instant> heard_since;  ///< heard by somebody, without a break
        std::optional<Instant> well_since;   ///< every path fresh everywhere, without a break
        std::string refused_as;              ///< its beats come and are refused: as which boot
        Incarnation refused_life;            ///< the newest boot that this was told of
        bool recorded = false;               ///< "would have failed over" for this loss
        std::optional<Instant> cut_since;    ///< found partitioned, without a break
    };

    // Events.
    void on(const BeatHeard& heard, Instant now, Actions& out);
    void on(const LocalHalfBroken& broken, Instant now, Actions& out);
    void on(const LocalHalfGood& good, Instant now, Actions& out);
    void on(const Overrun& overrun, Instant now, Actions& out);
    void on(const Wake& wake, Instant now, Actions& out);
    void on(const Leave& leave, Instant now, Actions& out);
    void on(const Reconfigured& reconfigured, Instant now, Actions& out);
    void on(const LedgerTold& told, Instant now, Actions& out);
    void on(const WatchdogOpened& opened, Instant now, Actions& out);
    void on(const GuestsTold& told, Instant now, Actions& out);

    // Configuration.
    Peer meet(const ClusterConfig& cluster, std::size_t place, Instant now) const;
    void follow_members(const ClusterConfig& cluster, const Places& before, Instant now);
    void bide(Instant now);
    bool awaited(const PeerEvidence& evidence, Instant now) const;
    Duration pace(Instant now) const;

    // Evidence.
    void accept(std::size_t place, const BeatHeard& heard, Instant now);
    void note_end_of_isolation(Instant arrived);
    void note_echo(std::size_t place, const BeatHeard& heard);
    void tell_member_change(std::size_t place, Incarnation before, Session session_before,
                            Instant now, Actions& out) const;
    void tell_ancient(std::size_t place, const Beat& beat, Instant now, Actions& out);
    void stalled(Duration stall, Instant now, Actions& out);
    void tell_fitness(Instant now, Actions& out);
    void judge_paths(Instant now, Actions& out);
    void write_own_view(Instant now);

    // Verdicts.
    void judge_verdicts(Instant now, Actions& out);
    Finding find(std::size_t place, Instant now) const;
    Verdict settle(Peer& peer, Verdict found, Instant now) const;
    void judge_self(Instant now, Actions& out);
    bool is_alone() const;
    bool hears_anyone(Instant now) const;
    bool boot_grace_over(Instant since, Instant now) const;
    void pronounce(std::size_t place, Verdict verdict, Instant now, Actions& out);
    void record_failover(std::size_t place, Instant now, Actions& out);
    Instant silent_since(const Peer& peer) const;

    // Condemnations.
    const KnownCondemnation* condemnation(std::size_t place) const;
    bool is_condemned(std::size_t place, Incarnation incarnation) const;
    Verdict by_ledger(std::size_t place, Verdict verdict) const;
    bool belies_a_device(std::size_t place) const;
    Incarnation heard_as(std::size_t place) const;
    bool is_heard_itself(Instant now) const;
    void move_motions(Instant now, Actions& out) const;
    Explanation explain_condemnation(std::size_t place, Instant now) const;
    std::optional<Duration> self_fence_left(const KnownCondemnation& known, Instant now) const;

    // Leases.
    Reading reading(Instant now) const;
    void take_grant(const BeatHeard& heard);
    std::optional<Grant> grant_for(std::size_t place) const;
    void judge_lease(Instant now, Actions& out);
    LeaseReport report_lease(Instant now) const;
    Explanation explain_lease(Instant now) const;
    void fit_lease();

    // The watchdog.
    bool may_feed(Instant now) const;
    void judge_watchdog(Instant now, Actions& out);
    WatchdogReport report_watchdog(Instant now) const;
    Explanation explain_watchdog(Instant now) const;

    // Sending.
    void send_due(Instant now, Actions& out);
    void send(Schedule::Slot slot, Instant now, Actions& out);
    PeerRow row(std::size_t place, std::size_t path, Instant now) const;
    bool on_path(std::size_t path) const;

    // Telling.
    Instant find_deadline(Instant now) const;
    Transition transition(Transition::Kind kind, std::size_t peer, Instant now) const;
    static std::optional<Instant> newest_beat(const Peer& peer);
    std::string verdict_reason(std::size_t place, Instant now) const;
    std::string verdict_facts(std::size_t place, Instant now) const;
    std::string unsettled(std::size_t place, Instant now) const;
    std::string faults(std::size_t place, Instant now) const;
    std::vector<std::string> faults(Instant now) const;
    std::string fault_on(std::size_t path, Instant now) const;
    Explanation explain_self(Instant now) const;
    Explanation explain_peer(std::size_t place, Instant now) const;
    Explanation explain_witness(std::size_t observer, std::size_t place, Instant now) const;

    /// What the timings grant while members still go by those of before: the longest of both.
    struct Patience {
        Duration limit;    ///< for path_limit
        Duration condemn;  ///< for condemn_after
    };

    struct OpenWatchdog {
        Duration feed_interval;
        Duration reset_within;
        Instant feed_due;
        Instant fed_at;  ///< or opened
        std::optional<Instant> starved_since;
    };

    Timing timing_;
    Patience patience_;
    Instant impatient_since_;  ///< last instant at which somebody had not followed
    Identity identity_;
    std::uint32_t config_hash_;
    Roster roster_;
    Instant started_;
    Schedule schedule_;
    StallGate gate_;
    Matrix matrix_;
    Relays relays_;
    SentBeats sent_;
    Lease lease_;
    LedgerTold ledger_;                     ///< as told last
    std::string_view lease_word_ = "none";  ///< as told last
    Stopwatches stopwatches_;
    std::optional<OpenWatchdog> watchdog_;
    Guests guests_ = Guests::unknown;
    Duration raw_{};  ///< the bare oscillator at the last wake
    Instant woke_;    ///< when that was
    std::vector<LocalHalf> halves_;
    std::vector<Peer> peers_;  ///< by place; this node's own entry is unused
    Verdict self_verdict_ = Verdict::unknown;
    Instant self_since_;
    Instant apart_until_;         ///< last instant without a quorate component
    Instant listens_anew_until_;  ///< after it has heard nobody for path_limit
    bool ever_heard_anyone_ = false;
    bool leaving_ = false;
    bool unfit_told_ = false;  ///< "cannot testify" has been told
    Stalls stalls_;
    std::array<std::uint64_t, beat_refusals> refused_{};
    std::uint64_t beats_heard_ = 0;
    Instant promised_;
};

}  // namespace inquest
