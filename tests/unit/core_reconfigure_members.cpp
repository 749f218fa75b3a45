// Members come, go and change their votes while everybody beats on.
#include "tests/unit/core_reconfigure.hpp"

#include <fmt/format.h>

namespace inquest::test {
namespace {

/// From all at once to one every two thirds of a boot grace.
constexpr Duration aparts[] = {0ms, 30ms, 700ms, 20s};

TEST_SUITE("core.reconfigure.members") {
    TEST_CASE("a fourth member joins three") {
        for (const Duration apart : aparts) {
            CAPTURE(apart.count());
            Cluster cluster({.nodes = 3});
            cluster.run(35s);
            cluster.forget();
            cluster.write(with(cluster, add_member));
            cluster.power_on("n4");
            cluster.follow_all(apart);
            cluster.run(5s);
            check_nobody_accused(cluster);
            check_every_beat_counted(cluster, {"n1", "n2", "n3", "n4"});
            INFO(cluster.log());
            for (const char* observer : {"n1", "n2", "n3"}) {
                for (const char* peer : {"n1", "n2", "n3"}) {
                    CHECK(cluster.story(observer, peer).empty());
                    CHECK_FALSE(path_told(cluster, observer, peer));
                }
                CHECK(cluster.story(observer, "n4") == "alive");
                CHECK(cluster.report(observer).voters == 4);
                CHECK(cluster.report(observer).votes_together == 4);
                CHECK(cluster.verdict("n4", observer) == Verdict::alive);
            }
        }
    }

    TEST_CASE("one that is only invited is unknown for as long as it has not joined") {
        Cluster cluster({.nodes = 3});
        cluster.run(60s);
        ClusterConfig invited = with(cluster, add_member);
        invited.members.back().joined = false;
        invited.members.back().votes = false;
        cluster.write(invited);
        cluster.follow_all(100ms);
        cluster.run(120s);
        CHECK_MESSAGE(cluster.verdict("n1", "n4") == Verdict::unknown, "it never came");
        cluster.power_on("n4");
        cluster.run(5s);
        CHECK(cluster.verdict("n1", "n4") == Verdict::alive);
        cluster.power_off("n4");
        cluster.run(60s);
        CHECK_MESSAGE(cluster.verdict("n1", "n4") == Verdict::unknown, "it went before it joined");

        invited.members.back().joined = true;
        cluster.write(invited);
        cluster.follow_all(100ms);
        cluster.run(60s);
        CHECK_MESSAGE(cluster.verdict("n1", "n4") == Verdict::lost, "a member is missed");
    }

    TEST_CASE("a newcomer is unknown for a boot grace of its own, and lost after it") {
        Cluster cluster({.nodes = 3});
        cluster.run(60s);
        cluster.write(with(cluster, add_member));
        cluster.follow_all(100ms);
        cluster.run(29s);
        CHECK(cluster.verdict("n1", "n4") == Verdict::unknown);
        CHECK_FALSE(cluster.ever(Verdict::lost));
        cluster.run(3s);
        CHECK(cluster.verdict("n1", "n4") == Verdict::lost);
        CHECK(cluster.story("n1", "n2") == "alive");
    }

    TEST_CASE("who has not followed the newcomer does not make it accuse") {
        Cluster cluster({.nodes = 3});
        cluster.run(35s);
        cluster.forget();
        cluster.write(with(cluster, add_member));
        cluster.power_on("n4");
        cluster.follow("n1");
        cluster.follow("n3");
        cluster.run(200s);
        check_nobody_accused(cluster);
        CHECK(cluster.cell("n4", "n2", "lan-a") ==
              Cell{PathState::blind, BlindReason::not_heard_yet});
        CHECK(cluster.refused("n2", BeatRefusal::unknown_member) > 0);
        CHECK(cluster.report("n4").quorate);
        cluster.power_off("n2");
        cluster.run(31s + 31s);
        CHECK(cluster.verdict("n1", "n2") == Verdict::lost);
    }

    TEST_CASE("a member that is alive is removed, and beats on") {
        for (const Duration apart : aparts) {
            CAPTURE(apart.count());
            Cluster cluster({.nodes = 4});
            cluster.run(35s);
            cluster.forget();
            cluster.write(with(cluster, [](auto& config) { remove_member(config, "n2"); }));
            cluster.follow_all(apart);
            cluster.run(40s);
            INFO(cluster.log());
            for (const char* observer : {"n1", "n3", "n4"}) {
                for (const char* peer : {"n1", "n3", "n4"}) {
                    CHECK(cluster.story(observer, peer).empty());
                    CHECK_FALSE(path_told(cluster, observer, peer));
                }
                CHECK(cluster.story(observer, "n2").empty());
                CHECK(cluster.report(observer).voters == 3);
                CHECK(cluster.report(observer).votes_together == 3);
                CHECK(cluster.refused(observer, BeatRefusal::unknown_member) > 0);
                CHECK_FALSE(cluster.node(observer).explain("n2", cluster.now()).has_value());
                CHECK(cluster.explain(observer, observer[1] == '1' ? "n3" : "n1").find("n2") ==
                      std::string::npos);
                for (const ViewReport& view : cluster.report(observer).views) {
                    CHECK(view.observer != "n2");
                    for (const RowReport& row : view.rows) CHECK(row.peer != "n2");
                }
            }
            // The one that was removed hears nobody in the end, and accuses nobody on the way.
            CHECK_FALSE(cluster.ever(Verdict::lost));
            CHECK_FALSE(cluster.ever(Verdict::partitioned));
            CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
            CHECK_FALSE(cluster.report("n2").quorate);
            check_every_beat_counted(cluster, {"n1", "n3", "n4"});
        }
    }

    TEST_CASE("a member that is lost is removed, and is nobody any more") {
        for (const Duration apart : aparts) {
            CAPTURE(apart.count());
            Cluster cluster({.nodes = 3});
            cluster.run(35s);
            cluster.power_off("n3");
            cluster.run(1s);
            CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
            cluster.forget();
            cluster.write(with(cluster, [](auto& config) { remove_member(config, "n3"); }));
            cluster.follow_all(apart);
            cluster.run(10s);
            INFO(cluster.log());
            CHECK(cluster.story("n1", "n2").empty());
            CHECK(cluster.story("n2", "n1").empty());
            CHECK(cluster.report("n1").peers.size() == 1);
            CHECK(cluster.report("n1").voters == 2);
            CHECK(cluster.report("n1").faults.empty());
            CHECK(cluster.explain("n1", "n2").find("n3") == std::string::npos);
        }
    }

    TEST_CASE("a member that is removed in the middle leaves the others at their places") {
        Cluster cluster({.nodes = 5});
        cluster.run(35s);
        cluster.power_off("n5");
        cluster.run(1s);
        const Instant since = cluster.report("n1").peers.back().since;
        cluster.write(with(cluster, [](auto& config) { remove_member(config, "n2"); }));
        cluster.follow_all(50ms);
        CHECK(cluster.verdict("n1", "n5") == Verdict::lost);
        CHECK(cluster.report("n1").peers.back().since == since);
        CHECK(cluster.reason("n1", "n5").find("3 of 4 voters") != std::string::npos);
        cluster.run(5s);
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 3);
    }

    TEST_CASE("a lost member stays lost through every change, and is told once") {
        Cluster cluster({.nodes = 4});
        cluster.run(35s);
        cluster.power_off("n4");
        cluster.run(5s);
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 3);
        cluster.forget();
        const auto slower = [](auto& config) { config.timing = {2s, 8s, 13s, 60s}; };
        const auto faster = [](auto& config) { config.timing = Timing::fast(); };
        cluster.write(with(cluster, slower));
        cluster.follow_all(100ms);
        cluster.run(20s);
        cluster.write(with(cluster, add_path));
        cluster.follow_all(100ms);
        cluster.run(20s);
        cluster.write(with(cluster, faster));
        cluster.follow_all(100ms);
        cluster.run(20s);
        INFO(cluster.log());
        for (const char* observer : {"n1", "n2", "n3"}) {
            CHECK(cluster.story(observer, "n4").empty());
            CHECK(cluster.verdict(observer, "n4") == Verdict::lost);
        }
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 0);
    }

    TEST_CASE("a change of votes changes the quorum at once") {
        Cluster cluster({.nodes = 4, .voters = 3});
        cluster.run(35s);
        cluster.power_off("n3");
        cluster.power_off("n4");
        cluster.run(2s);
        CHECK(cluster.report("n1").quorate);
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
        cluster.write(with(cluster, [](auto& config) { config.members[3].votes = true; }));
        cluster.follow("n1");
        CHECK_FALSE(cluster.report("n1").quorate);
        CHECK(cluster.report("n1").votes_together == 2);
        cluster.run(1s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::suspect);
        cluster.write(with(cluster, [](auto& config) { config.members[3].votes = false; }));
        cluster.follow("n1");
        CHECK(cluster.report("n1").quorate);
    }

    TEST_CASE("a member that is removed and added again is a newcomer") {
        Cluster cluster({.nodes = 3});
        cluster.run(35s);
        const ClusterConfig before = cluster.newest();
        cluster.power_off("n3");
        cluster.run(5s);
        cluster.write(with(cluster, [](auto& config) { remove_member(config, "n3"); }));
        cluster.follow_all(10ms);
        cluster.run(1s);
        cluster.write(before);
        cluster.follow_all(10ms);
        cluster.run(1s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::unknown);
        cluster.power_on("n3");
        cluster.run(2s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
        CHECK(cluster.verdict("n3", "n1") == Verdict::alive);
    }
}

}  // namespace
}  // namespace inquest::test
