// Who passes whose beats on to whom.
#include "heartbeat/core/relays.hpp"
#include "tests/unit/core_views.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace inquest::test {
namespace {

constexpr Duration interval = Timing{}.beat_interval;
constexpr Instant now = Views::now;

/// What n1 relays on lan-a, as pairs of whose beat and to whom.
struct Relayed {
    int from;
    int to;
    friend bool operator==(const Relayed&, const Relayed&) = default;
};

class Bench {
 public:
    explicit Bench(const Views& views)
        : roster_(views.roster()), matrix_(views.matrix()), relays_(roster_, interval) {}

    void heard(int sender, std::uint64_t sequence, Instant arrived) {
        Beat beat;
        beat.sender = MemberId(static_cast<std::uint16_t>(sender));
        beat.incarnation = Incarnation(1);
        beat.session = Session(1);
        beat.sequence = Sequence(sequence);
        relays_.heard(static_cast<std::size_t>(sender - 1), beat, arrived);
    }

    std::vector<Relayed> send(Instant when = now) {
        Actions actions;
        relays_.send(0, matrix_, roster_, when, actions);
        std::vector<Relayed> result;
        for (const Action& action : actions) {
            const RelayBeat& relay = std::get<RelayBeat>(action);
            CHECK(relay.beat.via == MemberId(1));
            CHECK(relay.path == PathId(0));
            result.push_back({relay.beat.sender.value, relay.to.value});
        }
        return result;
    }

 private:
    Roster roster_;
    Matrix matrix_;
    Relays relays_;
};

const std::vector<Relayed> nothing;

TEST_SUITE("core.relays") {
    TEST_CASE("nothing is passed on while everybody hears everybody") {
        Bench bench(Views(4, 2));
        for (int sender = 2; sender <= 4; ++sender) bench.heard(sender, 1, now);
        CHECK(bench.send() == nothing);
    }

    TEST_CASE("to a member that does not hear it, and hears this node on this path") {
        struct Row {
            const char* why;
            const char* of_n3;  ///< what n2 says of n3
            const char* of_me;  ///< what n2 says of n1
            bool expect;
        };
        constexpr Row rows[] = {
            {"n2 is deaf for n3", "ss", "ff", true},
            {"n2 is not sure of n3", "ll", "ff", true},
            {"n2 is blind to n3", "uu", "ff", true},
            {"n2 hears n3 on one path", "sf", "ff", false},
            {"n2 does not hear me on this path", "ss", "sf", false},
            {"n2 hears me on this path only", "ss", "fs", true},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Views views(3, 2);
            views.says(2, 3, row.of_n3).says(2, 1, row.of_me);
            Bench bench(views);
            bench.heard(3, 1, now);
            CHECK(bench.send() == (row.expect ? std::vector<Relayed>{{3, 2}} : nothing));
        }
    }

    TEST_CASE("each beat once, at most one an interval, and never old news") {
        Views views(3, 1);
        views.says(2, 3, "s");
        Bench bench(views);
        bench.heard(3, 1, now);
        CHECK(bench.send(now).size() == 1);
        CHECK(bench.send(now + interval).empty());  // the same beat
        bench.heard(3, 2, now + interval / 2);
        CHECK(bench.send(now + interval - 1ns).empty());  // too soon
        CHECK(bench.send(now + interval).size() == 1);
        bench.heard(3, 1, now + interval);  // overtaken by what is known
        CHECK(bench.send(now + 2 * interval).empty());

        Bench late(views);
        late.heard(3, 1, now - 2 * interval);
        CHECK(late.send(now).empty());
        late.heard(3, 2, now - 2 * interval + 1ns);
        CHECK(late.send(now).size() == 1);
    }

    TEST_CASE("only the first two members that could pass a beat on do") {
        struct Row {
            const char* why;
            std::vector<int> deaf;  ///< of n2, n3, n4 those that do not hear n5
            bool expect;
        };
        // n1 is asked; n6 is deaf for n5, and n1's place is put last by hearers of smaller number.
        const Row rows[] = {
            {"n1 is the first that hears it", {}, true},
            {"and the only one", {2, 3, 4}, true},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            Views views(6, 1);
            views.says(6, 5, "s");
            for (int deaf : row.deaf) views.says(deaf, 5, "s");
            Bench bench(views);
            bench.heard(5, 1, now);
            const std::vector<Relayed> sent = bench.send();
            CHECK((std::find(sent.begin(), sent.end(), Relayed{5, 6}) != sent.end()) == row.expect);
        }
        Cluster cluster({.nodes = 6, .paths = 1});
        cluster.run(5s);
        cluster.cut("n5", "n6");
        cluster.run(5s);
        cluster.weather.recorded = true;
        cluster.run(10s);
        int by[7] = {};
        for (const auto& datagram : cluster.tape) ++by[datagram.beat->via.value];
        CHECK(by[1] > 40);
        CHECK(by[2] > 40);
        CHECK(by[3] == 0);
        CHECK(by[4] == 0);
    }

    TEST_CASE("who has a beat by relay only passes it on where nobody nearer can") {
        // n1 does not hear n4 itself; n3 does not either.
        Views views(4, 1);
        views.says(1, 4, "s").says(3, 4, "s");
        Bench nearer(views);
        nearer.heard(4, 1, now);
        CHECK(nearer.send() == nothing);  // n2 hears n4, and n3 hears n2
        views.says(3, 2, "s");
        Bench nobody_nearer(views);
        nobody_nearer.heard(4, 1, now);
        CHECK(nobody_nearer.send() == std::vector<Relayed>{{4, 3}});
    }
}

}  // namespace
}  // namespace inquest::test
