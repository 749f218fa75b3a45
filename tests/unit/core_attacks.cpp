// Attacks on the decision core: sequences of events that would lead it to a false word, or hide a
// true one, if one of its rules were dropped.
#include "heartbeat/core/detector.hpp"
#include "heartbeat/core/verdict.hpp"
#include "tests/unit/cluster.hpp"
#include "tests/unit/core_views.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::test {
namespace {

constexpr Timing timing;

int records(const Cluster& cluster, std::string_view observer, std::string_view peer) {
    int count = 0;
    for (const Transition& change : cluster.transitions()) {
        if (change.kind == Transition::Kind::would_have_failed_over &&
            (observer.empty() || change.observer == observer) && change.peer == peer)
            ++count;
    }
    return count;
}

TEST_SUITE("core.attacks") {
    TEST_CASE("a network that heals fails nobody over in its first interval") {
        for (const int nodes : {3, 5}) {
            for (const int paths : {1, 2}) {
                for (std::uint64_t seed = 1; seed <= 10; ++seed) {
                    CAPTURE(nodes);
                    CAPTURE(paths);
                    CAPTURE(seed);
                    Cluster cluster({.nodes = nodes, .paths = paths, .seed = seed});
                    cluster.run(5s);
                    // The switches lose power; n3's ports come back 150 ms after the others'.
                    for (const char* path : {"lan-a", "lan-b"}) {
                        if (paths == 2 || path == std::string("lan-a")) cluster.switch_off(path);
                    }
                    cluster.run(10s + 13ms * static_cast<int>(seed));
                    cluster.forget();
                    for (int other = 1; other <= nodes; ++other) {
                        if (other != 3) cluster.separate("n" + std::to_string(other), "n3");
                    }
                    for (const char* path : {"lan-a", "lan-b"}) {
                        if (paths == 2 || path == std::string("lan-a")) cluster.switch_on(path);
                    }
                    cluster.run(150ms);
                    cluster.heal();
                    cluster.run(10s);
                    INFO(cluster.log());
                    CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
                }
            }
        }
    }

    TEST_CASE("its only hearer is silent for 0.6 s, and no node has failed over") {
        for (const bool leaves : {false, true}) {
            for (int phase = 0; phase < 5; ++phase) {
                CAPTURE(leaves);
                CAPTURE(phase);
                Cluster cluster({.nodes = 5, .paths = 2});
                cluster.run(5s);
                for (const char* other : {"n1", "n4", "n5"}) cluster.separate("n3", other);
                cluster.run(10s + 17ms * phase);
                CHECK(cluster.verdict("n1", "n3") == Verdict::partitioned);
                cluster.forget();
                if (leaves)
                    cluster.leave("n2");
                else
                    cluster.stall("n2", 600ms);
                cluster.run(1s);
                INFO(cluster.log());
                CHECK(records(cluster, "", "n3") == 0);
            }
        }
    }

    TEST_CASE("a member that is deaf to everybody is no witness against anybody") {
        // n2 hears nobody; n5's own link is broken; n1 and n4 do not hear n3.
        Views views(5, 1);
        for (const int peer : {1, 3, 4, 5}) views.says(2, peer, "s");
        views.says(1, 3, "s").says(4, 3, "s").says(5, 3, "b").absent(3);
        views.row(1, 3).age_ms = views.row(4, 3).age_ms = views.row(5, 3).age_ms = 5000;
        const Finding finding = judge(views.matrix(), views.roster(),
                                      {.peer = 2,
                                       .newest = Incarnation(1),
                                       .own = Incarnation(1),
                                       .relayed = false,
                                       .left = false,
                                       .ever_heard = true,
                                       .boot_grace_over = true},
                                      Views::now);
        CHECK(finding.votes_together == 3);
        CHECK(finding.deaf_votes == 2);
        CHECK(finding.verdict == Verdict::suspect);
    }

    TEST_CASE("a member that is deaf to everybody partitions no third") {
        Cluster cluster({.nodes = 4, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        for (const char* other : {"n1", "n3", "n4"}) cluster.cut(other, "n2");
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(cluster.report("n2").isolated);
        for (const char* peer : {"n3", "n4"}) CHECK(cluster.verdict("n1", peer) == Verdict::alive);
    }

    TEST_CASE("an isolated node accuses nobody, though it be the only voter") {
        Cluster cluster({.nodes = 3, .paths = 2, .voters = 1});
        cluster.run(5s);
        cluster.forget();
        for (const char* other : {"n2", "n3"}) cluster.separate("n1", other);
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(cluster.report("n1").isolated);
        CHECK_FALSE(cluster.ever_by("n1", Verdict::lost));
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
    }

    TEST_CASE("a small stall every second does not hide a loss for ever") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.power_off("n3");
        for (int i = 0; i < 60; ++i) {
            cluster.stall("n1", 120ms);
            cluster.run(1s);
        }
        INFO(cluster.log());
        CHECK_FALSE(cluster.report("n1").stalls.cannot_testify);
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        CHECK(records(cluster, "n2", "n3") >= 1);
        CHECK(records(cluster, "n1", "n3") >= 1);
    }

    TEST_CASE("one loss is recorded once, whatever another member's stalls are") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.power_off("n3");
        for (int i = 0; i < 20; ++i) {
            cluster.stall("n1", 120ms);
            cluster.run(1s);
        }
        INFO(cluster.story("n2", "n3"));
        CHECK(records(cluster, "n2", "n3") == 1);
    }

    TEST_CASE("the verdict on a dead node settles, whatever another's small stalls are") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.power_off("n3");
        for (int i = 0; i < 20; ++i) {
            cluster.stall("n1", 120ms);
            cluster.run(1s);
        }
        INFO(cluster.story("n2", "n3"));
        CHECK(cluster.story("n2", "n3").size() < std::string("suspect lost suspect lost").size());
    }

    TEST_CASE("one loss is recorded once, whatever another member's buffers do") {
        Cluster cluster({.nodes = 5, .paths = 1});
        cluster.run(5s);
        cluster.forget();
        cluster.power_off("n3");
        for (int i = 0; i < 60; ++i) {
            cluster.drown("n1", "lan-a");
            cluster.run(60ms);
            cluster.drown("n1", "lan-a");
            cluster.run(290ms);
        }
        cluster.run(5s);
        INFO(cluster.story("n2", "n3"));
        CHECK(records(cluster, "n2", "n3") == 1);
    }

    TEST_CASE("a recorded goodbye makes no lost node a left one") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.weather.recorded = true;
        cluster.leave("n3");
        cluster.run(1s);
        cluster.weather.recorded = false;
        cluster.restart_daemon("n3");
        cluster.run(10s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
        cluster.power_off("n3");
        cluster.run(10s);
        CHECK(cluster.verdict("n2", "n3") == Verdict::lost);
        cluster.restart_daemon("n1");
        cluster.run(5s);
        cluster.forget();
        for (const auto& old : cluster.tape) {
            if (old.beat->sender != MemberId(3) || !old.beat->goodbye || old.to != "n1") continue;
            cluster.inject("n1", old.path.value == 0 ? "lan-a" : "lan-b", *old.beat);
        }
        cluster.run(3min);
        INFO(cluster.log());
        CHECK_FALSE(cluster.ever_by("n2", Verdict::left));
        CHECK(cluster.verdict("n2", "n3") == Verdict::lost);
    }

    TEST_CASE("an old goodbye does not grow younger than the silence after it") {
        Cluster cluster({.nodes = 4, .paths = 2});
        cluster.run(5s);
        cluster.leave("n3");
        cluster.run(1s);
        for (const char* other : {"n1", "n3", "n4"}) cluster.cut(other, "n2");
        cluster.restart_daemon("n3");
        cluster.run(10s);
        cluster.power_off("n3");
        cluster.run(20s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::suspect);  // two of four
        cluster.forget();
        cluster.run(2min);
        INFO(cluster.log());
        CHECK_FALSE(cluster.ever_by("n1", Verdict::left));
        CHECK_FALSE(cluster.ever_by("n4", Verdict::left));
    }

    TEST_CASE("beats that a queue held for half a minute make no path fresh") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.cut("n3", "n1", "lan-b");
        cluster.weather.recorded = true;
        cluster.run(10s);
        cluster.weather.recorded = false;
        cluster.run(20s);
        cluster.power_off("n3");
        cluster.run(10s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        cluster.forget();
        for (const auto& old : cluster.tape) {
            if (old.beat->sender != MemberId(3) || old.to != "n2" || old.path != PathId(1))
                continue;
            cluster.inject("n1", "lan-b", *old.beat);
            cluster.run(100ms);
        }
        INFO(cluster.log());
        for (const Transition& change : cluster.transitions()) CHECK(change.to != "fresh");
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
    }

    TEST_CASE("wild numbers overflow no arithmetic (run with -fsanitize=undefined)") {
        Arrivals arrivals(10s);
        arrivals.heard(Sequence(0), at(100s));
        arrivals.heard(Sequence((std::uint64_t{1} << 32) - 1), at(101s));
        const Instant expected = arrivals.expected(Sequence((std::uint64_t{1} << 32)));
        CHECK(expected > at(0s));
        CHECK(arrivals.margin() >= Duration::zero());
    }

    TEST_CASE("one old beat makes no accuser of an observer that has just started") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.weather.recorded = true;
        cluster.run(1s);
        cluster.weather.recorded = false;
        cluster.cut("n3", "n1");
        cluster.run(1s);
        cluster.restart_daemon("n1");
        cluster.run(1s);
        for (const auto& old : cluster.tape) {
            if (old.beat->sender != MemberId(3) || old.to != "n1") continue;
            cluster.inject("n1", old.path.value == 0 ? "lan-a" : "lan-b", *old.beat);
            break;
        }
        cluster.run(2s);
        INFO(cluster.log());
        CHECK(cluster.cell("n1", "n3", "lan-a").state != PathState::silent);
        CHECK(cluster.cell("n1", "n3", "lan-b").state != PathState::silent);
    }
}

}  // namespace
}  // namespace inquest::test
