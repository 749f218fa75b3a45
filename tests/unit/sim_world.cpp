// The simulated world itself: does it keep its own promises?
#include "tests/sim/judges/run.hpp"
#include "tests/sim/world/world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

ClusterConfig cluster_of(int nodes, int paths) {
    ClusterConfig cluster;
    cluster.name = "sim";
    for (int path = 0; path < paths; ++path) {
        const char letter = static_cast<char>('a' + path);
        cluster.paths.push_back(
            {.name = fmt::format("lan-{}", letter), .fate = fmt::format("sw-{}", letter)});
    }
    for (int node = 1; node <= nodes; ++node) {
        MemberConfig member{.id = MemberId(static_cast<std::uint16_t>(node)),
                            .name = fmt::format("n{}", node),
                            .votes = node <= static_cast<int>(voters_max)};
        for (int path = 0; path < paths; ++path)
            member.paths.push_back(PathId(static_cast<std::uint8_t>(path)));
        cluster.members.push_back(std::move(member));
    }
    return cluster;
}

/// A run with something of everything in it.
Scenario storm(std::uint64_t seed) {
    Scenario scenario{.cluster = cluster_of(4, 2), .seed = seed, .length = 30s};
    const auto add = [&](Event event) { scenario.events.push_back(std::move(event)); };
    add({.when = 2s, .verb = Verb::loss, .nodes = {0, 1}, .to = {2, 3}, .millionths = 200'000});
    add({.when = 3s, .verb = Verb::corrupt, .nodes = {2}, .to = {0}, .millionths = 300'000});
    add({.when = 3s, .verb = Verb::duplicate, .nodes = {3}, .to = {0, 1}, .millionths = 300'000});
    add({.when = 4s, .verb = Verb::reorder, .nodes = {1}, .to = {0}, .millionths = 300'000});
    add({.when = 5s, .verb = Verb::pause, .nodes = {1}, .length = 2s});
    add({.when = 9s, .verb = Verb::power_off, .nodes = {3}});
    add({.when = 15s, .verb = Verb::start, .nodes = {3}});
    add({.when = 18s, .verb = Verb::crash, .nodes = {0}});
    add({.when = 20s, .verb = Verb::switch_off, .fate = "sw-a"});
    add({.when = 22s, .verb = Verb::clock_step, .nodes = {2}, .length = -48h});
    return scenario;
}

/// Counts what it sees, and remembers who was heard when.
struct Ears : Watcher {
    void heard(const World&, std::size_t host, const BeatHeard& beat, Moment arrived) override {
        ++count;
        last_host = host;
        last_path = beat.path;
        last_arrived = arrived;
    }

    std::uint64_t count = 0;
    std::size_t last_host = 0;
    PathId last_path;
    Moment last_arrived{};
};

std::uint64_t heard_between(World& world, const Ears& ears, Duration length) {
    const std::uint64_t before = ears.count;
    world.run(world.now() + length);
    return ears.count - before;
}

TEST_SUITE("sim.world") {
    TEST_CASE("a host's clock runs fast or slow, and says when it will show an instant") {
        struct Row {
            const char* why;
            std::int64_t ppm;
            Duration passed;
            Duration shown;
        };
        const Row rows[] = {
            {"a true clock", 0, 10s, 10s},
            {"one in a thousand fast", 1000, 10s, 10s + 10ms},
            {"one in a thousand slow", -1000, 10s, 10s - 10ms},
            {"as fast as clocks may be", HostClock::drift_max, 1h, 1h + 6min},
            {"the first nanosecond", 50'000, 1ns, 1ns},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            HostClock clock(dawn + 3s, at(100s), 0s);
            clock.drift(dawn + 3s, row.ppm);
            CHECK(clock.since_boot(dawn + 3s + row.passed) == at(100s) + row.shown);
            const Moment when = clock.when(at(100s) + row.shown);
            CHECK(clock.since_boot(when) >= at(100s) + row.shown);
            CHECK(clock.since_boot(when - 1ns) < at(100s) + row.shown);
        }
    }

    TEST_CASE("a step moves the clock of day alone") {
        HostClock clock(dawn, at(5s), 1000s);
        clock.step(-10h);
        CHECK(clock.realtime(dawn + 1s) == 1001s - 10h);
        CHECK(clock.since_boot(dawn + 1s) == at(6s));
    }

    TEST_CASE("one seed is one run; another seed is another") {
        const Outcome first = run(storm(7), Authentication::every);
        const Outcome again = run(storm(7), Authentication::every);
        const Outcome other = run(storm(8), Authentication::every);
        CHECK(first.counts.digest == again.counts.digest);
        CHECK(first.log == again.log);
        CHECK(first.counts.digest != other.counts.digest);
    }

    TEST_CASE("authentication of every 64th datagram makes the same run as of every one") {
        const Outcome every = run(storm(7), Authentication::every);
        const Outcome sampled = run(storm(7), Authentication::sampled);
        CHECK(every.counts.digest == sampled.counts.digest);
        CHECK(every.log == sampled.log);
        CHECK(sampled.post.authenticated < every.post.authenticated / 4);
    }

    TEST_CASE("damaged datagrams never reach a core, sound ones arrive unchanged") {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const Outcome outcome = run(storm(seed), Authentication::every);
            CHECK(outcome.post.refused > 100);
            CHECK(outcome.post.damaged_accepted == 0);
            CHECK(outcome.post.unfaithful == 0);
        }
    }

    TEST_CASE("what passes, and what does not") {
        struct Row {
            const char* why;
            Event event;
            bool carrier;
            bool passes;
        };
        const Row rows[] = {
            {"a cut is silent", {.verb = Verb::cut, .nodes = {0}, .to = {1}}, true, false},
            {"the other way passes", {.verb = Verb::cut, .nodes = {1}, .to = {0}}, true, true},
            {"unless both are cut",
             {.verb = Verb::cut, .nodes = {1}, .to = {0}, .ways = Ways::both},
             true,
             false},
            {"another path is another matter",
             {.verb = Verb::cut, .nodes = {0}, .to = {1}, .paths = {PathId(1)}},
             true,
             true},
            {"a dead switch is noticed", {.verb = Verb::switch_off, .fate = "sw-a"}, false, false},
            {"a hanging one is not", {.verb = Verb::switch_hang, .fate = "sw-a"}, true, false},
            {"a pulled cable is noticed", {.verb = Verb::unplug, .nodes = {0}}, false, false},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Network network(cluster_of(2, 2), 1);
            network.apply(row.event);
            CHECK(network.carrier(0, PathId(0)) == row.carrier);
            CHECK(network.passes(0, 1, PathId(0)) == row.passes);
            CHECK(network.carry(0, 1, PathId(0)).empty() != row.passes);
            network.apply({.verb = Verb::heal});
            CHECK(network.is_well(0, 1, PathId(0)));
        }
    }

    TEST_CASE("a machine without power, a hung one and a paused one hear nothing meanwhile") {
        Ears ears;
        World world({cluster_of(2, 1)}, {&ears});
        world.power_on_all();
        CHECK(heard_between(world, ears, 2s) > 30);
        world.apply({.verb = Verb::hang, .nodes = {0}});
        world.apply({.verb = Verb::power_off, .nodes = {1}});
        CHECK(heard_between(world, ears, 2s) == 0);
        world.apply({.verb = Verb::start, .nodes = {0, 1}});
        CHECK(world.host(0).stored().incarnation == Incarnation(2));
        CHECK(heard_between(world, ears, 2s) > 30);

        world.apply({.verb = Verb::pause, .nodes = {0}, .length = 1s});
        world.apply({.verb = Verb::pause, .nodes = {1}, .length = 1s});
        CHECK(heard_between(world, ears, 900ms) == 0);
        CHECK(heard_between(world, ears, 1s) > 10);
        CHECK(world.host(0).stored().incarnation == Incarnation(2));
    }

    TEST_CASE("a crash costs a session, a lost disk the count of boots") {
        Ears ears;
        World world({cluster_of(2, 1)}, {&ears});
        world.power_on_all();
        world.run(dawn + 2s);
        world.apply({.verb = Verb::crash, .nodes = {0}});
        world.run(dawn + 2900ms);
        CHECK_FALSE(world.host(0).runs());
        world.run(dawn + 3100ms);
        CHECK(world.host(0).runs());
        CHECK(world.host(0).stored().session == Session(2));
        CHECK(world.host(0).stored().incarnation == Incarnation(1));

        world.apply({.verb = Verb::power_off, .nodes = {0}});
        world.apply({.verb = Verb::start, .nodes = {0}});
        CHECK(world.host(0).stored().incarnation == Incarnation(2));
        world.apply({.verb = Verb::power_off, .nodes = {0}});
        world.apply({.verb = Verb::lose_disk, .nodes = {0}});
        world.apply({.verb = Verb::start, .nodes = {0}});
        CHECK(world.host(0).stored().incarnation == Incarnation(1));
    }

    TEST_CASE("a daemon that starts on a disk that was lost in its own boot begins to count") {
        Scenario scenario{.cluster = cluster_of(3, 1), .length = 5s};
        scenario.events.push_back({.when = 1s, .verb = Verb::lose_disk, .nodes = {1}});
        scenario.events.push_back({.when = 2s, .verb = Verb::crash, .nodes = {1}});
        World world({scenario.cluster, {}, 0, 1, Authentication::every}, {});
        world.plan(scenario.events);
        world.power_on_all();
        world.run(dawn + scenario.length);
        CHECK(world.host(1).stored().incarnation == Incarnation(1));
        CHECK(world.host(1).stored().session == Session(1));
    }

    TEST_CASE("a goodbye is said, and then the daemon ends and stays down") {
        Ears ears;
        World world({cluster_of(3, 1)}, {&ears});
        world.power_on_all();
        world.run(dawn + 2s);
        world.apply({.verb = Verb::stop, .nodes = {2}});
        world.run(dawn + 4s);
        CHECK_FALSE(world.host(2).runs());
        CHECK(world.host(0).node().verdict(2) == Verdict::left);
        world.apply({.verb = Verb::start, .nodes = {2}});
        world.run(dawn + 6s);
        CHECK(world.host(2).stored().session == Session(2));
        CHECK(world.host(0).node().verdict(2) == Verdict::alive);
    }

    TEST_CASE("a socket that nobody empties overflows, and its owner accuses nobody for that") {
        Ears ears;
        World world({cluster_of(3, 1)}, {&ears});
        world.power_on_all();
        world.run(dawn + 2s);
        world.apply({.verb = Verb::pause, .nodes = {0}, .length = 5min});
        world.run(dawn + 6min);
        CHECK(world.host(0).node().verdict(1) == Verdict::alive);
        CHECK(world.host(0).node().verdict(0) == Verdict::alive);
    }
}

}  // namespace
}  // namespace inquest::sim
