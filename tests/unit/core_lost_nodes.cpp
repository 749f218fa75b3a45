// A node that is gone, and a network that is gone: the first must be told in time, and the second
// must never be taken for it.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::test {
namespace {

constexpr Timing timing;
constexpr Duration told_within = timing.path_limit + 2 * timing.beat_interval;

std::string n(int number) { return "n" + std::to_string(number); }

TEST_SUITE("core.lost_nodes") {
    TEST_CASE("healthy nodes call each other alive, and nothing else ever") {
        for (const int nodes : {2, 3, 4, 5, 7}) {
            CAPTURE(nodes);
            Cluster cluster({.nodes = nodes, .paths = 3});
            cluster.run(30s);
            INFO(cluster.log());
            for (int a = 1; a <= nodes; ++a) {
                for (int b = 1; b <= nodes; ++b) {
                    if (a != b) CHECK(cluster.story(n(a), n(b)) == "alive");
                }
            }
            CHECK(cluster.relayed_beats() == 0);
        }
    }

    TEST_CASE("a node without power is lost at all others, in time, and recorded once by each") {
        struct Row {
            const char* why;
            int nodes;
            int paths;
        };
        constexpr Row rows[] = {
            {"the smallest cluster with a majority", 3, 2},
            {"one path alone", 3, 1},
            {"three paths", 3, 3},
            {"an even number of votes", 4, 2},
            {"five votes", 5, 3},
            {"members without a vote see it just the same", 7, 2},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            for (int phase = 0; phase < 5; ++phase) {
                Cluster cluster({.nodes = row.nodes, .paths = row.paths});
                cluster.run(5s + 23ms * phase);
                cluster.forget();
                const Instant off = cluster.now();
                cluster.power_off("n3");
                cluster.run(10s);
                INFO(cluster.log());
                for (int i = 1; i <= row.nodes; ++i) {
                    if (i == 3) continue;
                    CHECK(cluster.verdict(n(i), "n3") == Verdict::lost);
                    CHECK(cluster.first(n(i), "n3", Verdict::lost) <= off + told_within);
                }
                CHECK_FALSE(cluster.ever(Verdict::partitioned));
                CHECK(cluster.count(Transition::Kind::would_have_failed_over) == row.nodes - 1);
                for (const Transition& change : cluster.transitions()) {
                    if (change.kind != Transition::Kind::would_have_failed_over) continue;
                    CHECK(change.peer == "n3");
                    CHECK(change.when >= off + timing.condemn_after - timing.beat_interval);
                    CHECK(change.when <= off + timing.condemn_after + timing.beat_interval);
                }
                CHECK(cluster.count(Transition::Kind::stall) == 0);
                CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
            }
        }
    }

    TEST_CASE(
        "the silence of staggered paths adds up: it is suspect before a path alone would say") {
        // Five beats of three paths are missing after 1.67 intervals; a path alone waits for two.
        Cluster cluster({.nodes = 3, .paths = 3});
        cluster.run(5s);
        cluster.forget();
        cluster.power_off("n3");
        cluster.run(1s);
        INFO(cluster.log());
        Instant last_beat{};
        Instant all_late{};
        for (const Transition& change : cluster.transitions()) {
            if (change.kind != Transition::Kind::path) continue;
            if (change.to == "silent") last_beat = change.when - timing.path_limit;
            if (change.to == "late") all_late = change.when;
        }
        const Duration margin = 15ms;  // four mean deviations of the sender's own jitter
        CHECK(all_late <= last_beat + timing.beat_interval + 2 * timing.beat_interval / 3 + margin);
        // Each path is late once and silent once: nothing flickers on the way.
        CHECK(cluster.count(Transition::Kind::path) == 2 * 3 * 2);
    }

    TEST_CASE(
        "two nodes cannot say lost: the survivor suspects, is isolated, and records nothing") {
        Cluster cluster({.nodes = 2, .paths = 2});
        cluster.run(5s);
        cluster.power_off("n2");
        cluster.run(60s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n2") == Verdict::suspect);
        CHECK(cluster.report("n1").isolated);
        CHECK_FALSE(cluster.ever(Verdict::lost));
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
    }

    TEST_CASE("with the majority gone, those that are left accuse nobody") {
        Cluster cluster({.nodes = 5, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        for (const char* node : {"n3", "n4", "n5"}) cluster.power_off(node);
        cluster.run(30s);
        INFO(cluster.log());
        CHECK_FALSE(cluster.ever(Verdict::lost));
        CHECK(cluster.verdict("n1", "n3") == Verdict::suspect);
        CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
        CHECK_FALSE(cluster.report("n1").quorate);
    }

    TEST_CASE("a switch without power degrades everybody and accuses nobody") {
        for (const int nodes : {2, 3, 4, 5, 7}) {
            CAPTURE(nodes);
            Cluster cluster({.nodes = nodes, .paths = 2});
            cluster.run(5s);
            cluster.forget();
            cluster.switch_off("lan-a");
            cluster.run(60s);
            INFO(cluster.log());
            CHECK(cluster.story("n1", "n2") == "degraded");
            CHECK(cluster.story("n2", "n1") == "degraded");
            CHECK(cluster.cell("n1", "n2", "lan-a").state == PathState::silent);
            CHECK(cluster.reason("n1", "n2").find("sw-a: nobody hears anybody on lan-a") !=
                  std::string::npos);
            cluster.switch_on("lan-a");
            cluster.run(5s);
            CHECK(cluster.story("n1", "n2") == "degraded alive");
            CHECK_FALSE(cluster.ever(Verdict::suspect));
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
            CHECK_FALSE(cluster.ever(Verdict::lost));
        }
    }

    TEST_CASE("all paths but one lost for good is degraded, whichever is left") {
        for (const char* left : {"lan-a", "lan-b", "lan-c"}) {
            INFO(std::string(left));
            Cluster cluster({.nodes = 3, .paths = 3});
            cluster.run(5s);
            cluster.forget();
            for (const char* path : {"lan-a", "lan-b", "lan-c"}) {
                if (std::string(path) != left) cluster.switch_off(path);
            }
            cluster.run(30s);
            INFO(cluster.log());
            for (const char* observer : {"n1", "n2"}) {
                CHECK(cluster.story(observer, "n3") == "degraded");
            }
        }
    }

    TEST_CASE("a fifth of all beats lost for ten minutes loses no node") {
        Cluster cluster({.nodes = 3, .paths = 3, .seed = 11});
        cluster.run(5s);
        cluster.weather.loss_percent = 20;
        cluster.run(10min);
        CHECK_FALSE(cluster.ever(Verdict::lost));
        CHECK_FALSE(cluster.ever(Verdict::isolated));
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
        const NodeReport report = cluster.report("n1");
        for (const PathReport& path : report.peers[0].paths) {
            CHECK(path.loss > 0.10);
            CHECK(path.loss < 0.30);
        }
    }

    TEST_CASE("jitter of half an interval blurs no verdict, and a loss is still told in time") {
        Cluster cluster({.nodes = 3, .paths = 3, .seed = 5});
        cluster.weather.jitter = timing.beat_interval / 2;
        cluster.run(60s);
        CHECK(cluster.story("n1", "n3") == "alive");
        const Instant off = cluster.now();
        cluster.power_off("n3");
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(cluster.first("n1", "n3", Verdict::lost) <=
              off + told_within + cluster.weather.jitter);
        CHECK_FALSE(cluster.ever(Verdict::partitioned));
    }

    TEST_CASE("the fast profile tells a loss within its own limits, with jitter too") {
        constexpr Timing fast = Timing::fast();
        for (const Duration jitter : {0ms, 5ms, 10ms}) {
            CAPTURE(jitter.count());
            Cluster cluster({.nodes = 3, .paths = 2, .timing = fast});
            cluster.weather.jitter = jitter;
            cluster.run(5s);
            cluster.forget();
            const Instant off = cluster.now();
            cluster.power_off("n3");
            cluster.run(2s);
            INFO(cluster.log());
            CHECK(cluster.first("n1", "n3", Verdict::lost) <=
                  off + fast.path_limit + 2 * fast.beat_interval + jitter);
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
            CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 2);
        }
    }

    TEST_CASE("wide clusters tell a loss as fast as narrow ones") {
        for (const int nodes : {16, 32}) {
            CAPTURE(nodes);
            Cluster cluster({.nodes = nodes, .paths = 2});
            cluster.run(2s);
            cluster.forget();
            const Instant off = cluster.now();
            cluster.power_off("n3");
            cluster.run(1s);
            for (int i = 1; i <= nodes; ++i) {
                if (i == 3) continue;
                CHECK(cluster.first(n(i), "n3", Verdict::lost) <= off + told_within);
            }
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
        }
    }

    TEST_CASE("a node that comes back is cleared by its first beats") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.power_off("n3");
        cluster.run(5s);
        cluster.forget();
        cluster.power_on("n3");
        cluster.run(5s);
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n3") == "degraded alive");
        CHECK(cluster.story("n2", "n3") == "degraded alive");
        CHECK(cluster.story("n3", "n1") == "alive");
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
    }
}

}  // namespace
}  // namespace inquest::test
