// Faults of the observer itself: broken links, stalls, full buffers. It must not blame others.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::test {
namespace {

constexpr Timing timing;

bool accuses(const Cluster& cluster, std::string_view observer) {
    return cluster.ever_by(observer, Verdict::suspect) ||
           cluster.ever_by(observer, Verdict::partitioned) ||
           cluster.ever_by(observer, Verdict::lost);
}

TEST_SUITE("core.own_faults") {
    TEST_CASE("one link of its own broken: degraded at once, and the hand is named") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        const Instant broken = cluster.now();
        cluster.unplug("n1", "lan-a");
        cluster.run(5ms);
        CHECK(cluster.cell("n1", "n2", "lan-a") == Cell{PathState::blind, BlindReason::link_down});
        CHECK(cluster.first("n1", "n2", Verdict::degraded) == broken);
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n3") == "degraded");
        CHECK(cluster.story("n2", "n3") == "degraded");
        CHECK(cluster.reason("n1", "n2").find("eth0: no carrier") != std::string::npos);
        for (const char* observer : {"n2", "n3"}) {
            CHECK(cluster.reason(observer, "n1").find("n1's side") != std::string::npos);
        }
        CHECK_FALSE(cluster.ever(Verdict::suspect));
        CHECK_FALSE(cluster.ever(Verdict::partitioned));
        cluster.plug("n1", "lan-a");
        cluster.run(2s);
        CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
        CHECK(cluster.verdict("n2", "n1") == Verdict::alive);
    }

    TEST_CASE("all links of its own broken: isolated, accuses nobody, and the others say lost") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.unplug("n3", "lan-a");
        cluster.unplug("n3", "lan-b");
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(cluster.story("n3", "n3") == "isolated");
        CHECK_FALSE(cluster.ever_by("n3", Verdict::lost));
        CHECK_FALSE(cluster.ever_by("n3", Verdict::partitioned));
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
    }

    TEST_CASE("who is alone, or with such as are only invited, is not isolated") {
        for (const int invited : {0, 1}) {
            CAPTURE(invited);
            ClusterConfig cluster = cluster_config(1 + invited, 2);
            if (invited > 0) cluster.members[1].joined = false;
            Instant now{100s};
            const Identity self{MemberId(1), Incarnation(1), Session(1)};
            Node node(cluster, self, now);
            Actions told;
            for (const Instant end = now + 2 * timing.boot_grace; now < end;) {
                now = node.next_deadline();
                node.step(now, Wake{}, told);
            }
            CHECK(node.verdict(0) == Verdict::alive);
            CHECK(node.report(now).quorate == (invited == 0));
            if (invited > 0) CHECK(node.verdict(1) == Verdict::unknown);
        }
    }

    TEST_CASE("links that come back are no evidence against anybody until a beat could have come") {
        for (int phase = 0; phase < 10; ++phase) {
            CAPTURE(phase);
            Cluster cluster({.nodes = 3, .paths = 2});
            cluster.run(5s + 11ms * phase);
            cluster.unplug("n1", "lan-a");
            cluster.unplug("n1", "lan-b");
            cluster.run(10s);
            cluster.forget();
            cluster.plug("n1", "lan-a");
            cluster.plug("n1", "lan-b");
            cluster.run(5s);
            INFO(cluster.log());
            CHECK_FALSE(accuses(cluster, "n1"));
            CHECK_FALSE(cluster.ever_by("n2", Verdict::partitioned));
            CHECK_FALSE(cluster.ever_on("n3", Verdict::partitioned));
            CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
            CHECK(cluster.verdict("n3", "n1") == Verdict::alive);
        }
    }

    TEST_CASE("a link said to be good proves nothing by itself: only beats make a path fresh") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.unplug("n1", "lan-a");
        cluster.run(5s);
        cluster.switch_off("lan-a");
        cluster.forget();
        cluster.plug("n1", "lan-a");
        cluster.run(5s);
        INFO(cluster.log());
        for (const Transition& change : cluster.transitions()) {
            if (change.kind == Transition::Kind::path && change.path == "lan-a") {
                CHECK(change.to != "fresh");
            }
        }
        CHECK(cluster.cell("n1", "n2", "lan-a").state == PathState::silent);
    }

    TEST_CASE("a stalled observer accuses nobody after it wakes, and nobody accuses a third") {
        for (const Duration length : {300ms, 500ms, 2000ms, 30000ms}) {
            for (int phase = 0; phase < 4; ++phase) {
                CAPTURE(length.count());
                CAPTURE(phase);
                Cluster cluster({.nodes = 3, .paths = 2});
                cluster.run(5s + 17ms * phase);
                cluster.forget();
                cluster.stall("n1", length);
                cluster.run(length + 30s);
                INFO(cluster.log());
                CHECK_FALSE(accuses(cluster, "n1"));
                for (const char* observer : {"n2", "n3"}) {
                    CHECK(cluster.story(observer, observer) == "");
                    const char* third = observer == std::string("n2") ? "n3" : "n2";
                    CHECK(cluster.story(observer, third) == "");
                    CHECK(cluster.verdict(observer, "n1") == Verdict::alive);
                }
                CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
                CHECK(cluster.report("n1").stalls.count == 1);
                CHECK(cluster.report("n1").stalls.longest >= length - 2 * timing.beat_interval);
            }
        }
    }

    TEST_CASE("a stalled observer accuses nobody under loss either") {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            CAPTURE(seed);
            Cluster cluster({.nodes = 3, .paths = 2, .seed = seed});
            cluster.run(5s);
            cluster.weather.loss_percent = 10;
            cluster.forget();
            cluster.stall("n1", 2s);
            cluster.run(3s);
            INFO(cluster.log());
            CHECK_FALSE(cluster.ever_by("n1", Verdict::lost));
            CHECK_FALSE(cluster.ever_by("n1", Verdict::partitioned));
        }
    }

    TEST_CASE("who dies while the observer is stalled is lost to it too, and never partitioned") {
        for (const Duration length : {600ms, 2000ms, 30000ms}) {
            CAPTURE(length.count());
            Cluster cluster({.nodes = 3, .paths = 2});
            cluster.run(5s);
            cluster.forget();
            cluster.stall("n1", length);
            cluster.run(100ms);
            cluster.power_off("n3");
            cluster.run(length + 5s);
            INFO(cluster.log());
            CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
            CHECK(cluster.verdict("n2", "n3") == Verdict::lost);
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
        }
    }

    TEST_CASE("a freeze shorter than condemn_after is lost at most, and would have moved nothing") {
        for (const Duration length : {300ms, 1000ms, 2800ms}) {
            CAPTURE(length.count());
            Cluster cluster({.nodes = 3, .paths = 2});
            cluster.run(5s);
            cluster.forget();
            cluster.stall("n3", length);
            cluster.run(20s);
            INFO(cluster.log());
            CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
            CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
            if (length < timing.path_limit) CHECK_FALSE(cluster.ever(Verdict::lost));
        }
    }

    TEST_CASE("a freeze longer than condemn_after would have, once at each observer") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.stall("n3", 5s);
        cluster.run(20s);
        INFO(cluster.log());
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 2);
        CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
    }

    TEST_CASE("after its own stall a node makes up for one interval of beats and no more") {
        Cluster cluster({.nodes = 2, .paths = 2});
        cluster.run(5s);
        cluster.stall("n1", 10s);
        cluster.run(9999ms);
        cluster.weather.recorded = true;
        cluster.run(2ms);
        int sent = 0;
        for (const auto& datagram : cluster.tape) sent += datagram.to == "n2" ? 1 : 0;
        CHECK(sent == 2);
    }

    TEST_CASE(
        "stalls in a row: the node knows that it cannot testify, until a while after the last") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        for (int i = 0; i < 2; ++i) {
            cluster.stall("n1", 200ms);
            cluster.run(400ms);
        }
        CHECK_FALSE(cluster.report("n1").stalls.cannot_testify);
        cluster.stall("n1", 200ms);
        cluster.run(400ms);
        CHECK(cluster.report("n1").stalls.cannot_testify);
        cluster.run(2s);
        CHECK_FALSE(cluster.report("n1").stalls.cannot_testify);
        CHECK(cluster.report("n1").stalls.count == 3);
        INFO(cluster.log());
        CHECK(cluster.count(Transition::Kind::stall) == 2);
        CHECK(cluster.log().find("stall=running->cannot-testify") != std::string::npos);
        CHECK(cluster.log().find("stall=cannot-testify->running") != std::string::npos);
        CHECK_FALSE(accuses(cluster, "n1"));
        CHECK_FALSE(cluster.ever_on("n3", Verdict::suspect));
    }

    TEST_CASE("datagrams of a path dropped here make that path blind, and no peer silent") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.drown("n1", "lan-a");
        cluster.run(5s);
        INFO(cluster.log());
        CHECK(cluster.cell("n1", "n3", "lan-a") == Cell{PathState::blind, BlindReason::overrun});
        CHECK(cluster.cell("n1", "n3", "lan-b").state == PathState::fresh);
        CHECK(cluster.verdict("n1", "n3") == Verdict::degraded);
        CHECK(cluster.verdict("n2", "n3") == Verdict::alive);
        cluster.drown("n1", "lan-a");
        cluster.run(5s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
        for (const Transition& change : cluster.transitions()) CHECK(change.to != "silent");
    }

    TEST_CASE(
        "a flood on all paths of a node makes it isolated, and it accuses nobody before or after") {
        for (int phase = 0; phase < 10; ++phase) {
            CAPTURE(phase);
            Cluster cluster({.nodes = 3, .paths = 2});
            cluster.run(5s);
            cluster.forget();
            cluster.drown("n1", "lan-a");
            cluster.drown("n1", "lan-b");
            cluster.run(3s + 7ms * phase);
            cluster.drown("n1", "lan-a");
            cluster.drown("n1", "lan-b");
            cluster.run(5s);
            INFO(cluster.log());
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
            CHECK_FALSE(cluster.ever(Verdict::lost));
            for (const Transition& change : cluster.transitions()) CHECK(change.to != "silent");
            CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
        }
    }
}

}  // namespace
}  // namespace inquest::test
