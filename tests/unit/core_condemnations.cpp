// What a node would have decided of its peers, and what it makes of what was decided.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

namespace inquest::test {
namespace {

using namespace std::chrono_literals;
using Stage = KnownCondemnation::Stage;

constexpr std::uint64_t entry = 17;

Electorate among(std::initializer_list<int> numbers) {
    Electorate voters;
    for (const int number : numbers) voters.push_back(MemberId(static_cast<std::uint16_t>(number)));
    return voters;
}

LedgerTold armed() {
    return {.voters = among({1, 2, 3}), .grants = true, .armed = true, .condemned = {}};
}

/// The same, with n3's first boot condemned.
LedgerTold condemned(Stage stage, std::uint32_t boot = 1) {
    LedgerTold told = armed();
    told.condemned.push_back({MemberId(3), Incarnation(boot), entry, stage});
    return told;
}

/// Three nodes of which the third has just been lost.
Cluster without_third() {
    Cluster cluster({});
    cluster.run(2s);
    cluster.tell_all(armed());
    cluster.power_off("n3");
    return cluster;
}

TEST_SUITE("core: condemnations") {
    TEST_CASE("a lost node is called for when condemn_after has passed, by every observer") {
        Cluster cluster = without_third();
        cluster.run(2900ms);
        CHECK_FALSE(cluster.moved("n1").has_value());
        cluster.run(200ms);
        for (const char* observer : {"n1", "n2"}) {
            CAPTURE(observer);
            REQUIRE(cluster.moved(observer).has_value());
            const Motions& moved = *cluster.moved(observer);
            REQUIRE(moved.condemn.size() == 1);
            CHECK(moved.condemn[0].member == MemberId(3));
            CHECK(moved.condemn[0].silence >= 3s);
            CHECK(moved.condemn[0].silence < 3300ms);
            CHECK(moved.condemn[0].witnesses == among({1, 2}));
            CHECK(moved.acquit.empty());
            CHECK(moved.lost.size() == 1);
        }
        CHECK(cluster.count(Transition::Kind::calls_for_condemnation) == 2);
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
        cluster.run(10s);
        CHECK_MESSAGE(cluster.moved("n1")->condemn[0].silence > 12s, "as long as nobody decides");
        CHECK(cluster.count(Transition::Kind::calls_for_condemnation) == 2);
    }

    TEST_CASE("a cluster that only observes calls for nothing") {
        Cluster cluster({});
        cluster.run(2s);
        cluster.power_off("n3");
        cluster.run(5s);
        CHECK_FALSE(cluster.moved("n1").has_value());
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 2);
        SUBCASE("until it is armed") {
            cluster.tell_all(armed());
            cluster.run(100ms);
            REQUIRE(cluster.moved("n1").has_value());
            CHECK(cluster.moved("n1")->condemn.size() == 1);
        }
    }

    TEST_CASE("what is decided, or about to be, is called for no more") {
        for (const Stage stage : {Stage::appended, Stage::committed, Stage::held, Stage::proven}) {
            Cluster cluster = without_third();
            cluster.run(4s);
            cluster.tell_all(condemned(stage));
            cluster.run(100ms);
            CHECK_FALSE(cluster.moved("n1").has_value());
        }
    }

    TEST_CASE("a truncated condemnation is called for again") {
        Cluster cluster = without_third();
        cluster.run(4s);
        cluster.tell_all(condemned(Stage::appended));
        cluster.run(1s);
        cluster.tell_all(armed());
        cluster.run(100ms);
        CHECK(cluster.moved("n1").has_value());
    }

    TEST_CASE("nobody is condemned whom anybody hears, nor by who cannot tell") {
        struct Row {
            const char* why;
            void (*trouble)(Cluster&);
        };
        const Row rows[] = {
            {"n1 alone is deaf", [](Cluster& cluster) { cluster.cut("n3", "n1"); }},
            {"n1 hears nobody",
             [](Cluster& cluster) {
                 cluster.separate("n1", "n2");
                 cluster.separate("n1", "n3");
             }},
            {"no majority",
             [](Cluster& cluster) {
                 cluster.power_off("n2");
                 cluster.power_off("n3");
             }},
            {"it said goodbye", [](Cluster& cluster) { cluster.leave("n3"); }},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Cluster cluster({});
            cluster.run(2s);
            cluster.tell_all(armed());
            row.trouble(cluster);
            for (int i = 0; i < 100; ++i) {
                cluster.run(100ms);
                REQUIRE_FALSE(cluster.moved("n1").has_value());
            }
        }
    }

    TEST_CASE("who wakes late calls for nobody") {
        Cluster cluster({});
        cluster.run(2s);
        cluster.tell_all(armed());
        cluster.stall("n1", 10s);
        for (int i = 0; i < 150; ++i) {
            cluster.run(100ms);
            REQUIRE_FALSE(cluster.moved("n1").has_value());
        }
    }

    TEST_CASE("one that vanishes later is among the lost, and not called for yet") {
        Cluster cluster({.nodes = 5});
        cluster.run(2s);
        cluster.tell_all(armed());
        cluster.power_off("n5");
        cluster.run(2s);
        cluster.power_off("n4");
        cluster.run(1200ms);
        REQUIRE(cluster.moved("n1").has_value());
        CHECK(cluster.moved("n1")->condemn.size() == 1);
        REQUIRE(cluster.moved("n1")->lost.size() == 2);
        CHECK(cluster.moved("n1")->lost[0] == MemberId(4));
    }

    TEST_CASE("a beat of the condemned boot, heard by anybody, moves to acquit") {
        struct Row {
            const char* why;
            std::uint32_t boot;  ///< that is condemned; n3 runs its first
            bool acquits;
        };
        const Row rows[] = {{"that boot", 1, true},
                            {"an older one is over: a newer boot proves it", 0, false},
                            {"a newer one was not heard", 2, false}};
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Cluster cluster({});
            cluster.run(2s);
            cluster.cut("n3", "n1");
            cluster.tell_all(condemned(Stage::committed, row.boot));
            cluster.run(1s);
            REQUIRE(cluster.moved("n1").has_value() == row.acquits);
            CHECK(cluster.moved("n2").has_value() == row.acquits);
            if (!row.acquits) continue;
            REQUIRE(cluster.moved("n1")->acquit.size() == 1);
            CHECK(cluster.moved("n1")->acquit[0] == AcquitMotion{MemberId(3), entry});
            CHECK(cluster.moved("n1")->condemn.empty());
        }
    }

    TEST_CASE("a condemned node that is heard again moves to acquit itself: it may coordinate") {
        Cluster cluster({});
        cluster.run(2s);
        cluster.tell_all(condemned(Stage::committed));
        cluster.run(200ms);
        REQUIRE(cluster.moved("n3").has_value());
        CHECK(cluster.moved("n3")->acquit[0] == AcquitMotion{MemberId(3), entry});
        cluster.separate("n3", "n1");
        cluster.separate("n3", "n2");
        cluster.run(1s);
        CHECK_FALSE_MESSAGE(cluster.moved("n3").has_value(), "nobody hears it");
        cluster.heal();
        cluster.tell_all(condemned(Stage::committed, 2));
        cluster.run(1s);
        CHECK_FALSE_MESSAGE(cluster.moved("n3").has_value(), "it is another boot's");
    }

    TEST_CASE("while a proof is waited for, it is said who could be asked to switch it off") {
        struct Row {
            const char* why;
            Stage stage;
            bool waits;
        };
        const Row rows[] = {{"not decided yet", Stage::appended, false},
                            {"decided", Stage::committed, true},
                            {"held: that may end", Stage::held, true},
                            {"proven", Stage::proven, false}};
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Cluster cluster = without_third();
            cluster.run(4s);
            cluster.tell_all(condemned(row.stage));
            cluster.run(100ms);
            REQUIRE(cluster.motions("n1").has_value() == row.waits);
            if (!row.waits) continue;
            CHECK(cluster.motions("n1")->awaits_proof);
            const auto& fit = cluster.motions("n1")->fit;
            REQUIRE(fit.size() == 2);
            CHECK_MESSAGE(fit[0] == MemberId(1), "itself first");
            CHECK_MESSAGE(fit[1] == MemberId(2), "then who is heard; never who is lost");
        }
    }

    TEST_CASE("who is heard although a device has switched it off is not called alive") {
        Cluster cluster({});
        cluster.run(2s);
        LedgerTold told = condemned(Stage::proven);
        told.condemned[0].receipt = Receipt::power_off;
        cluster.tell_all(told);
        cluster.run(1s);
        CHECK(word(cluster.verdict("n1", "n3")) == "degraded");
        const NodeReport report = cluster.report("n1");
        CHECK(report.peers.back().reason.starts_with("it is heard, though a fence device"));
        told.condemned[0].receipt = Receipt::released;
        cluster.tell_all(told);
        cluster.run(1s);
        CHECK_MESSAGE(word(cluster.verdict("n1", "n3")) == "alive",
                      "it never said that it was off");
    }

    TEST_CASE("what the ledger makes of a lost node") {
        Cluster cluster = without_third();
        cluster.run(4s);
        const auto said = [&] { return cluster.report("n1").peers[1].verdict; };
        CHECK(said() == Verdict::lost);
        cluster.tell_all(condemned(Stage::committed));
        cluster.run(100ms);
        CHECK(said() == Verdict::lost);
        CHECK(cluster.explain("n1", "n3").find("its incarnation 1 is condemned by entry 17") !=
              std::string::npos);
        cluster.tell_all(condemned(Stage::held));
        cluster.run(100ms);
        CHECK(said() == Verdict::held);
        CHECK(cluster.explain("n1", "n3").find("n3 is lost, condemned, and held.") !=
              std::string::npos);
        cluster.tell_all(condemned(Stage::proven));
        cluster.run(100ms);
        CHECK(said() == Verdict::fenced);
        CHECK(cluster.verdict("n1", "n3") == Verdict::fenced);
        CHECK(cluster.explain("n1", "n3").find("n3 is fenced") != std::string::npos);
        // No majority is needed to know what is proven.
        cluster.separate("n1", "n2");
        cluster.run(1s);
        CHECK(said() == Verdict::fenced);
        cluster.heal();
        cluster.power_on("n3");
        cluster.run(2s);
        CHECK(said() == Verdict::alive);
        CHECK(cluster.story("n1", "n3").ends_with("lost held fenced degraded alive"));
    }
}

}  // namespace
}  // namespace inquest::test
