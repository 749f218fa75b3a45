// Who speaks while a daemon is down: the keeper, for how long and how often, and what others make
// of it.
#include "heartbeat/core/keeper.hpp"
#include "tests/unit/cluster.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace inquest::test {
namespace {

constexpr Timing timing;

std::vector<Beat> spoken(Keeper& keeper, Instant now) {
    Actions actions;
    keeper.step(now, actions);
    std::vector<Beat> beats;
    for (const Action& action : actions) beats.push_back(std::get<SendBeat>(action).beat);
    return beats;
}

/// All that it says from one instant to another, as whoever steps it at its deadlines hears it.
std::vector<Beat> spoken(Keeper& keeper, Instant from, Instant to) {
    std::vector<Beat> beats;
    for (Instant now = from; now <= to; now = std::max(now, keeper.next_deadline())) {
        const std::vector<Beat> more = spoken(keeper, now);
        beats.insert(beats.end(), more.begin(), more.end());
    }
    return beats;
}

std::optional<Will> will() {
    Will will{.self = MemberId(3),
              .incarnation = Incarnation(5),
              .session = Session(2),
              .boot_tag = 77,
              .config_hash = 7,
              .beat_interval = timing.beat_interval,
              .restart_grace = timing.restart_grace,
              .paths = 3};
    for (const PathId path : {PathId(0), PathId(2)}) will.speaks_on.push_back(path);
    for (const MemberId peer : {MemberId(1), MemberId(2)}) will.peers.push_back(peer);
    return will;
}

bool says_nothing(const PeerRow& row) {
    return row.incarnation == Incarnation{} && row.age_ms == age_unknown_ms && !row.grant &&
           std::all_of(row.cells.begin(), row.cells.end(),
                       [](const Cell& cell) { return cell == Cell{}; });
}

/// A node of a cluster whose daemon dies, with the keeper that outlives it.
class Keeping {
 public:
    Keeping(Cluster& cluster, std::string node) : cluster_(cluster), node_(std::move(node)) {}

    void die() {
        keeper_.daemon_speaks(cluster_.node(node_).will());
        cluster_.power_off(node_);
        keeper_.daemon_died(cluster_.now());
    }
    void come_back() {
        cluster_.restart_daemon(node_);
        keeper_.daemon_speaks(cluster_.node(node_).will());
    }
    /// Time passes, and the keeper's beats reach everybody else.
    void run(Duration length) {
        for (const Instant end = cluster_.now() + length; cluster_.now() < end;) {
            for (const Beat& beat : spoken(keeper_, cluster_.now())) {
                for (const MemberConfig& member : cluster_.newest().members) {
                    const std::string& path = cluster_.newest().paths[beat.path.value].name;
                    if (member.name != node_) cluster_.inject(member.name, path, beat);
                }
            }
            cluster_.run(1ms);
        }
    }

 private:
    Cluster& cluster_;
    std::string node_;
    Keeper keeper_;
};

TEST_SUITE("core.keeper") {
    TEST_CASE("it speaks at once on every path of its daemon, and then in its pace") {
        Keeper keeper;
        keeper.daemon_speaks(will());
        CHECK(keeper.next_deadline() == never);
        CHECK(spoken(keeper, at(10s)).empty());
        keeper.daemon_died(at(20s));
        CHECK(keeper.next_deadline() <= at(20s));

        const std::vector<Beat> first = spoken(keeper, at(20s));
        REQUIRE(first.size() == 2);
        CHECK(first[0].path == PathId(0));
        CHECK(first[1].path == PathId(2));
        for (const Beat& beat : first) {
            CHECK(beat.sender == MemberId(3));
            CHECK(beat.incarnation == Incarnation(5));
            CHECK(beat.session == Session(2));
            CHECK(beat.boot_tag == 77);
            CHECK(beat.config_hash == 7);
            CHECK(beat.restarting);
            CHECK_FALSE(beat.goodbye);
            CHECK(beat.electorate.empty());
            CHECK(beat.paths == 3);
            REQUIRE(beat.row.size() == 2);
            for (const PeerRow& row : beat.row) {
                CHECK(row.cells.size() == 3);
                CHECK(says_nothing(row));
            }
        }
        const std::vector<Beat> later = spoken(keeper, at(20s), at(21s));
        for (const PathId path : {PathId(0), PathId(2)}) {
            const auto count = std::count_if(
                later.begin(), later.end(), [path](const Beat& beat) { return beat.path == path; });
            CHECK(count >= 9);
            CHECK(count <= 11);
        }
        std::uint64_t number = keeper_sequence_min;
        for (const Beat& beat : later) {
            CHECK(beat.sequence.value > number);
            number = beat.sequence.value;
        }
    }

    TEST_CASE("it falls silent when its grace ends, or when a daemon speaks again") {
        Keeper keeper;
        keeper.daemon_speaks(will());
        keeper.daemon_died(at(20s));
        CHECK_FALSE(spoken(keeper, at(20s), at(23s) - 1ms).empty());
        CHECK(spoken(keeper, at(23s), at(60s)).empty());
        CHECK(keeper.next_deadline() == never);

        keeper.daemon_speaks(will());
        keeper.daemon_died(at(1h));
        CHECK(keeper.speaks());
        keeper.daemon_speaks(will());
        CHECK_FALSE(keeper.speaks());
        CHECK(spoken(keeper, at(1h), at(1h + 10s)).empty());
    }

    TEST_CASE("a daemon that dies again within ten minutes is not excused") {
        Keeper keeper;
        keeper.daemon_speaks(will());
        keeper.daemon_died(at(20s));
        keeper.daemon_speaks(will());
        struct Row {
            const char* why;
            Instant dies;
            bool excused;
        };
        const Row rows[] = {
            {"at once", at(21s), false},
            {"just within the rest", at(20s + keeper_rest - 1ns), false},
            {"after it", at(20s + keeper_rest), true},
            {"what was excused begins another rest", at(21s + keeper_rest), false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            keeper.daemon_died(row.dies);
            CHECK(keeper.speaks() == row.excused);
            CHECK(spoken(keeper, row.dies).empty() != row.excused);
            keeper.daemon_speaks(will());
        }
    }

    TEST_CASE("one that dies before it has spoken has what is left of the grace") {
        Keeper keeper;
        keeper.daemon_speaks(will());
        keeper.daemon_died(at(20s));
        keeper.daemon_died(at(22s));
        CHECK_FALSE(spoken(keeper, at(22s), at(23s) - 1ms).empty());
        CHECK(spoken(keeper, at(23s), at(30s)).empty());
        keeper.daemon_died(at(31s));
        CHECK_FALSE(keeper.speaks());
    }

    TEST_CASE("one that left no will is not spoken for") {
        Keeper keeper;
        keeper.daemon_died(at(20s));
        CHECK_FALSE(keeper.speaks());
        keeper.daemon_speaks(will());
        keeper.daemon_speaks(std::nullopt);
        keeper.daemon_died(at(30s));
        CHECK_FALSE(keeper.speaks());
        CHECK(spoken(keeper, at(30s), at(40s)).empty());
    }

    TEST_CASE("a node whose daemon has died is degraded, and never missed") {
        for (const Timing& pace : {Timing{}, Timing::fast()}) {
            CAPTURE(pace.beat_interval.count());
            Cluster cluster({.nodes = 3, .paths = 2, .timing = pace});
            cluster.run(5s);
            Keeping keeping(cluster, "n3");
            keeping.die();
            keeping.run(900ms);
            INFO(cluster.log());
            for (const char* observer : {"n1", "n2"}) {
                CHECK(cluster.verdict(observer, "n3") == Verdict::degraded);
                CHECK(cluster.reason(observer, "n3").starts_with("daemon-restart"));
                CHECK(cluster.explain(observer, "n3").find("its keeper says") != std::string::npos);
            }
            keeping.come_back();
            keeping.run(3s);
            for (const char* observer : {"n1", "n2"}) {
                CHECK(cluster.story(observer, "n3") == "alive degraded alive");
                const NodeReport report = cluster.report(observer);
                for (const PeerReport& peer : report.peers) {
                    for (const PathReport& path : peer.paths) CHECK(path.loss < 0.1);
                }
            }
        }
    }

    TEST_CASE("it is missed when the grace is over and nobody has come back") {
        Cluster cluster({.nodes = 3, .paths = 2});
        cluster.run(5s);
        Keeping keeping(cluster, "n3");
        keeping.die();
        keeping.run(timing.restart_grace);
        CHECK(cluster.verdict("n1", "n3") == Verdict::degraded);
        keeping.run(timing.path_limit + 2 * timing.beat_interval);
        CHECK(cluster.verdict("n1", "n3") == Verdict::lost);
    }

    TEST_CASE("a keeper's beats earn no grant") {
        Cluster cluster({.nodes = 3, .paths = 1});
        LedgerTold told;
        told.grants = true;
        for (const MemberConfig& member : cluster.newest().members)
            told.voters.push_back(member.id);
        cluster.tell_all(told);
        cluster.run(2s);
        const auto grants_to_n3 = [&] {
            cluster.tape.clear();
            cluster.weather.recorded = true;
            cluster.run(timing.beat_interval);
            cluster.weather.recorded = false;
            std::size_t grants = 0;
            for (const Cluster::Datagram& datagram : cluster.tape) {
                if (datagram.beat->sender != MemberId(1)) continue;
                for (const PeerRow& row : datagram.beat->row)
                    grants += row.peer == MemberId(3) && row.grant ? 1 : 0;
            }
            return grants;
        };
        CHECK(grants_to_n3() > 0);
        Keeping keeping(cluster, "n3");
        keeping.die();
        keeping.run(500ms);
        CHECK(grants_to_n3() == 0);
        keeping.come_back();
        cluster.tell("n3", told);
        keeping.run(500ms);
        CHECK(grants_to_n3() > 0);
    }

    TEST_CASE("whoever leaves on purpose leaves no will") {
        const ClusterConfig config = cluster_config(3, 2);
        const Identity identity{
            .self = MemberId(1), .incarnation = Incarnation(1), .session = Session(1)};
        Node node(config, identity, at(1s));
        const auto before = node.will();
        REQUIRE(before.has_value());
        CHECK(before->peers.size() == 2);
        CHECK(before->speaks_on.size() == 2);
        Actions actions;
        node.step(at(2s), Leave{}, actions);
        CHECK_FALSE(node.will().has_value());
    }
}

}  // namespace
}  // namespace inquest::test
