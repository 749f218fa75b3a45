// One node with both of its clocks, its watchdog and what the others say of it in a test's hands:
// for what it may feed, and when it holds another one's own reset for a proof.
#pragma once

#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace inquest::test::machine {

using namespace std::chrono_literals;
using Stage = KnownCondemnation::Stage;

inline constexpr MemberId n1{1}, n2{2}, n3{3};
inline constexpr Incarnation boot{5};
inline constexpr Session run_of_daemon{4};
inline constexpr Incarnation others_boot{2};
inline constexpr std::uint64_t entry = 17;
inline constexpr Duration lease = 2s;
inline constexpr Duration tick = 10ms;

inline Timing timing(Duration length = lease) {
    Timing result;
    result.lease = length;
    result.restart_grace = 500ms;
    return result;
}

inline Electorate three() {
    Electorate voters;
    for (const MemberId voter : {n1, n2, n3}) voters.push_back(voter);
    return voters;
}

inline LedgerTold armed() {
    return {.voters = three(), .grants = true, .armed = true, .condemned = {}};
}

inline KnownCondemnation third(Stage stage, std::optional<Duration> wait,
                               std::uint64_t index = entry) {
    return {.member = n3,
            .incarnation = others_boot,
            .index = index,
            .stage = stage,
            .self_fence_wait = wait};
}

inline LedgerTold condemned(const KnownCondemnation& known) {
    LedgerTold told = armed();
    told.condemned.push_back(known);
    return told;
}

/// n1 of three nodes on one path. Both clocks of it, and what the others say, are the test's.
class Machine {
 public:
    explicit Machine(const Timing& timings = timing())
        : node_(cluster_config(3, 1, timings),
                {.self = n1, .incarnation = boot, .session = run_of_daemon}, now_.now) {}

    // The world around it; may be changed at any time.
    Duration boot_tick = tick;  ///< so much CLOCK_BOOTTIME counts in a step of the world
    Duration raw_tick = tick;   ///< so much the bare oscillator does
    bool grants = true;         ///< whoever speaks grants the newest beat of n1
    bool n2_hears_third = true;
    bool third_speaks = true;
    Incarnation third_boot = others_boot;

    /// As long as it takes in the world, whatever the clocks say.
    void run(Duration length) {
        for (Duration passed{}; passed < length; passed += tick) step_world();
    }
    /// The clocks when it first holds a reset for a proof; nothing: it does not, for so long.
    std::optional<Reading> first_elapsed(Duration longest) {
        for (Duration passed{}; passed < longest; passed += tick) {
            step_world();
            if (!elapsed().empty()) return now_;
        }
        return std::nullopt;
    }
    void tell(const Event& event) {
        Actions out;
        node_.step(now_.now, event, out);
        take(out);
    }
    void open_watchdog(Duration feed_interval) { tell(WatchdogOpened{feed_interval, 9s}); }
    void reconfigure(const Timing& timings) {
        const ClusterConfig next = cluster_config(3, 1, timings);
        tell(Reconfigured{next});
    }

    const Node& node() const { return node_; }
    Reading now() const { return now_; }
    NodeReport report() const { return node_.report(now_.now); }
    std::string explain(std::string_view member) const {
        return text(node_.explain(member, now_.now).value());
    }
    Duration remaining() const { return node_.lease().remaining(now_); }
    FixedVector<ElapsedMotion, members_max> elapsed() const {
        return moved_ ? moved_->elapsed : FixedVector<ElapsedMotion, members_max>{};
    }
    /// When the newest beat left that somebody has granted.
    Reading granted() const { return granted_; }

    struct Told {
        Transition transition;
        bool fed = false;  ///< in the same step
    };
    std::vector<Reading> feeds;
    std::vector<Told> told;  ///< of the watchdog

 private:
    void step_world() {
        now_.now += boot_tick;
        now_.raw += raw_tick;
        if (++steps_ % (timing().beat_interval / tick) == 0) {
            speak(n2, others_boot);
            if (third_speaks) speak(n3, third_boot);
        }
        if (node_.next_deadline() > now_.now) return;
        moved_.reset();
        tell(Wake{now_.raw});
    }

    /// One beat of another node: it hears everybody who speaks.
    void speak(MemberId from, Incarnation as) {
        Beat beat;
        beat.sender = from;
        beat.incarnation = as;
        beat.session = Session(9);
        beat.sequence = Sequence(++spoken_);
        beat.boot_tag = as.value;
        beat.paths = 1;
        beat.electorate = three();
        for (const MemberId peer : {n1, n2, n3}) {
            if (peer == from) continue;
            const bool hears = peer != n3 || (third_speaks || n2_hears_third);
            PeerRow row{.peer = peer, .age_ms = hears ? std::uint16_t{10} : age_unknown_ms};
            row.incarnation = peer == n1 ? boot : peer == n3 ? third_boot : others_boot;
            row.cells.push_back({hears ? PathState::fresh : PathState::silent, BlindReason::none});
            if (peer == n1 && grants && newest_ != Sequence{}) {
                row.grant = Grant{run_of_daemon, newest_};
                granted_ = left_;
            }
            beat.row.push_back(row);
        }
        tell(BeatHeard{beat, PathId{0}, now_.now});
    }

    void take(const Actions& out) {
        const bool fed = std::any_of(out.begin(), out.end(), [](const Action& action) {
            return std::holds_alternative<FeedWatchdog>(action);
        });
        if (fed) feeds.push_back(now_);
        for (const Action& action : out) {
            if (const auto* change = std::get_if<Transition>(&action)) {
                if (change->kind == Transition::Kind::watchdog) told.push_back({*change, fed});
            } else if (const auto* sending = std::get_if<SendBeat>(&action)) {
                newest_ = sending->beat.sequence;
                left_ = now_;
            } else if (const auto* motions = std::get_if<Motions>(&action)) {
                moved_ = *motions;
            }
        }
    }

    Reading now_{at(1000s), 400s};
    std::int64_t steps_ = 0;
    std::uint64_t spoken_ = 0;
    Sequence newest_;
    Reading left_;
    Reading granted_;
    std::optional<Motions> moved_;
    Node node_;
};

/// It has held a lease for a while.
inline Machine leased(Guests guests = Guests::some) {
    Machine machine;
    machine.tell(armed());
    machine.tell(GuestsTold{guests});
    machine.run(1s);
    REQUIRE(machine.remaining() > 0s);
    return machine;
}

/// The same, and n3 was heard before it fell silent.
inline Machine without_third() {
    Machine machine = leased();
    machine.third_speaks = false;
    machine.n2_hears_third = false;
    machine.run(1s);
    return machine;
}

}  // namespace inquest::test::machine
