// Runs by chance, from seeds: whatever happens is answered, and one seed is one run.
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::test {
namespace {

/// A run of cuts, stalls, restarts and losses drawn from one seed.
std::string adventure(std::uint64_t seed) {
    Random random(seed);
    const auto draw = [&](int limit) {
        return static_cast<int>(random.next() % static_cast<std::uint64_t>(limit));
    };
    const int nodes = 2 + draw(4);
    const int paths = 1 + draw(3);
    Cluster cluster({.nodes = nodes, .paths = paths, .seed = seed});
    std::vector<bool> on(static_cast<std::size_t>(nodes), true);
    const auto node = [&] { return "n" + std::to_string(1 + draw(nodes)); };
    const auto path = [&] { return std::string("lan-") + static_cast<char>('a' + draw(paths)); };
    for (int i = 0; i < 60; ++i) {
        const std::string one = node();
        const auto place = static_cast<std::size_t>(one[1] - '1');
        cluster.weather.jitter = 1ms * draw(120);
        cluster.weather.loss_percent = draw(4) == 0 ? draw(60) : 0;
        cluster.weather.copies = 1 + draw(2);
        const int what = draw(11);
        if (what == 0) {
            cluster.cut(one, node());
        } else if (what == 1) {
            cluster.cut(one, node(), path());
        } else if (what == 2) {
            cluster.heal();
        } else if (what == 3) {
            cluster.switch_off(path());
        } else if (what == 4) {
            cluster.switch_on(path());
        } else if (what == 5 && on[place]) {
            on[place] = false;
            cluster.power_off(one);
        } else if (what == 6 && on[place]) {
            on[place] = false;
            cluster.leave(one);
        } else if (what == 7) {
            on[place] = true;
            if (draw(2) == 0)
                cluster.power_on(one);
            else
                cluster.restart_daemon(one);
        } else if (what == 8 && on[place]) {
            cluster.stall(one, 10ms * draw(500));
        } else if (what == 9 && on[place]) {
            cluster.unplug(one, path());
        } else if (what == 10 && on[place]) {
            cluster.plug(one, path());
        }
        cluster.run(1ms * draw(1500));
    }
    for (int i = 1; i <= nodes; ++i) {
        if (!on[static_cast<std::size_t>(i - 1)]) continue;
        const std::string self = "n" + std::to_string(i);
        for (int other = 1; other <= nodes; ++other) {
            CHECK_FALSE(cluster.explain(self, "n" + std::to_string(other)).empty());
        }
    }
    return cluster.log();
}

Beat random_beat(Random& random, std::size_t paths) {
    const auto draw = [&](std::uint64_t limit) { return random.next() % limit; };
    const auto small = [&](std::uint64_t limit) {
        return draw(20) == 0 ? random.next() : draw(limit);
    };
    Beat beat;
    beat.sender = MemberId(static_cast<std::uint16_t>(small(6)));
    beat.via = MemberId(static_cast<std::uint16_t>(draw(3) == 0 ? small(6) : 0));
    beat.path = PathId(static_cast<std::uint8_t>(small(paths + 1)));
    beat.incarnation = Incarnation(static_cast<std::uint32_t>(small(3)));
    beat.session = Session(static_cast<std::uint32_t>(small(3)));
    beat.sequence = Sequence(small(5000));
    beat.boot_tag = static_cast<std::uint32_t>(draw(2));
    beat.config_hash = static_cast<std::uint32_t>(draw(2));
    beat.goodbye = draw(10) == 0;
    beat.stalled = draw(10) == 0;
    beat.restarting = draw(10) == 0;
    beat.paths = static_cast<std::uint8_t>(small(paths + 2));
    const std::uint64_t rows = draw(beat.row.capacity() + 1);
    for (std::uint64_t i = 0; i < rows; ++i) {
        PeerRow row;
        row.peer = MemberId(static_cast<std::uint16_t>(small(6)));
        row.incarnation = Incarnation(static_cast<std::uint32_t>(small(3)));
        row.age_ms = static_cast<std::uint16_t>(small(1000));
        row.relayed = draw(2) == 0;
        row.left = draw(8) == 0;
        if (draw(2) == 0) {
            row.echo = Echo{static_cast<std::uint16_t>(random.next()),
                            static_cast<std::uint32_t>(random.next())};
        }
        const std::uint64_t cells = draw(paths_max + 1);
        for (std::uint64_t cell = 0; cell < cells; ++cell) {
            row.cells.push_back({static_cast<PathState>(draw(path_states)),
                                 static_cast<BlindReason>(draw(blind_reasons))});
        }
        beat.row.push_back(row);
    }
    return beat;
}

/// One event that makes little sense, at an instant that may not either.
void nonsense(Node& node, Random& random, std::size_t paths, Instant now, Actions& out) {
    const PathId path(static_cast<std::uint8_t>(random.next() % (paths + 2)));
    switch (random.next() % 12) {
        case 0: return node.step(now, LocalHalfBroken{path, "no carrier"}, out);
        case 1: return node.step(now, LocalHalfGood{path}, out);
        case 2: return node.step(now, Overrun{path}, out);
        case 3: return random.next() % 50 == 0 ? node.step(now, Leave{}, out) : void();
        case 4:
        case 5: return node.step(now, Wake{}, out);
        default: break;
    }
    const Beat beat = random_beat(random, paths);
    const PathId came_on = random.next() % 4 == 0 ? path : beat.path;
    const Instant arrived = now + 1s - random.below(5s);
    node.step(now, BeatHeard{beat, came_on, arrived}, out);
}

TEST_SUITE("core.chance") {
    TEST_CASE("one seed, one run: two runs say the same, word for word") {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            CAPTURE(seed);
            const std::string first = adventure(seed);
            CHECK(first == adventure(seed));
            CHECK_FALSE(first.empty());
        }
    }

    TEST_CASE("adventures of many seeds end without harm") {
        for (std::uint64_t seed = 100; seed < 160; ++seed) {
            CAPTURE(seed);
            CHECK_FALSE(adventure(seed).empty());
        }
    }

    TEST_CASE("step is total: any event, any order, repeated or stale, is answered") {
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            CAPTURE(seed);
            Random random(seed);
            const int nodes = 1 + static_cast<int>(random.next() % 5);
            const int paths = 1 + static_cast<int>(random.next() % 4);
            const ClusterConfig config = cluster_config(nodes, paths);
            Node node(config, {MemberId(1), Incarnation(2), Session(1), 1, seed}, at(100s));
            Instant now = at(100s);
            Actions actions;
            std::size_t most = 0;
            for (int i = 0; i < 1500; ++i) {
                const bool leap = random.next() % 100 == 0;
                now += random.below(leap ? Duration{40s} : Duration{30ms});
                actions.clear();
                nonsense(node, random, static_cast<std::size_t>(paths), now, actions);
                most = std::max(most, actions.size());
                actions.clear();
                node.step(now, Wake{}, actions);
                if (node.next_deadline() < now) FAIL("a deadline in the past");
                if (node.next_deadline() > now + 1s) FAIL("it would sleep through its own beats");
                most = std::max(most, actions.size());
                if (i % 100 != 0) continue;
                CHECK(node.report(now).peers.size() == static_cast<std::size_t>(nodes - 1));
                for (const MemberConfig& member : config.members) {
                    CHECK(node.explain(member.name, now).has_value());
                }
                CHECK_FALSE(node.explain("n99", now).has_value());
            }
            // One interval's beats with their relays, and a change of each path and verdict.
            CHECK(most <= static_cast<std::size_t>(4 * (nodes + 1) * (nodes + 1) * (paths + 1)));
        }
    }
}

}  // namespace
}  // namespace inquest::test
