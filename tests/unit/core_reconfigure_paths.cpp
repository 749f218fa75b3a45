// Paths are appended and switched off and on, and timings change, while everybody beats on.
#include "tests/unit/core_reconfigure.hpp"

#include <fmt/format.h>

namespace inquest::test {
namespace {

constexpr Duration aparts[] = {0ms, 30ms, 700ms, 10s};

void switch_path(ClusterConfig& config, std::size_t path, Switched to) {
    config.paths[path].admin = to;
}

/// All beats go on through the change, and nobody notices any of it.
void check_unnoticed(const Cluster& cluster, const std::vector<std::string>& nodes) {
    check_nobody_accused(cluster);
    check_every_beat_counted(cluster, nodes);
    for (const std::string& observer : nodes) {
        for (const std::string& peer : nodes) {
            CHECK(cluster.story(observer, peer).empty());
        }
    }
}

TEST_SUITE("core.reconfigure.paths") {
    TEST_CASE("a path is added") {
        struct Row {
            const char* why;
            int before;
            int added;
        };
        constexpr Row rows[] = {{"the second", 1, 1},
                                {"the third: their silences add up from now on", 2, 1},
                                {"many at once", 2, 14}};
        for (const Row& row : rows) {
            for (const Duration apart : aparts) {
                INFO(std::string(row.why));
                CAPTURE(apart.count());
                Cluster cluster({.nodes = 3, .paths = row.before});
                cluster.run(35s);
                cluster.forget();
                cluster.write(with(cluster, [&](auto& config) {
                    for (int i = 0; i < row.added; ++i) add_path(config);
                }));
                cluster.follow_all(apart);
                cluster.run(5s);
                check_nobody_accused(cluster);
                check_every_beat_counted(cluster, {"n1", "n2", "n3"});
                for (const char* path : {"lan-a", "lan-b"}) {
                    CHECK(cluster.cell("n1", "n2", path).state == PathState::fresh);
                    CHECK(cluster.cell("n3", "n1", path).state == PathState::fresh);
                }
                CHECK(cluster.verdict("n1", "n3") == Verdict::alive);
                for (const Transition& told : cluster.transitions()) {
                    INFO(cluster.log());
                    if (told.kind != Transition::Kind::path) continue;
                    CHECK(told.from == "blind");
                    CHECK(told.to == "fresh");
                }
            }
        }
    }

    TEST_CASE("a path is switched off, by one after the other, and on again") {
        for (const Duration apart : aparts) {
            CAPTURE(apart.count());
            Cluster cluster({.nodes = 3, .paths = 3});
            cluster.run(35s);
            cluster.forget();
            cluster.write(
                with(cluster, [](auto& config) { switch_path(config, 1, Switched::off); }));
            cluster.follow_all(apart);
            cluster.run(60s);
            check_nobody_accused(cluster);
            CHECK(cluster.cell("n1", "n2", "lan-b") == off_cell);
            CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
            CHECK(cluster.report("n1").faults.empty());
            cluster.write(
                with(cluster, [](auto& config) { switch_path(config, 1, Switched::on); }));
            cluster.follow_all(apart);
            cluster.run(5s);
            check_nobody_accused(cluster);
            check_every_beat_counted(cluster, {"n1", "n2", "n3"});
            CHECK(cluster.cell("n1", "n2", "lan-b").state == PathState::fresh);
            CHECK(cluster.cell("n3", "n2", "lan-b").state == PathState::fresh);
            CHECK(cluster.verdict("n1", "n2") == Verdict::alive);
        }
    }

    TEST_CASE("what was recorded on a path before it was switched off is still refused") {
        Cluster cluster({.nodes = 2});
        cluster.run(35s);
        cluster.weather.recorded = true;
        cluster.run(100ms);
        cluster.weather.recorded = false;
        cluster.write(with(cluster, [](auto& config) { switch_path(config, 1, Switched::off); }));
        cluster.follow_all(0ms);
        cluster.write(with(cluster, [](auto& config) { switch_path(config, 1, Switched::on); }));
        cluster.follow_all(0ms);
        int played = 0;
        for (const Cluster::Datagram& datagram : cluster.tape) {
            if (datagram.to != "n1" || datagram.path != PathId(1)) continue;
            cluster.inject("n1", "lan-b", *datagram.beat);
            ++played;
        }
        CHECK(played > 0);
        CHECK(cluster.refused("n1", BeatRefusal::replayed) == static_cast<std::uint64_t>(played));
    }

    TEST_CASE("timings change both ways, and nobody notices") {
        struct Row {
            const char* why;
            Timing before;
            Timing after;
        };
        constexpr Timing slow{1s, 4s, 7s, 30s};
        constexpr Row rows[] = {
            {"ten times faster", Timing{}, Timing::fast()},
            {"ten times slower", Timing::fast(), Timing{}},
            {"a hundred times faster", slow, Timing::fast()},
            {"a hundred times slower", Timing::fast(), slow},
            {"only the limit shrinks", {100ms, 2s, 3s, 30s}, {100ms, 300ms, 3s, 30s}},
            {"only the limit grows", {100ms, 300ms, 3s, 30s}, {100ms, 2s, 3s, 30s}},
        };
        for (const Row& row : rows) {
            for (const int paths : {1, 2, 3}) {
                for (const Duration apart : {Duration(0), Duration(300ms), Duration(5s)}) {
                    INFO(std::string(row.why));
                    CAPTURE(paths);
                    CAPTURE(apart.count());
                    Cluster cluster({.nodes = 3, .paths = paths, .timing = row.before});
                    cluster.run(10s);
                    cluster.forget();
                    cluster.write(with(cluster, [&](auto& config) { config.timing = row.after; }));
                    cluster.follow_all(apart);
                    cluster.run(12s);
                    check_unnoticed(cluster, {"n1", "n2", "n3"});
                    CHECK_FALSE(path_told(cluster, "n1", "n2"));
                    CHECK_FALSE(path_told(cluster, "n2", "n3"));
                    CHECK_FALSE(path_told(cluster, "n3", "n1"));
                }
            }
        }
    }

    TEST_CASE("under the new limits a loss is found as fast as they say") {
        struct Row {
            const char* why;
            Timing before;
            Timing after;
        };
        constexpr Row rows[] = {{"faster", Timing{}, Timing::fast()},
                                {"slower", Timing::fast(), Timing{}}};
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Cluster cluster({.nodes = 3, .timing = row.before});
            cluster.run(45s);
            cluster.write(with(cluster, [&](auto& config) { config.timing = row.after; }));
            cluster.follow_all(50ms);
            cluster.run(2s);
            cluster.forget();
            const Instant cut = cluster.now();
            cluster.power_off("n3");
            cluster.run(10s);
            const Duration taken = cluster.first("n1", "n3", Verdict::lost) - cut;
            CHECK(taken >= row.after.path_limit - row.after.beat_interval);
            CHECK(taken <= row.after.path_limit + 2 * row.after.beat_interval);
            CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 2);
        }
    }

    TEST_CASE("a node that dies while the timings change is found by the longer ones") {
        Cluster cluster({.nodes = 3});
        cluster.run(35s);
        cluster.write(with(cluster, [](auto& config) { config.timing = Timing::fast(); }));
        cluster.power_off("n3");
        const Instant dead = cluster.now();
        cluster.follow_all(20ms);
        cluster.run(10s);
        const Duration taken = cluster.first("n1", "n3", Verdict::lost) - dead;
        CHECK(taken >= 300ms);
        CHECK(taken <= 600ms);
        CHECK(cluster.count(Transition::Kind::would_have_failed_over) == 2);
        CHECK(cluster.story("n1", "n2") == "alive");
    }

    TEST_CASE("who has not followed for long holds the others at its pace, and is not missed") {
        Cluster cluster({.nodes = 3, .timing = Timing::fast()});
        cluster.run(35s);
        cluster.forget();
        cluster.write(with(cluster, [](auto& config) { config.timing = Timing{}; }));
        cluster.follow("n1");
        cluster.follow("n2");
        cluster.run(100s);
        check_unnoticed(cluster, {"n1", "n2", "n3"});
        const std::uint64_t before = cluster.node("n1").beats_heard();
        cluster.run(10s);
        CHECK(cluster.node("n1").beats_heard() - before >= 3900);
        cluster.follow("n3");
        cluster.run(1s);
        const std::uint64_t then = cluster.node("n1").beats_heard();
        cluster.run(10s);
        CHECK(cluster.node("n1").beats_heard() - then <= 410);
        check_unnoticed(cluster, {"n1", "n2", "n3"});
    }

    TEST_CASE("everything changes at once, again and again, on a bad network") {
        Cluster cluster({.nodes = 4, .paths = 2, .seed = 5});
        cluster.weather.jitter = 20ms;
        cluster.run(35s);
        cluster.forget();
        for (int round = 0; round < 12; ++round) {
            CAPTURE(round);
            cluster.write(with(cluster, [&](auto& config) {
                const Timing timings[] = {{250ms, 1s, 4s, 30s}, {50ms, 200ms, 1s, 10s}, Timing{}};
                config.timing = timings[round % 3];
                if (round % 4 == 0) add_path(config);
                if (round % 4 == 2) switch_path(config, 1, Switched::off);
                if (round % 4 == 3) switch_path(config, 1, Switched::on);
                config.members[static_cast<std::size_t>(round % 4)].votes = round % 2 == 0;
                std::rotate(config.members.begin(), config.members.begin() + 1,
                            config.members.end());
            }));
            cluster.follow_all(Duration(70ms) * (round * round));
            cluster.run(3s);
            check_nobody_accused(cluster);
        }
        for (const char* observer : {"n1", "n2", "n3", "n4"}) {
            CHECK(cluster.refused(observer, BeatRefusal::replayed) == 0);
            CHECK(cluster.refused(observer, BeatRefusal::unknown_member) == 0);
        }
        CHECK(cluster.verdict("n1", "n4") == Verdict::alive);
    }

    TEST_CASE("a cut network stays cut through a change, and its verdicts stand") {
        Cluster cluster({.nodes = 3});
        cluster.run(35s);
        cluster.separate("n1", "n3");
        cluster.run(2s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::partitioned);
        cluster.forget();
        cluster.write(with(cluster, add_path));
        cluster.separate("n1", "n3");
        cluster.follow_all(300ms);
        cluster.run(10s);
        INFO(cluster.log());
        CHECK(cluster.verdict("n1", "n3") == Verdict::partitioned);
        CHECK(cluster.story("n1", "n3").empty());
        CHECK(cluster.story("n2", "n3").empty());
        CHECK_FALSE(cluster.ever(Verdict::lost));
    }

    TEST_CASE("a goodbye, a replay guard and a boot outlive a change") {
        Cluster cluster({.nodes = 3});
        cluster.run(35s);
        cluster.leave("n3");
        cluster.run(2s);
        CHECK(cluster.verdict("n1", "n3") == Verdict::left);
        cluster.forget();
        cluster.write(with(cluster, add_member));
        cluster.power_on("n4");
        cluster.follow_all(100ms);
        cluster.run(40s);
        CHECK(cluster.story("n1", "n3").empty());
        CHECK(cluster.verdict("n1", "n3") == Verdict::left);
        CHECK_FALSE(cluster.ever_by("n1", Verdict::lost));
    }
}

}  // namespace
}  // namespace inquest::test
