// Each rule of the oracle, broken by a word that does not fit what happened, and kept by one that
// does. The worlds are real; the words that break a rule are made up here.
#include "tests/sim/judges/invariants.hpp"
#include "tests/sim/world/world.hpp"
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t n1 = 0;
constexpr std::size_t n2 = 1;
constexpr std::size_t n3 = 2;

using Kind = Transition::Kind;

/// Three nodes on two paths. One oracle sees all of it; the other only what the test tells it.
struct Court {
    ClusterConfig cluster = inquest::test::cluster_config(3, 2);
    Oracle witness{cluster};
    Oracle stranger{cluster};
    World world{{.cluster = cluster}, {&witness}};

    Court() {
        world.power_on_all();
        run(40s);
    }

    void run(Duration length) { world.run(world.now() + length); }
    void happen(Verb verb, Nodes nodes, Duration length = {}, std::vector<PathId> paths = {}) {
        world.apply({.verb = verb, .nodes = std::move(nodes), .paths = paths, .length = length});
    }
    void say(Oracle& oracle, std::size_t host, Kind kind, std::string peer, std::string to,
             std::string path = "", Duration ago = 0ns) {
        const Instant now = world.host(host).clock().since_boot(world.now());
        oracle.told(world, host,
                    {.kind = kind,
                     .when = now - ago,
                     .observer = cluster.members[host].name,
                     .peer = std::move(peer),
                     .path = std::move(path),
                     .from = "",
                     .to = std::move(to)});
    }
    void lost(Oracle& oracle, std::size_t host, std::string peer) {
        say(oracle, host, Kind::verdict, std::move(peer), "lost");
    }
    void record(Oracle& oracle, std::size_t host, std::string peer) {
        say(oracle, host, Kind::would_have_failed_over, std::move(peer), "would-have-failed-over");
    }
    /// The host is handed a beat that came this instant.
    void hear(Oracle& oracle, std::size_t host, Beat beat) {
        const Instant now = world.host(host).clock().since_boot(world.now());
        oracle.heard(world, host, {beat, beat.path, now}, world.now());
    }
    void end(Oracle& oracle) { oracle.happened(world, {.verb = Verb::end}); }
};

Beat beat_of(std::size_t sender, std::uint32_t incarnation, std::uint64_t sequence,
             std::uint8_t path = 0) {
    Beat beat;
    beat.sender = MemberId(static_cast<std::uint16_t>(sender + 1));
    beat.path = PathId(path);
    beat.incarnation = Incarnation(incarnation);
    beat.session = Session(1);
    beat.sequence = Sequence(sequence);
    beat.boot_tag = incarnation;
    return beat;
}

bool broke(const Oracle& oracle, std::string_view rule) {
    const auto& found = oracle.violations();
    return std::any_of(found.begin(), found.end(),
                       [&](const Violation& violation) { return violation.rule == rule; });
}

}  // namespace

TEST_CASE("oracle: every rule has a name, a sentence, and a reason if nothing can break it") {
    std::set<std::string_view> names;
    for (const Invariant& invariant : invariants()) {
        CAPTURE(invariant.name);
        CHECK(names.insert(invariant.name).second);
        CHECK_FALSE(invariant.sentence.empty());
    }
    CHECK(names.count("heard-is-not-condemned") == 1);
}

TEST_CASE("oracle: a world in which all goes right breaks nothing") {
    Court court;
    court.happen(Verb::power_off, {n2});
    court.run(5s);
    court.happen(Verb::start, {n2});
    court.run(5s);
    court.end(court.witness);
    CHECK(court.witness.violations().empty());
}

TEST_CASE("oracle: no-false-loss") {
    Court court;
    SUBCASE("the node itself was heard a moment ago") {
        court.lost(court.witness, n1, "n2");
        CHECK(broke(court.witness, "no-false-loss"));
    }
    SUBCASE("a member that the node hears heard it") {
        court.hear(court.stranger, n3, beat_of(n2, 1, 1));
        court.run(50ms);
        court.hear(court.stranger, n1, beat_of(n3, 1, 1));
        court.lost(court.stranger, n1, "n2");
        CHECK(broke(court.stranger, "no-false-loss"));
    }
    SUBCASE("that member has not been heard since") {
        court.hear(court.stranger, n1, beat_of(n3, 1, 1));
        court.run(50ms);
        court.hear(court.stranger, n3, beat_of(n2, 1, 1));
        court.run(10ms);
        court.lost(court.stranger, n1, "n2");
        CHECK_FALSE(broke(court.stranger, "no-false-loss"));
    }
    SUBCASE("the limit has passed") {
        court.happen(Verb::power_off, {n2});
        court.run(405ms);
        court.lost(court.witness, n1, "n2");
        CHECK_FALSE(broke(court.witness, "no-false-loss"));
    }
}

TEST_CASE("oracle: heard-is-not-condemned") {
    Court court;
    court.happen(Verb::power_off, {n2});
    SUBCASE("within condemn_after") {
        court.run(2800ms);
        court.record(court.witness, n1, "n2");
        CHECK(broke(court.witness, "heard-is-not-condemned"));
    }
    SUBCASE("a member heard it, and was heard") {
        court.hear(court.stranger, n3, beat_of(n2, 1, 1));
        court.run(2s);
        court.hear(court.stranger, n1, beat_of(n3, 1, 1));
        court.record(court.stranger, n1, "n2");
        CHECK(broke(court.stranger, "heard-is-not-condemned"));
    }
    SUBCASE("after it") {
        court.run(3005ms);
        court.record(court.witness, n1, "n2");
        CHECK_FALSE(broke(court.witness, "heard-is-not-condemned"));
    }
}

TEST_CASE("oracle: quorum") {
    Court court;
    court.happen(Verb::power_off, {n2});
    SUBCASE("a member that makes a majority is heard") {
        court.run(1s);
        court.lost(court.witness, n1, "n2");
        CHECK_FALSE(broke(court.witness, "quorum"));
    }
    SUBCASE("nobody is") {
        court.happen(Verb::power_off, {n3});
        court.run(1s);
        court.lost(court.witness, n1, "n2");
        CHECK(broke(court.witness, "quorum"));
    }
    SUBCASE("a member that has never heard the accused cannot testify") {
        court.happen(Verb::power_off, {n3});
        court.happen(Verb::start, {n3});
        court.run(3s);
        CHECK(court.witness.violations().empty());
        court.lost(court.witness, n1, "n2");
        CHECK(broke(court.witness, "quorum"));
    }
    SUBCASE("one that was without a link for a moment can") {
        court.happen(Verb::unplug, {n3}, {}, {PathId(0), PathId(1)});
        court.run(300ms);
        court.happen(Verb::plug, {n3}, {}, {PathId(0), PathId(1)});
        court.run(700ms);
        court.lost(court.witness, n1, "n2");
        CHECK_FALSE(broke(court.witness, "quorum"));
    }
    SUBCASE("the accused does not count") {
        court.hear(court.stranger, n1, beat_of(n2, 1, 1));
        court.lost(court.stranger, n1, "n2");
        CHECK(broke(court.stranger, "quorum"));
    }
}

TEST_CASE("oracle: stalled-accuses-nobody") {
    Court court;
    court.happen(Verb::pause, {n1}, 1s);
    SUBCASE("within an interval of waking") {
        court.run(1s + 20ms);
        court.say(court.witness, n1, Kind::path, "n2", "silent", "lan-a");
        CHECK(broke(court.witness, "stalled-accuses-nobody"));
    }
    SUBCASE("after it") {
        court.run(1s + 120ms);
        court.say(court.witness, n1, Kind::path, "n2", "silent", "lan-a");
        CHECK_FALSE(broke(court.witness, "stalled-accuses-nobody"));
    }
}

TEST_CASE("oracle: isolated-accuses-nobody") {
    Court court;
    court.happen(Verb::power_off, {n2, n3});
    court.run(1s);
    CHECK_FALSE(broke(court.witness, "isolated-accuses-nobody"));
    court.lost(court.witness, n1, "n2");
    CHECK(broke(court.witness, "isolated-accuses-nobody"));
}

TEST_CASE("oracle: fresh-means-heard") {
    Court court;
    court.say(court.witness, n1, Kind::path, "n2", "fresh", "lan-a");
    CHECK_FALSE(broke(court.witness, "fresh-means-heard"));
    court.happen(Verb::unplug, {n2}, {}, {PathId(0)});
    court.run(1s);
    court.say(court.witness, n1, Kind::path, "n2", "fresh", "lan-b");
    CHECK_FALSE(broke(court.witness, "fresh-means-heard"));
    court.say(court.witness, n1, Kind::path, "n2", "fresh", "lan-a");
    CHECK(broke(court.witness, "fresh-means-heard"));
}

TEST_CASE("oracle: old-incarnation") {
    Court court;
    court.hear(court.stranger, n1, beat_of(n2, 2, 1, 0));
    court.hear(court.stranger, n1, beat_of(n2, 1, 9, 1));
    court.say(court.stranger, n1, Kind::path, "n2", "fresh", "lan-a");
    CHECK_FALSE(broke(court.stranger, "old-incarnation"));
    court.say(court.stranger, n1, Kind::path, "n2", "fresh", "lan-b");
    CHECK(broke(court.stranger, "old-incarnation"));
}

TEST_CASE("oracle: heard-is-not-lost") {
    Court court;
    court.happen(Verb::power_off, {n2});
    court.run(2s);
    court.witness.woke(court.world, n1);
    CHECK_FALSE(broke(court.witness, "heard-is-not-lost"));
    court.hear(court.witness, n1, beat_of(n2, 2, 1'000'000));
    court.witness.woke(court.world, n1);
    CHECK(broke(court.witness, "heard-is-not-lost"));
}

TEST_CASE("oracle: blind-is-not-silent") {
    Court court;
    court.happen(Verb::unplug, {n1}, {}, {PathId(0)});
    court.run(1s);
    court.say(court.witness, n1, Kind::path, "n2", "silent", "lan-b");
    CHECK_FALSE(broke(court.witness, "blind-is-not-silent"));
    court.say(court.witness, n1, Kind::path, "n2", "silent", "lan-a");
    CHECK(broke(court.witness, "blind-is-not-silent"));
}

TEST_CASE("oracle: no-forged-beat") {
    Court court;
    court.stranger.counted(court.world, {.authenticated = 9, .refused = 9});
    CHECK(court.stranger.violations().empty());
    SUBCASE("a damaged one was taken") {
        court.stranger.counted(court.world, {.damaged_accepted = 1});
        CHECK(broke(court.stranger, "no-forged-beat"));
    }
    SUBCASE("a sound one was not") {
        court.stranger.counted(court.world, {.unfaithful = 1});
        CHECK(broke(court.stranger, "no-forged-beat"));
    }
}

TEST_CASE("oracle: once") {
    Court court;
    const auto says = [&](std::string verdict) {
        court.say(court.stranger, n1, Kind::verdict, "n2", std::move(verdict));
    };
    court.record(court.stranger, n1, "n2");
    says("alive");
    court.record(court.stranger, n1, "n2");
    CHECK_FALSE(broke(court.stranger, "once"));
    says("suspect");
    court.record(court.stranger, n1, "n2");
    CHECK(broke(court.stranger, "once"));
}

TEST_CASE("oracle: time") {
    Court court;
    court.say(court.stranger, n1, Kind::verdict, "n2", "alive", "", 10ms);
    court.say(court.stranger, n1, Kind::verdict, "n2", "degraded", "", 10ms);
    CHECK_FALSE(broke(court.stranger, "time"));
    court.say(court.stranger, n1, Kind::verdict, "n2", "alive", "", 11ms);
    CHECK(broke(court.stranger, "time"));
}

TEST_CASE("oracle: well-again") {
    Court court;
    // The stranger does not know that n2 has lost its numbers, and is refused for that.
    court.happen(Verb::crash, {n2});
    court.happen(Verb::power_off, {n2});
    court.happen(Verb::lose_disk, {n2});
    court.happen(Verb::start, {n2});
    court.run(5s);
    court.end(court.witness);
    CHECK_FALSE(broke(court.witness, "well-again"));
    court.end(court.stranger);
    CHECK(broke(court.stranger, "well-again"));
}

TEST_CASE("oracle: agreement, and lost-is-recorded") {
    Court court;
    // The stranger thinks that all has been calm since the beginning.
    court.happen(Verb::power_off, {n2});
    court.run(10ms);
    court.end(court.witness);
    CHECK(court.witness.violations().empty());
    SUBCASE("the gone is called alive") {
        court.end(court.stranger);
        CHECK(broke(court.stranger, "agreement"));
    }
    SUBCASE("it is called lost, and nobody has recorded it") {
        court.run(1s);
        court.end(court.stranger);
        CHECK_FALSE(broke(court.stranger, "agreement"));
        CHECK(broke(court.stranger, "lost-is-recorded"));
    }
    SUBCASE("it has been recorded") {
        court.run(40s);
        court.end(court.witness);
        CHECK(court.witness.violations().empty());
    }
}

}  // namespace inquest::sim
