// When this node's watchdog is fed and when no more, how long its leases are, and when it holds
// another node's own reset for a proof.
#include "heartbeat/core/watchdog_timing.hpp"
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace inquest::test {
namespace {

using namespace std::chrono_literals;
using Stage = KnownCondemnation::Stage;

constexpr MemberId n1{1}, n2{2}, n3{3};
constexpr Incarnation boot{5};
constexpr Session run_of_daemon{4};
constexpr Incarnation others_boot{2};
constexpr std::uint64_t entry = 17;
constexpr Duration lease = 2s;
constexpr Duration tick = 10ms;

Timing timing(Duration length = lease) {
    Timing result;
    result.lease = length;
    result.restart_grace = 500ms;
    return result;
}

Electorate three() {
    Electorate voters;
    for (const MemberId voter : {n1, n2, n3}) voters.push_back(voter);
    return voters;
}

LedgerTold armed() { return {.voters = three(), .grants = true, .armed = true, .condemned = {}}; }

KnownCondemnation third(Stage stage, std::optional<Duration> wait, std::uint64_t index = entry) {
    return {.member = n3,
            .incarnation = others_boot,
            .index = index,
            .stage = stage,
            .self_fence_wait = wait};
}

LedgerTold condemned(const KnownCondemnation& known) {
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
Machine leased(Guests guests = Guests::some) {
    Machine machine;
    machine.tell(armed());
    machine.tell(GuestsTold{guests});
    machine.run(1s);
    REQUIRE(machine.remaining() > 0s);
    return machine;
}

/// The same, and n3 was heard before it fell silent.
Machine without_third() {
    Machine machine = leased();
    machine.third_speaks = false;
    machine.n2_hears_third = false;
    machine.run(1s);
    return machine;
}

TEST_SUITE("core: watchdog") {
    TEST_CASE("a device is set so that twice its timeout and a reset fit") {
        struct Row {
            const char* why;
            Duration watchdog;
            Duration timeout;
            Duration reset_within;
        };
        const Row rows[] = {
            {"the default", 10s, 4s, 9s},
            {"fast", 5s, 2s, 5s},
            {"a moment less is a second less", 5s - 1ns, 1s, 3s},
            {"the shortest that a device can keep", 3s, 1s, 3s},
            {"no device counts less than a second", 3s - 1ns, 0s, 1s},
            {"less than a reset takes", 500ms, 0s, 1s},
            {"an hour", 1h, 1799s, 3599s},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const Duration timeout = device_timeout(row.watchdog, 1s);
            CHECK(timeout == row.timeout);
            CHECK(reset_within(timeout, 1s) == row.reset_within);
            CHECK((timeout == 0s || reset_within(timeout, 1s) <= row.watchdog));
            CHECK(4 * feed_interval(timeout) <= timeout);
        }
        CHECK_MESSAGE(reset_within(4s, 1s, 10s) == 29s, "a program between may feed on by itself");
    }

    TEST_CASE("what is not open is not fed") {
        Machine machine = leased(Guests::none);
        machine.run(3s);
        CHECK(machine.feeds.empty());
        CHECK(machine.told.empty());
        CHECK_FALSE(machine.report().watchdog.open);
        machine.open_watchdog(1s);
        CHECK(machine.node().next_deadline() <= machine.now().now);
        machine.run(tick);
        CHECK(machine.feeds.size() == 1);
        CHECK(machine.report().watchdog.open);
        CHECK(machine.report().watchdog.reset_within == 9s);
    }

    TEST_CASE("a lease feeds it, whatever runs here; without one, that nothing does") {
        struct Row {
            const char* why;
            Guests guests;
            bool leased;
            bool fed;
        };
        const Row rows[] = {
            {"a lease, and nobody has said", Guests::unknown, true, true},
            {"a lease, and no guest", Guests::none, true, true},
            {"a lease, and guests", Guests::some, true, true},
            {"nobody has said: it counts as guests", Guests::unknown, false, false},
            {"no guest needs one", Guests::none, false, true},
            {"guests, and no lease", Guests::some, false, false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine;
            if (row.leased) machine.tell(armed());
            if (row.guests != Guests::unknown) machine.tell(GuestsTold{row.guests});
            machine.run(1s);
            machine.open_watchdog(500ms);
            machine.run(10s);
            CHECK(machine.feeds.size() == (row.fed ? 20 : 0));
            REQUIRE(machine.told.size() == (row.fed ? 0 : 1));
            const WatchdogReport report = machine.report().watchdog;
            CHECK(report.guests == row.guests);
            CHECK(report.fed == row.fed);
            CHECK(report.starved_for.has_value() != row.fed);
            const bool explained =
                machine.explain("n1").find("its watchdog is fed") != std::string::npos;
            CHECK(explained == row.fed);
        }
    }

    TEST_CASE("while it may be fed it is fed in time, and the deadlines ask for that") {
        for (const Duration interval : {30ms, 250ms, 1000ms}) {
            CAPTURE(interval.count());
            Machine machine = leased();
            machine.open_watchdog(interval);
            machine.run(10s);
            REQUIRE(machine.feeds.size() > 1);
            for (std::size_t i = 1; i < machine.feeds.size(); ++i)
                CHECK(machine.feeds[i].now - machine.feeds[i - 1].now <= interval);
            CHECK(machine.now().now - machine.feeds.back().now <= interval);
        }
    }

    TEST_CASE("no feed leaves after the lease has ended by the faster of the two clocks") {
        struct Row {
            const char* why;
            Duration boot_tick;
            Duration raw_tick;
        };
        const Row rows[] = {
            {"both alike", 10ms, 10ms},
            {"BOOTTIME is slewed and slow", 9ms, 10ms},
            {"BOOTTIME is slewed and fast", 11ms, 10ms},
            {"MONOTONIC_RAW stands still", 10ms, 0ms},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = leased();
            machine.boot_tick = row.boot_tick;
            machine.raw_tick = row.raw_tick;
            machine.open_watchdog(100ms);
            machine.run(3s);
            machine.grants = false;
            const Reading from = machine.granted();
            machine.run(5s);
            REQUIRE_FALSE(machine.feeds.empty());
            for (const Reading& feed : machine.feeds) CHECK(at_most_between(from, feed) < lease);
            CHECK_MESSAGE(at_most_between(from, machine.feeds.back()) >= lease - 150ms,
                          "and until then they do");
        }
    }

    TEST_CASE("that it is fed no more is told once, and that it is again as well") {
        constexpr Duration interval = 500ms;
        for (const Guests guests : {Guests::unknown, Guests::some}) {
            CAPTURE(word(guests));
            Machine machine = leased(guests);
            machine.open_watchdog(interval);
            machine.run(3s);
            CHECK(machine.told.empty());
            machine.grants = false;
            const Instant ends = machine.granted().now + lease;
            machine.run(20s);
            REQUIRE(machine.told.size() == 1);
            const Transition& starved = machine.told[0].transition;
            CHECK(starved.from == "fed");
            CHECK(starved.to == "starved");
            CHECK(starved.peer == "n1");
            CHECK_FALSE(starved.reason.empty());
            CHECK(starved.when >= ends);
            CHECK(starved.when <= ends + 2 * interval + timing().beat_interval);
            CHECK_FALSE(machine.told[0].fed);
            CHECK(log_line(starved).find("watchdog=fed->starved") != std::string::npos);

            machine.grants = true;
            machine.run(300ms);
            REQUIRE(machine.told.size() == 2);
            CHECK(machine.told[1].transition.from == "starved");
            CHECK(machine.told[1].transition.to == "fed");
            CHECK_MESSAGE(machine.told[1].fed, "in that same step");
            CHECK(machine.report().watchdog.fed);
        }
    }

    TEST_CASE("a lease that comes back before the next feed is due is no news") {
        Machine machine = leased();
        machine.open_watchdog(1s);
        machine.run(3s);
        machine.grants = false;
        while (machine.remaining() > 0s) machine.run(tick);
        machine.run(200ms);
        CHECK(machine.remaining() == 0s);
        machine.grants = true;
        machine.run(5s);
        CHECK(machine.remaining() > 0s);
        CHECK(machine.told.empty());
        for (std::size_t i = 1; i < machine.feeds.size(); ++i)
            CHECK(machine.feeds[i].now - machine.feeds[i - 1].now <= 1s + 300ms);
    }

    TEST_CASE("a daemon that starts is not starved before it can have a lease") {
        Machine machine;
        machine.open_watchdog(1s);
        machine.run(500ms);
        CHECK(machine.feeds.empty());
        machine.tell(armed());
        machine.run(300ms);
        CHECK(machine.feeds.size() == 1);
        CHECK(machine.told.empty());
    }

    TEST_CASE("guests that come and go without a lease") {
        Machine machine;
        machine.open_watchdog(100ms);
        machine.tell(GuestsTold{Guests::none});
        machine.run(2s);
        const std::size_t fed = machine.feeds.size();
        CHECK(fed == 20);
        machine.tell(GuestsTold{Guests::some});
        machine.run(2s);
        CHECK(machine.feeds.size() == fed);
        machine.tell(GuestsTold{Guests::none});
        CHECK(machine.node().next_deadline() <= machine.now().now);
        machine.run(tick);
        CHECK(machine.feeds.size() == fed + 1);
        REQUIRE(machine.told.size() == 2);
        CHECK(machine.told[1].fed);
    }
}

TEST_SUITE("core: length of the lease") {
    TEST_CASE("timings that are on their way shorten it at once, and never lengthen it") {
        struct Row {
            const char* why;
            Duration at_most;
            Duration length;
        };
        const Row rows[] = {
            {"none are", Duration::max(), lease},
            {"shorter ones", 1s, 1s},
            {"longer ones", 1h, lease},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = leased();
            LedgerTold told = armed();
            told.lease_at_most = row.at_most;
            machine.tell(told);
            CHECK(machine.node().lease().length() == row.length);
            CHECK(machine.remaining() <= row.length);
            machine.reconfigure(timing(4s));
            CHECK(machine.node().lease().length() == std::min(row.at_most, Duration(4s)));
            machine.tell(armed());
            CHECK_MESSAGE(machine.node().lease().length() == 4s, "they had their turn");
        }
    }

    TEST_CASE("a feed waits for no longer lease than the shortest that it may have to go by") {
        Machine machine = leased();
        machine.open_watchdog(50ms);
        machine.run(1s);
        machine.grants = false;
        machine.run(800ms);
        const std::size_t fed = machine.feeds.size();
        LedgerTold told = armed();
        told.lease_at_most = 500ms;
        machine.tell(told);
        machine.run(1s);
        CHECK(machine.feeds.size() == fed);
    }

    TEST_CASE("whoever is condemned gets no longer one before it is acquitted") {
        struct Row {
            const char* why;
            Incarnation incarnation;
            MemberId member;
            Stage stage;
            bool lengthened;
        };
        const Row rows[] = {
            {"this boot", boot, n1, Stage::committed, false},
            {"this boot, as far as it knows", boot, n1, Stage::appended, false},
            {"this boot, held", boot, n1, Stage::held, false},
            {"this boot, and proven", boot, n1, Stage::proven, false},
            {"the boot before", Incarnation(4), n1, Stage::committed, true},
            {"another member", boot, n3, Stage::committed, true},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = leased();
            machine.tell(condemned({.member = row.member,
                                    .incarnation = row.incarnation,
                                    .index = entry,
                                    .stage = row.stage}));
            CHECK(machine.node().lease().length() == lease);
            machine.reconfigure(timing(4s));
            CHECK(machine.node().lease().length() == (row.lengthened ? 4s : lease));
            machine.reconfigure(timing(1s));
            CHECK_MESSAGE(machine.node().lease().length() == 1s, "a shorter one holds at once");
            machine.reconfigure(timing(4s));
            CHECK(machine.node().lease().length() == (row.lengthened ? 4s : 1s));
            machine.tell(armed());
            CHECK(machine.node().lease().length() == 4s);
        }
    }
}

TEST_SUITE("core: self-fence") {
    TEST_CASE("whose own reset is waited for") {
        struct Row {
            const char* why;
            KnownCondemnation known;
            bool proves;
        };
        KnownCondemnation stranger = third(Stage::committed, 5s);
        stranger.member = MemberId(9);
        KnownCondemnation itself = third(Stage::committed, 5s);
        itself.member = n1;
        itself.incarnation = boot;
        const Row rows[] = {
            {"condemned, and it resets itself", third(Stage::committed, 5s), true},
            {"a hold stops no clock", third(Stage::held, 5s), true},
            {"it has not said that it does", third(Stage::committed, std::nullopt), false},
            {"it may be truncated again", third(Stage::appended, 5s), false},
            {"it is proven", third(Stage::proven, 5s), false},
            {"who is no member here", stranger, false},
            {"nobody says it of itself", itself, false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = without_third();
            machine.tell(condemned(row.known));
            const Instant from = machine.now().now;
            const std::optional<Reading> when = machine.first_elapsed(10s);
            REQUIRE(when.has_value() == row.proves);
            if (!row.proves) continue;
            CHECK(when->now - from >= 5s);
            CHECK_MESSAGE(when->now - from <= 5s + 2 * tick, "the deadlines ask for it");
            const auto moved = machine.elapsed();
            REQUIRE(moved.size() == 1);
            CHECK(moved[0].member == n3);
            CHECK(moved[0].condemnation == entry);
            CHECK(moved[0].waited >= 5s);
            machine.run(1s);
            REQUIRE_MESSAGE(machine.elapsed().size() == 1, "as long as it stands");
            CHECK(machine.elapsed()[0].waited >= 5900ms);
        }
    }

    TEST_CASE("the wait is by the slower clock") {
        struct Row {
            const char* why;
            Duration boot_tick;
            Duration raw_tick;
        };
        const Row rows[] = {
            {"both alike", 10ms, 10ms},
            {"BOOTTIME is slewed and slow", 9ms, 10ms},
            {"BOOTTIME is slewed and fast", 11ms, 10ms},
            {"MONOTONIC_RAW is slow", 10ms, 5ms},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = without_third();
            machine.boot_tick = row.boot_tick;
            machine.raw_tick = row.raw_tick;
            machine.tell(condemned(third(Stage::committed, 5s)));
            const Reading from = machine.now();
            const std::optional<Reading> when = machine.first_elapsed(20s);
            REQUIRE(when.has_value());
            CHECK(at_least_between(from, *when) >= 5s);
            CHECK(at_least_between(from, *when) <= 5s + 100ms);
            CHECK(machine.elapsed()[0].waited <= at_least_between(from, *when));
        }
    }

    TEST_CASE("without the bare oscillator nothing is ever proven") {
        Machine machine = without_third();
        machine.raw_tick = 0ms;
        machine.tell(condemned(third(Stage::committed, 5s)));
        CHECK_FALSE(machine.first_elapsed(60s).has_value());
    }

    TEST_CASE("not while the condemned boot is heard") {
        struct Row {
            const char* why;
            void (*world)(Machine&);
            bool proves;
        };
        const Row rows[] = {
            {"nobody hears it", [](Machine&) {}, true},
            {"this node does", [](Machine& machine) { machine.third_speaks = true; }, false},
            {"another one does", [](Machine& machine) { machine.n2_hears_third = true; }, false},
            {"a newer boot is heard",
             [](Machine& machine) {
                 machine.third_boot = Incarnation(3);
                 machine.third_speaks = true;
             },
             true},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Machine machine = without_third();
            machine.tell(condemned(third(Stage::committed, 5s)));
            row.world(machine);
            CHECK(machine.first_elapsed(10s).has_value() == row.proves);
        }
    }

    TEST_CASE("one that falls silent again is proven at once: it gets no lease meanwhile") {
        Machine machine = without_third();
        machine.tell(condemned(third(Stage::committed, 5s)));
        machine.third_speaks = true;
        machine.run(10s);
        CHECK(machine.elapsed().empty());
        machine.third_speaks = false;
        CHECK(machine.first_elapsed(1s).has_value());
    }

    TEST_CASE("a stopwatch goes on through what is told, and begins anew with another entry") {
        Machine machine = without_third();
        machine.tell(condemned(third(Stage::committed, 5s)));
        machine.run(2s);
        machine.tell(condemned(third(Stage::held, 5s)));
        machine.run(2s);
        machine.tell(condemned(third(Stage::committed, 5s)));
        CHECK(machine.first_elapsed(1100ms).has_value());
        machine.tell(condemned(third(Stage::committed, 5s, entry + 1)));
        CHECK_FALSE(machine.first_elapsed(4900ms).has_value());
        const std::optional<Reading> when = machine.first_elapsed(200ms);
        REQUIRE(when.has_value());
        CHECK(machine.elapsed()[0].condemnation == entry + 1);
    }

    TEST_CASE("a longer wait that is told of meanwhile holds") {
        Machine machine = without_third();
        machine.tell(condemned(third(Stage::committed, 5s)));
        machine.run(4s);
        machine.tell(condemned(third(Stage::committed, 8s)));
        CHECK_FALSE(machine.first_elapsed(3900ms).has_value());
        CHECK(machine.first_elapsed(200ms).has_value());
    }

    TEST_CASE("what is left of the wait is told to people") {
        Machine machine = without_third();
        const auto left = [&] { return machine.report().peers[1].self_fence_left; };
        CHECK_FALSE(left().has_value());
        machine.tell(condemned(third(Stage::committed, std::nullopt)));
        machine.run(2s);
        CHECK_FALSE(left().has_value());
        CHECK(machine.explain("n3").find("no waiting proves anything") != std::string::npos);
        machine.tell(condemned(third(Stage::committed, 5s)));
        REQUIRE(left().has_value());
        CHECK_MESSAGE(*left() <= 3100ms, "it has been known for so long");
        CHECK(*left() >= 3s);
        CHECK(machine.explain("n3").find("by this node's stopwatch") != std::string::npos);
        machine.run(5s);
        CHECK(left() == Duration::zero());
        KnownCondemnation proven = third(Stage::proven, 5s);
        proven.receipt = Receipt::self_fence_elapsed;
        machine.tell(condemned(proven));
        machine.run(1s);
        CHECK_FALSE(left().has_value());
        CHECK(machine.explain("n3").find("its lease and its watchdog have run out") !=
              std::string::npos);
        proven.receipt = Receipt::released;
        machine.tell(condemned(proven));
        CHECK(machine.explain("n3").find("it has said itself that it has no guests") !=
              std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::test
