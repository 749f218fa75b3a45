// Terms: what a boot has committed about itself, the wait that follows from it, and the receipts
// that rest on it.
#include "heartbeat/core/terms.hpp"
#include "tests/unit/core_cluster_states.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inquest::test {
namespace {

using namespace std::chrono_literals;

constexpr Incarnation boot{4};
constexpr Watchdog card{WatchdogKind::hardware, Trusted::yes, 9s};

// ---- Clusters to begin with ---------------------------------------------------------------------

/// Three members that are armed; all but n2 have booted.
Told armed_cluster() {
    Told told = cluster_of(3);
    told.accept(ArmedSet{Armed::yes});
    for (const int number : {1, 3}) told.accept(IncarnationBegun{id(number), boot, 40U});
    return told;
}

TermsSet said_of(const Told& told, const Watchdog& watchdog = card) {
    return {id(3), boot, told.state.timing_index, watchdog};
}

void condemn_third(Told& told, Hold hold = Hold::none) {
    Condemned said{.member = id(3), .incarnation = boot, .hold = hold, .silence = 3s};
    for (const int witness : {1, 2}) said.witnesses.push_back(id(witness));
    told.accept(said);
}

void set_timing(Told& told, void (*change)(Timing&)) {
    Timing timing = told.state.timing;
    change(timing);
    told.accept(TimingSet{timing});
}

const std::optional<Terms>& terms(const Told& told) { return told.state.member(id(3))->terms; }

const Condemnation* standing(const Told& told) {
    const AgreedMember* found = told.state.member(id(3));
    return found->condemnation ? &*found->condemnation : nullptr;
}

std::uint64_t index_of(const Told& told) {
    return standing(told) == nullptr ? 0 : standing(told)->index;
}

Duration wait_for_third(const Told& told) {
    return self_fence_wait(*terms(told), told.state.timing.margin);
}

}  // namespace

// ---- The wait -----------------------------------------------------------------------------------

TEST_CASE("terms: the wait is as long as two clocks can go apart, and little longer") {
    constexpr std::int64_t million = 1'000'000;
    constexpr std::int64_t slow = million - drift_ppm;
    constexpr std::int64_t fast = million + drift_ppm;
    struct Row {
        Duration lease;
        Duration reset_within;
        Duration margin;
    };
    const Row rows[] = {
        {1ns, 1ns, 1ms},
        {Duration(slow - 1), 1ns, 1ms},  // whole parts, and a moment on both sides
        {Duration(slow - 1), 0ns, 1ms},
        {Duration(slow), 1ns, 1ms},
        {800ms, 3s, 1ms},
        {2s, 5s, 500ms},
        {30s, 9s, 500ms},
        {30s, 9s, 0ms},
        {1h - 1ns, 1h, 500ms},
        {1h, 1h, 1ms},
        {1h, 1h, 1h},
    };
    for (const Row& row : rows) {
        CAPTURE(row.lease.count());
        CAPTURE(row.reset_within.count());
        const Terms said{{WatchdogKind::hardware, Trusted::yes, row.reset_within}, row.lease};
        const Duration wait = self_fence_wait(said, row.margin);
        // In whole nanoseconds, so that nothing is rounded: two hours leave room for the factors.
        const std::int64_t waited = (wait - row.margin).count();
        const std::int64_t plain = (row.lease + row.reset_within).count();
        CHECK(waited * slow >= plain * fast);
        CHECK_MESSAGE(waited - plain * fast / slow <= fast, "by a millisecond at most");
        const long double exact = static_cast<long double>(plain) * fast / slow;
        CHECK(static_cast<long double>(waited) >= exact);
    }
}

TEST_CASE("terms: the wait by the timings that a cluster begins with") {
    constexpr Terms said{card, Timing{}.lease};
    static_assert(self_fence_wait(said, Timing{}.margin) == 39'579'040us);
    CHECK(self_fence_wait(said, 0ms) == 39'079'040us);
}

// ---- What a boot says of itself -----------------------------------------------------------------

TEST_CASE("terms: who may say what of which boot") {
    struct Row {
        const char* why;
        void (*before)(Told&);
        void (*change)(TermsSet&);
        std::string_view outcome;
    };
    const auto nothing = [](Told&) {};
    const auto as_it_is = [](TermsSet&) {};
    const auto card_of_an_hour = [](TermsSet& said) { said.watchdog.reset_within = 1h; };
    const auto none_at_all = [](TermsSet& said) { said.watchdog.reset_within = 0ns; };
    const Row rows[] = {
        {"the newest boot of itself", nothing, as_it_is, "accepted"},
        {"the longest", nothing, card_of_an_hour, "accepted"},
        {"the shortest", nothing, [](TermsSet& said) { said.watchdog.reset_within = 1ns; },
         "accepted"},
        {"one that proves nothing", nothing,
         [](TermsSet& said) { said.watchdog.trusted = Trusted::no; }, "accepted"},
        {"who is no member", nothing, [](TermsSet& said) { said.member = id(9); }, "no-member"},
        {"the boot before", nothing, [](TermsSet& said) { said.incarnation = Incarnation(3); },
         "old-incarnation"},
        {"a boot that nobody knows yet", nothing,
         [](TermsSet& said) { said.incarnation = Incarnation(5); }, "old-incarnation"},
        {"a floor is no boot", nothing,
         [](TermsSet& said) {
             said.member = id(2);
             said.incarnation = Incarnation{};
         },
         "old-incarnation"},
        {"others may be waiting already", [](Told& told) { condemn_third(told); }, as_it_is,
         "condemned"},
        {"acquitted, it may again",
         [](Told& told) {
             condemn_third(told);
             told.accept(Acquitted{id(3), index_of(told)});
         },
         as_it_is, "accepted"},
        {"no time at all", nothing, none_at_all, "malformed"},
        {"less than none", nothing, [](TermsSet& said) { said.watchdog.reset_within = -1ns; },
         "malformed"},
        {"longer than anybody waits", nothing,
         [](TermsSet& said) { said.watchdog.reset_within = 1h + 1ns; }, "malformed"},
        {"under the timings of before",
         [](Told& told) { set_timing(told, [](Timing& timing) { timing.lease = 60s; }); },
         [](TermsSet& said) { said.timing_index = 1; }, "old-timing"},
        {"under those that are to come", nothing, [](TermsSet& said) { ++said.timing_index; },
         "old-timing"},
        {"it is known", [](Told& told) { told.accept(said_of(told)); }, as_it_is, "already"},
        {"another watchdog", [](Told& told) { told.accept(said_of(told)); },
         [](TermsSet& said) { said.watchdog.reset_within = 7s; }, "accepted"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = armed_cluster();
        row.before(told);
        const std::optional<Terms> before = terms(told);
        TermsSet said = said_of(told);
        row.change(said);
        REQUIRE(word(told.tell(said)) == row.outcome);
        const bool is_accepted = row.outcome == "accepted";
        CHECK(terms(told) == (is_accepted ? Terms{said.watchdog, 30s} : before));
    }
}

TEST_CASE("terms: the timings that an entry has set are known by its index") {
    Told told = armed_cluster();
    CHECK(told.state.timing_index == 1);
    CHECK(told.tell(TimingSet{told.state.timing}) == EntryRefusal::already);
    CHECK(told.state.timing_index == 1);
    set_timing(told, [](Timing& timing) { timing.margin = 1s; });
    CHECK(told.state.timing_index == told.state.index);
}

TEST_CASE("terms: a longer lease is in them at once, a shorter one when it is said again") {
    Told told = armed_cluster();
    told.accept(said_of(told));
    REQUIRE(terms(told) == Terms{card, 30s});
    set_timing(told, [](Timing& timing) { timing.lease = 60s; });
    CHECK(terms(told) == Terms{card, 60s});
    CHECK_FALSE(told.state.member(id(1))->terms.has_value());

    set_timing(told, [](Timing& timing) { timing.lease = 10s; });
    CHECK_MESSAGE((terms(told) == Terms{card, 60s}), "it may not know of that yet");
    set_timing(told, [](Timing& timing) { timing.lease = 20s; });
    CHECK(terms(told) == Terms{card, 60s});
    told.accept(said_of(told));
    CHECK(terms(told) == Terms{card, 20s});
    set_timing(told, [](Timing& timing) { timing.margin = 1s; });
    CHECK(word(told.tell(said_of(told))) == "already");
}

TEST_CASE("terms: those of a condemned boot grow with the lease, and are never shortened") {
    Told told = armed_cluster();
    told.accept(said_of(told));
    condemn_third(told);
    set_timing(told, [](Timing& timing) { timing.lease = 60s; });
    CHECK(terms(told) == Terms{card, 60s});
    set_timing(told, [](Timing& timing) { timing.lease = 10s; });
    CHECK(word(told.tell(said_of(told))) == "condemned");
    CHECK(terms(told) == Terms{card, 60s});
}

TEST_CASE("terms: nobody else speaks for a member") {
    Told told = armed_cluster();
    ClusterEntry terms = asked(said_of(told));
    terms.asked_by = id(1);
    CHECK(word(told.tell(terms)) == "malformed");
}

TEST_CASE("terms: timings that an open watchdog cannot keep wait for another boot") {
    Told told = armed_cluster();
    set_timing(told, [](Timing& timing) { timing.restart_grace = 1s; });
    told.accept(said_of(told));
    Timing timing = told.state.timing;
    timing.watchdog = card.reset_within - 1ns;
    CHECK(word(told.tell(TimingSet{timing})) == "unsound");
    timing.watchdog = card.reset_within;
    told.accept(TimingSet{timing});
    told.accept(IncarnationBegun{id(3), Incarnation(5), 41U});
    timing.watchdog -= 1ns;
    told.accept(TimingSet{timing});
}

TEST_CASE("terms: another boot begins without any") {
    Told told = armed_cluster();
    told.accept(said_of(told));
    CHECK(word(told.tell(IncarnationBegun{id(3), boot, 40U})) == "already");
    CHECK(terms(told).has_value());
    told.accept(IncarnationBegun{id(3), Incarnation(5), 41U});
    CHECK_FALSE(terms(told).has_value());
    CHECK(word(told.tell(said_of(told))) == "old-incarnation");
}

TEST_CASE("terms: nobody is invited with any") {
    Told told = cluster_of(2);
    AgreedMember invited = newcomer(3);
    invited.terms = Terms{card, 30s};
    CHECK(word(told.tell(Invited{invited})) == "malformed");
    invited.terms.reset();
    told.accept(Invited{invited});
}

// ---- Receipts -----------------------------------------------------------------------------------

TEST_CASE("receipts: when its own reset proves that a condemned boot runs nothing") {
    struct Row {
        const char* why;
        std::optional<Watchdog> watchdog;  ///< that it has told of
        Hold hold;
        void (*before)(Told&);
        void (*change)(SelfFenceElapsed&);
        std::string_view outcome;
    };
    constexpr Watchdog doubtful{WatchdogKind::software, Trusted::no, 9s};
    const auto nothing = [](Told&) {};
    const auto as_it_is = [](SelfFenceElapsed&) {};
    const Row rows[] = {
        {"exactly as long as it takes", card, Hold::none, nothing, as_it_is, "accepted"},
        {"longer", card, Hold::none, nothing, [](SelfFenceElapsed& said) { said.waited += 1h; },
         "accepted"},
        {"a hold switches nothing off, nor does this", card, Hold::too_many, nothing, as_it_is,
         "accepted"},
        {"a moment too soon", card, Hold::none, nothing,
         [](SelfFenceElapsed& said) { said.waited -= 1ns; }, "too-soon"},
        {"no time has passed", card, Hold::none, nothing,
         [](SelfFenceElapsed& said) { said.waited = {}; }, "too-soon"},
        {"nobody is condemned", card, Hold::none,
         [](Told& told) {
             told.accept(Acquitted{id(3), index_of(told)});
         },
         as_it_is, "no-condemnation"},
        {"another condemnation", card, Hold::none, nothing,
         [](SelfFenceElapsed& said) { --said.condemnation; }, "no-condemnation"},
        {"one that was acquitted and condemned anew", card, Hold::none,
         [](Told& told) {
             told.accept(Acquitted{id(3), index_of(told)});
             condemn_third(told);
         },
         as_it_is, "no-condemnation"},
        {"another member", card, Hold::none, nothing,
         [](SelfFenceElapsed& said) { said.member = id(2); }, "no-condemnation"},
        {"who is no member", card, Hold::none, nothing,
         [](SelfFenceElapsed& said) { said.member = id(9); }, "no-condemnation"},
        {"a person was faster", card, Hold::none,
         [](Told& told) {
             told.accept(ConfirmedOff{id(3), index_of(told), "alice"});
         },
         as_it_is, "already"},
        {"it has said itself that it runs nothing", card, Hold::none,
         [](Told& told) {
             told.accept(Released{id(3), index_of(told)});
         },
         as_it_is, "already"},
        {"it has told of no watchdog", std::nullopt, Hold::none, nothing, as_it_is, "no-terms"},
        {"its watchdog may fail", doubtful, Hold::none, nothing, as_it_is, "no-terms"},
        {"a longer margin was agreed on meanwhile", card, Hold::none,
         [](Told& told) { set_timing(told, [](Timing& timing) { timing.margin = 501ms; }); },
         as_it_is, "too-soon"},
        {"a longer lease was", card, Hold::none,
         [](Told& told) { set_timing(told, [](Timing& timing) { timing.lease = 31s; }); }, as_it_is,
         "too-soon"},
        {"a shorter one shortens nothing", card, Hold::none,
         [](Told& told) { set_timing(told, [](Timing& timing) { timing.lease = 5s; }); },
         [](SelfFenceElapsed& said) { said.waited -= 1ns; }, "too-soon"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = armed_cluster();
        if (row.watchdog) told.accept(said_of(told, *row.watchdog));
        condemn_third(told, row.hold);
        SelfFenceElapsed said{id(3), index_of(told),
                              row.watchdog ? wait_for_third(told) : Duration(1h)};
        row.before(told);
        const Receipt before = standing(told) != nullptr ? standing(told)->receipt : Receipt::none;
        row.change(said);
        REQUIRE(word(told.tell(said)) == row.outcome);
        if (standing(told) == nullptr) continue;
        const bool is_accepted = row.outcome == "accepted";
        CHECK(standing(told)->receipt == (is_accepted ? Receipt::self_fence_elapsed : before));
        CHECK(standing(told)->hold == row.hold);
    }
}

TEST_CASE("receipts: what a condemned node says of its guests itself") {
    struct Row {
        const char* why;
        void (*before)(Told&);
        void (*change)(Released&);
        std::string_view outcome;
    };
    const auto nothing = [](Told&) {};
    const auto as_it_is = [](Released&) {};
    const Row rows[] = {
        {"its word is enough, without any terms", nothing, as_it_is, "accepted"},
        {"nobody is condemned",
         [](Told& told) {
             told.accept(Acquitted{id(3), index_of(told)});
         },
         as_it_is, "no-condemnation"},
        {"another condemnation", nothing, [](Released& said) { ++said.condemnation; },
         "no-condemnation"},
        {"another member", nothing, [](Released& said) { said.member = id(1); }, "no-condemnation"},
        {"said before",
         [](Told& told) {
             told.accept(Released{id(3), index_of(told)});
         },
         as_it_is, "already"},
        {"a person was faster",
         [](Told& told) {
             told.accept(ConfirmedOff{id(3), index_of(told), "alice"});
         },
         as_it_is, "already"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = armed_cluster();
        condemn_third(told, Hold::too_many);
        Released said{id(3), index_of(told)};
        row.before(told);
        row.change(said);
        REQUIRE(word(told.tell(said)) == row.outcome);
        if (row.outcome == "accepted") CHECK(standing(told)->receipt == Receipt::released);
    }
}

TEST_CASE("receipts: whoever is heard again is acquitted, whatever was proven") {
    struct Row {
        const char* why;
        void (*prove)(Told&);
        Receipt receipt;
    };
    const Row rows[] = {
        {"by its own reset",
         [](Told& told) {
             told.accept(SelfFenceElapsed{id(3), index_of(told), wait_for_third(told)});
         },
         Receipt::self_fence_elapsed},
        {"by its own word",
         [](Told& told) {
             told.accept(Released{id(3), index_of(told)});
         },
         Receipt::released},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = armed_cluster();
        told.accept(said_of(told));
        condemn_third(told);
        row.prove(told);
        REQUIRE(standing(told)->receipt == row.receipt);
        CHECK(standing(told)->person.empty());
        CHECK(word(told.tell(ConfirmedOff{id(3), index_of(told), "bob"})) == "already");
        told.accept(Acquitted{id(3), index_of(told)});
        CHECK(standing(told) == nullptr);
        CHECK_MESSAGE((terms(told) == Terms{card, 30s}), "it is the same boot");
        condemn_third(told);
        CHECK_MESSAGE(standing(told)->receipt == Receipt::none, "nothing is left for the next");
    }
}

TEST_CASE("sentences: what is said of terms and receipts") {
    const Told told = armed_cluster();
    CHECK(sentence(entry(said_of(told)), told.state) ==
          "n3 resets itself within 9s of its last lease (hardware watchdog)");
    const Watchdog doubtful{WatchdogKind::software, Trusted::no, 4500ms};
    CHECK(sentence(entry(said_of(told, doubtful)), told.state) ==
          "n3 resets itself within 4.5s of its last lease (software watchdog, not trusted as a "
          "proof)");
    CHECK(sentence(entry(SelfFenceElapsed{id(3), 1, 39600ms}), told.state) ==
          "n3 runs nothing any more: condemned for 39.6s, its lease and its watchdog have run out");
    CHECK(sentence(entry(Released{id(3), 1}), told.state) == "n3 says that it has no guests");
}

}  // namespace inquest::test
