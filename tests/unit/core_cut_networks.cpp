// Cuts that leave some member hearing a node: the node runs, and nobody may say otherwise.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::test {
namespace {

std::string n(int number) { return "n" + std::to_string(number); }

TEST_SUITE("core.cut_networks") {
    TEST_CASE(
        "one node deaf for one other: partitioned, the same everywhere, for as long as it lasts") {
        for (const int nodes : {3, 4, 5, 7}) {
            CAPTURE(nodes);
            Cluster cluster({.nodes = nodes, .paths = 2});
            cluster.run(5s);
            cluster.forget();
            cluster.cut("n3", "n1");
            cluster.run(3s);
            INFO(cluster.log());
            CHECK(cluster.verdict("n1", "n3") == Verdict::partitioned);
            CHECK(cluster.verdict("n2", "n3") == Verdict::partitioned);
            CHECK(cluster.reason("n2", "n3").find("n1 does not hear it") != std::string::npos);
            CHECK_FALSE(cluster.ever(Verdict::lost));
            CHECK(cluster.verdict("n3", "n1") == Verdict::alive);
            cluster.forget();
            cluster.run(60s);
            CHECK(cluster.log() == "");
        }
    }

    TEST_CASE("the deaf node keeps the other's view, relayed, and so the whole matrix") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.separate("n1", "n3");
        cluster.run(5s);
        for (int i = 0; i < 50; ++i) {
            cluster.run(77ms);
            const NodeReport report = cluster.report("n1");
            REQUIRE(report.views.size() == 3);
            for (const ViewReport& view : report.views) CHECK(view.current);
            CHECK(report.views[2].via == "n2");
            CHECK(report.quorate);
            CHECK(report.votes_together == 3);
            CHECK(report.peers[1].relayed);
        }
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n3") == Verdict::partitioned);
        CHECK(cluster.verdict("n3", "n1") == Verdict::partitioned);
        CHECK(cluster.verdict("n2", "n1") == Verdict::partitioned);
        CHECK(cluster.verdict("n2", "n3") == Verdict::partitioned);
        CHECK_FALSE(cluster.ever(Verdict::lost));
        // Two beats each interval at most: one to each side of the cut.
        const std::uint64_t before = cluster.relayed_beats();
        cluster.run(10s);
        CHECK(cluster.relayed_beats() - before <= 2 * 101);
        CHECK(cluster.relayed_beats() - before >= 2 * 45);
    }

    TEST_CASE("two nodes: a one-way cut is suspect to the deaf one and degraded to the other") {
        Cluster cluster({.nodes = 2, .paths = 2});
        cluster.run(5s);
        cluster.cut("n2", "n1");
        cluster.run(30s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n2") == Verdict::suspect);
        CHECK(cluster.verdict("n2", "n1") == Verdict::degraded);
        CHECK_FALSE(cluster.ever(Verdict::lost));
    }

    TEST_CASE("a chain of five: every end has every view, over up to three hops, without flicker") {
        for (const int paths : {1, 2, 3}) {
            CAPTURE(paths);
            Cluster cluster({.nodes = 5, .paths = paths});
            for (int a = 1; a <= 5; ++a) {
                for (int b = a + 2; b <= 5; ++b) cluster.separate(n(a), n(b));
            }
            cluster.run(40s);  // boot_grace is over: what was never heard is silent now
            cluster.forget();
            for (int i = 0; i < 100; ++i) {
                cluster.run(97ms);
                for (int observer = 1; observer <= 5; ++observer) {
                    const NodeReport report = cluster.report(n(observer));
                    REQUIRE(report.views.size() == 5);
                    for (const ViewReport& view : report.views) {
                        CAPTURE(observer);
                        CAPTURE(view.observer);
                        CHECK(view.current);
                    }
                }
            }
            CHECK(cluster.log() == "");
            CHECK(cluster.verdict("n1", "n5") == Verdict::partitioned);
            CHECK(cluster.verdict("n3", "n2") == Verdict::partitioned);
        }
    }

    TEST_CASE("a node lost behind a cut is lost to those too that had it by relay only") {
        Cluster cluster({.nodes = 4, .paths = 2});
        cluster.run(5s);
        cluster.separate("n1", "n3");
        cluster.run(5s);
        cluster.forget();
        cluster.power_off("n3");
        cluster.run(5s);
        INFO(cluster.log());
        for (const char* observer : {"n1", "n2", "n4"}) {
            CHECK(cluster.verdict(observer, "n3") == Verdict::lost);
            CHECK(cluster.first(observer, "n3", Verdict::lost) < at(12s));
        }
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 3);
    }

    TEST_CASE("two against two: both halves suspect the other, neither says lost") {
        Cluster cluster({.nodes = 4, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        for (const char* a : {"n1", "n2"}) {
            for (const char* b : {"n3", "n4"}) cluster.separate(a, b);
        }
        cluster.run(60s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n3") == Verdict::suspect);
        CHECK(cluster.verdict("n4", "n2") == Verdict::suspect);
        CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
        CHECK_FALSE(cluster.ever(Verdict::lost));
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
        CHECK_FALSE(cluster.report("n1").quorate);
        cluster.heal();
        cluster.run(5s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
        CHECK_FALSE(cluster.ever(Verdict::partitioned));
    }

    TEST_CASE("two against three: the majority says lost, the minority suspects") {
        Cluster cluster({.nodes = 5, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        for (const char* a : {"n1", "n2"}) {
            for (const char* b : {"n3", "n4", "n5"}) cluster.separate(a, b);
        }
        cluster.run(30s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n3", "n1") == Verdict::lost);
        CHECK(cluster.verdict("n1", "n3") == Verdict::suspect);
        CHECK_FALSE(cluster.ever_by("n1", Verdict::lost));
        CHECK_FALSE(cluster.ever_by("n2", Verdict::lost));
    }

    TEST_CASE("a healed cut clears the verdict, and is never taken for a partition on the way") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.separate("n3", "n1");
        cluster.separate("n3", "n2");
        cluster.run(5s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        CHECK(cluster.report("n3").isolated);
        CHECK_FALSE(cluster.ever_by("n3", Verdict::lost));
        for (int phase = 0; phase < 8; ++phase) {
            cluster.separate("n3", "n1");
            cluster.separate("n3", "n2");
            cluster.run(5s + 13ms * phase);
            cluster.heal();
            cluster.forget();
            cluster.run(5s);
            CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
            CHECK(cluster.verdict("n3", "n1") == Verdict::alive);
            CHECK_FALSE(cluster.report("n3").isolated);
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
        }
    }

    TEST_CASE("different cuts on different paths still leave each node heard: degraded") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.cut("n3", "n1", "lan-a");
        cluster.cut("n3", "n2", "lan-b");
        cluster.cut("n1", "n2", "lan-a");
        cluster.run(60s);
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n3") == "degraded");
        CHECK(cluster.story("n2", "n3") == "degraded");
        CHECK(cluster.reason("n1", "n3").find("n3->n1") != std::string::npos);
        CHECK(cluster.reason("n1", "n3").find("n3->n2") != std::string::npos);
        CHECK_FALSE(cluster.ever(Verdict::suspect));
        CHECK_FALSE(cluster.ever(Verdict::partitioned));
    }

    TEST_CASE("a switch that dies between two nodes alone names both directions") {
        Cluster cluster({.nodes = 4, .paths = 2});
        cluster.run(5s);
        cluster.cut("n3", "n1", "lan-b");
        cluster.cut("n1", "n3", "lan-b");
        cluster.run(3s);
        const std::string reason = cluster.reason("n2", "n3");
        CHECK(reason.find("n1->n3") != std::string::npos);
        CHECK(reason.find("n3->n1") != std::string::npos);
        CHECK(reason.find("lan-b") != std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::test
