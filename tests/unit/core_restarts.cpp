// Boot, goodbye, return, and pasts that come back.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace inquest::test {
namespace {

constexpr Timing timing;

int told_refused(const Cluster& cluster, std::string_view observer) {
    return static_cast<int>(std::count_if(
        cluster.transitions().begin(), cluster.transitions().end(), [&](const auto& change) {
            return change.kind == Transition::Kind::member && change.to == "refused" &&
                   change.observer == observer;
        }));
}

std::string member_story(const Cluster& cluster, std::string_view observer, std::string_view peer) {
    std::string told;
    for (const Transition& change : cluster.transitions()) {
        if (change.kind != Transition::Kind::member) continue;
        if (change.observer != observer || change.peer != peer) continue;
        told += (told.empty() ? "" : " ") + change.from + ">" + change.to;
    }
    return told;
}

TEST_SUITE("core.restarts") {
    TEST_CASE("boot: unknown, then alive, and no degraded in between") {
        for (int phase = 0; phase < 6; ++phase) {
            CAPTURE(phase);
            Cluster cluster({.nodes = 3, .paths = 3, .power = Cluster::Power::off});
            cluster.power_on("n1");
            cluster.run(3s);
            CHECK(cluster.verdict("n1", "n2") == Verdict::unknown);
            CHECK_FALSE(cluster.report("n1").isolated);
            cluster.power_on("n2");
            cluster.run(2s + 19ms * phase);
            cluster.power_on("n3");
            cluster.run(60s);
            INFO(cluster.log());
            for (const char* a : {"n1", "n2", "n3"}) {
                for (const char* b : {"n1", "n2", "n3"}) {
                    if (a != std::string(b)) CHECK(cluster.story(a, b) == "alive");
                }
            }
        }
    }

    TEST_CASE("a node that never comes: lost to a majority after boot_grace, and not before") {
        Cluster cluster({.nodes = 3, .paths = 2, .power = Cluster::Power::off});
        cluster.power_on("n1");
        cluster.power_on("n2");
        cluster.run(timing.boot_grace - 1ms);
        CHECK(cluster.verdict("n1", "n3") == Verdict::unknown);
        CHECK(cluster.cell("n1", "n3", "lan-a") ==
              Cell{PathState::blind, BlindReason::not_heard_yet});
        cluster.run(1s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        CHECK(cluster.verdict("n2", "n3") == Verdict::lost);
        CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
    }

    TEST_CASE("a node that never comes: of two nodes the other can only suspect it") {
        Cluster cluster({.nodes = 2, .paths = 2, .power = Cluster::Power::off});
        cluster.power_on("n1");
        cluster.run(timing.boot_grace + 30s);
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n2") == "suspect");
        CHECK(cluster.story("n1", "n1") == "isolated");
    }

    TEST_CASE("a path that never carries a beat turns silent after boot_grace, and only then") {
        Cluster cluster({.nodes = 3, .paths = 2, .power = Cluster::Power::off});
        cluster.cut("n3", "n1", "lan-b");
        for (const char* node : {"n1", "n2", "n3"}) cluster.power_on(node);
        cluster.run(timing.boot_grace - 1s);
        CHECK(cluster.cell("n1", "n3", "lan-b") ==
              Cell{PathState::blind, BlindReason::not_heard_yet});
        CHECK(cluster.verdict("n1", "n3") == Verdict::degraded);
        cluster.run(2s);
        CHECK(cluster.cell("n1", "n3", "lan-b").state == PathState::silent);
        CHECK(cluster.verdict("n1", "n3") == Verdict::degraded);
    }

    TEST_CASE("a reboot begins a new incarnation, which is told and is no partition") {
        for (int phase = 0; phase < 10; ++phase) {
            CAPTURE(phase);
            Cluster cluster({.nodes = 4, .paths = 2});
            cluster.run(5s);
            cluster.power_off("n3");
            cluster.run(20s + 11ms * phase);
            cluster.forget();
            cluster.power_on("n3");
            cluster.run(10s);
            INFO(cluster.log());
            CHECK(member_story(cluster, "n1", "n3") == "1.1>2.1");
            CHECK(cluster.report("n1").peers[1].incarnation == Incarnation(2));
            CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
            CHECK_FALSE(cluster.ever(Verdict::suspect));
        }
    }

    TEST_CASE("a reboot faster than the limit is a new incarnation all the same") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.power_off("n3");
        cluster.power_on("n3");
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(member_story(cluster, "n1", "n3") == "1.1>2.1");
        CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
        CHECK_FALSE(cluster.ever(Verdict::lost));
        CHECK_FALSE(cluster.ever(Verdict::partitioned));
    }

    TEST_CASE("a restarted daemon begins a new session, and nobody is alarmed") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(60s);
        cluster.forget();
        cluster.restart_daemon("n3");
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(member_story(cluster, "n1", "n3") == "1.1>1.2");
        CHECK(cluster.story("n1", "n3") == "");
        CHECK(cluster.story("n3", "n1") == "alive");
    }

    TEST_CASE("an old incarnation that comes back is refused, told once, and changes nothing") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        const Cluster::Boot old = cluster.boot("n3");
        cluster.power_off("n3");
        cluster.run(5s);
        cluster.power_on("n3");
        cluster.run(5s);
        cluster.power_off("n3");
        cluster.run(5s);
        cluster.forget();
        cluster.power_on("n3", old);
        cluster.run(30s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        CHECK(told_refused(cluster, "n1") == 1);
        CHECK(told_refused(cluster, "n2") == 1);
        CHECK(cluster.refused("n1", BeatRefusal::ancient) > 500);
        CHECK(cluster.story("n1", "n3") == "");
        CHECK(cluster.story("n2", "n3") == "");
    }

    TEST_CASE("the same incarnation under another boot of the kernel is refused") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        Cluster::Boot other = cluster.boot("n3");
        ++other.tag;
        other.session = Session(2);
        cluster.power_off("n3");
        cluster.run(5s);
        cluster.forget();
        cluster.power_on("n3", other);
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        CHECK(told_refused(cluster, "n1") == 1);
        CHECK(cluster.refused("n1", BeatRefusal::other_boot) > 100);
    }

    TEST_CASE("an ancient beat among good ones is counted and not told") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.weather.recorded = true;
        cluster.run(1s);
        cluster.weather.recorded = false;
        cluster.power_off("n3");
        cluster.power_on("n3");
        cluster.run(10s);
        cluster.forget();
        for (const auto& old : cluster.tape) {
            if (old.to == "n1" && old.beat->sender == MemberId(3)) {
                cluster.inject("n1", old.path.value == 0 ? "lan-a" : "lan-b", *old.beat);
            }
        }
        cluster.run(5s);
        CHECK(cluster.log() == "");
        CHECK(cluster.refused("n1", BeatRefusal::ancient) >= 18);
    }

    TEST_CASE("beats sent twice change nothing and are counted") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.weather.copies = 2;
        cluster.run(60s);
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n3") == "alive");
        const std::uint64_t heard = cluster.node("n1").beats_heard();
        const std::uint64_t replayed = cluster.refused("n1", BeatRefusal::replayed);
        CHECK(replayed + 4 >= heard);
        CHECK(replayed <= heard);
    }

    TEST_CASE("beats that overtake each other change nothing but are counted") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.weather.jitter = timing.beat_interval + timing.beat_interval / 5;
        cluster.run(5s);
        cluster.forget();
        cluster.run(60s);
        INFO(cluster.log());
        CHECK(cluster.refused("n1", BeatRefusal::replayed) > 0);
        CHECK_FALSE(cluster.ever(Verdict::suspect));
        CHECK_FALSE(cluster.ever(Verdict::partitioned));
        CHECK_FALSE(cluster.ever(Verdict::lost));
    }

    TEST_CASE("a recording of a lost node does not bring it back") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.weather.recorded = true;
        cluster.run(5s);
        cluster.weather.recorded = false;
        cluster.power_off("n3");
        cluster.run(5s);
        cluster.forget();
        for (const auto& old : cluster.tape) {
            if (old.beat->sender != MemberId(3)) continue;
            cluster.inject(old.to, old.path.value == 0 ? "lan-a" : "lan-b", *old.beat);
            Beat relayed = *old.beat;
            relayed.via = old.to == "n1" ? MemberId(2) : MemberId(1);
            cluster.inject(old.to, old.path.value == 0 ? "lan-a" : "lan-b", relayed);
            cluster.run(10ms);
        }
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n3") == "");
        CHECK(cluster.story("n2", "n3") == "");
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        // Both the straight copy and the relayed one of each of its beats.
        CHECK(cluster.refused("n1", BeatRefusal::replayed) >= 2 * 98);
        CHECK(cluster.count(Transition::Kind::member) == 0);
    }

    TEST_CASE("what is no evidence is counted by reason") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.weather.recorded = true;
        cluster.run(1s);
        cluster.forget();
        Beat beat = *cluster.tape.back().beat;
        beat.sequence.value += 1000;
        beat.sender = MemberId(1);
        cluster.inject("n1", "lan-a", beat);
        CHECK(cluster.refused("n1", BeatRefusal::own) == 1);
        beat.sender = MemberId(99);
        cluster.inject("n1", "lan-a", beat);
        CHECK(cluster.refused("n1", BeatRefusal::unknown_member) == 1);
        beat.sender = MemberId(2);
        beat.path = PathId(1);
        cluster.inject("n1", "lan-a", beat);
        CHECK(cluster.refused("n1", BeatRefusal::wrong_path) == 1);
        cluster.run(1s);
        CHECK(cluster.log() == "");
    }

    TEST_CASE("goodbye: left at once everywhere, and nothing to recover") {
        for (int phase = 0; phase < 5; ++phase) {
            Cluster cluster({.nodes = 4, .paths = 2});
            cluster.run(5s + 13ms * phase);
            cluster.forget();
            const Instant gone = cluster.now();
            cluster.leave("n3");
            cluster.run(60s);
            INFO(cluster.log());
            for (const char* observer : {"n1", "n2", "n4"}) {
                CHECK(cluster.story(observer, "n3") == "left");
                CHECK(cluster.first(observer, "n3", Verdict::left) <= gone + timing.beat_interval);
            }
            CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
        }
    }

    TEST_CASE("goodbye: a node that missed it is told by the others") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        const Instant gone = cluster.now();
        cluster.cut("n3", "n1");
        cluster.leave("n3");
        cluster.run(2min);  // longer than the longest age that a beat can carry
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n3") == "left");
        CHECK(cluster.first("n1", "n3", Verdict::left) <= gone + 2 * timing.beat_interval);
        CHECK(cluster.story("n2", "n3") == "left");
    }

    TEST_CASE("goodbye: one that came on a single path only counts, whatever overtakes it") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.forget();
        cluster.cut("n3", "n1", "lan-a");
        cluster.cut("n3", "n2", "lan-b");
        cluster.leave("n3");
        cluster.run(60s);
        INFO(cluster.log());
        CHECK(cluster.story("n1", "n3") == "left");
        CHECK(cluster.story("n2", "n3") == "left");
    }

    TEST_CASE("after a goodbye a node may return, with a new session or a new incarnation") {
        for (const bool rebooted : {false, true}) {
            for (int phase = 0; phase < 5; ++phase) {
                CAPTURE(rebooted);
                Cluster cluster({.nodes = 3, .paths = 2});
                cluster.run(5s);
                cluster.leave("n3");
                cluster.run(10s + 17ms * phase);
                cluster.forget();
                if (rebooted) cluster.power_on("n3");
                if (!rebooted) cluster.restart_daemon("n3");
                cluster.run(10s);
                INFO(cluster.log());
                CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
                CHECK(cluster.verdict("n2", "n3") == Verdict::alive);
                for (const Transition& change : cluster.transitions()) CHECK(change.to != "left");
                CHECK_FALSE(cluster.ever(Verdict::partitioned));
                CHECK_FALSE(cluster.ever(Verdict::suspect));
            }
        }
    }

    TEST_CASE("a node that left does not count against the others") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        cluster.leave("n3");
        cluster.run(5s);
        CHECK(cluster.report("n1").votes_together == 2);
        cluster.power_off("n2");
        cluster.run(10s);
        INFO(cluster.log());
        CHECK_FALSE(cluster.ever(Verdict::lost));
        CHECK(cluster.verdict("n1", "n2") == Verdict::suspect);
        CHECK(cluster.verdict("n1", "n3") == Verdict::left);
    }

    TEST_CASE("a configuration that differs is seen") {
        Cluster cluster({.nodes = 2, .paths = 1});
        cluster.weather.recorded = true;
        cluster.run(1s);
        Beat beat = *cluster.tape.back().beat;
        if (beat.sender != MemberId(2)) beat = *cluster.tape[cluster.tape.size() - 2].beat;
        REQUIRE(beat.sender == MemberId(2));
        CHECK_FALSE(cluster.report("n1").peers[0].config_differs);
        beat.sequence.value += 1;
        beat.config_hash += 1;
        cluster.inject("n1", "lan-a", beat);
        CHECK(cluster.report("n1").peers[0].config_differs);
    }
}

}  // namespace
}  // namespace inquest::test
