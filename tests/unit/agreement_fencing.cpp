// Fence devices between the members: who is chosen, when an order leaves, and what a coordinator's
// death, a restart and a cut make of it.
#include "tests/unit/agreement_armed.hpp"
#include "tests/unit/core_fence_states.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace inquest::test {
namespace {

using namespace agreement;
using Stage = KnownCondemnation::Stage;

/// Armed; each member has a BMC that any other one may ask.
class FencedWorld : public ArmedWorld {
 public:
    explicit FencedWorld(int count = 3) : ArmedWorld(count) {
        for (int number = 1; number <= count; ++number) {
            const std::string level = "bmc-n" + std::to_string(number);
            accept(FenceDeviceSet{bmc(number)});
            accept(FencePlanSet{id(number), plan({level.c_str(), "self"})});
        }
    }

    void accept(ClusterEntry::Body body) {
        REQUIRE(fate(ask(coordinator(), std::move(body))) == "accepted");
    }

    /// The coordinator's core says so at each wake.
    void keep_moving(const std::vector<MemberId>& lost, Duration length) {
        run_until(length, [&] {
            if (coordinator() != nobody) move(coordinator(), missed(lost));
            return false;
        });
    }

    std::vector<FenceOrder> orders() const {
        std::vector<FenceOrder> all;
        for (int number = 1; number <= 9 && knows(id(number)); ++number) {
            const auto& own = heard(number).orders;
            all.insert(all.end(), own.begin(), own.end());
        }
        return all;
    }

    Receipt receipt(MemberId of) const {
        const auto& stands = state(coordinator().value).member(of)->condemnation;
        return stands ? stands->receipt : Receipt::none;
    }

    /// Tells the others what its devices have answered, as a daemon does.
    void tell(MemberId from) {
        if (const auto owed = member(from.value).owed_answer()) {
            ClusterEntry::Body body = *owed;
            fate(ask(from, std::move(body)));
        }
    }
};

}  // namespace

TEST_CASE("agreement: a condemned node is switched off by one order, and a receipt says so") {
    FencedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.crash(lost);
    world.keep_moving({lost}, 3s);
    REQUIRE(world.orders().size() == 1);
    const FenceOrder order = world.orders().front();
    CHECK(world.heard(leader.value).orders.size() == 1);
    CHECK(order.target == lost);
    CHECK(order.node == "n" + std::to_string(lost.value));
    CHECK(order.device.name == "bmc-" + order.node);
    CHECK_FALSE(order.look_first);
    world.reply(leader, {order.id, FenceResult::done, ""});
    world.tell(leader);
    CHECK(word(world.receipt(lost)) == "power_off");
    world.keep_moving({lost}, 2min);
    CHECK_MESSAGE(world.orders().size() == 1, "nothing is asked twice");
    CHECK_FALSE(world.member(leader.value).owed_answer().has_value());
    CHECK(world.soon_told(lost, Stage::proven));
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: no device is asked before its attempt is committed") {
    FencedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.crash(lost);
    world.move(leader, world.missed({lost}));
    REQUIRE(world.soon_told(lost, Stage::committed));
    world.isolate(leader);
    world.move(leader, world.missed({lost}));
    world.run(150ms);
    CHECK(world.orders().empty());
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a coordinator that dies over it is followed by one that looks first") {
    FencedWorld world(5);
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.crash(lost);
    world.keep_moving({lost}, 3s);
    REQUIRE(world.orders().size() == 1);
    world.crash(leader);
    REQUIRE(world.run_until(10s, [&] { return world.coordinator() != nobody; }));
    world.keep_moving({lost}, 3s);
    const std::vector<FenceOrder> all = world.orders();
    REQUIRE(all.size() == 2);
    CHECK(all[0].id != all[1].id);
    CHECK(std::count_if(all.begin(), all.end(),
                        [](const FenceOrder& order) { return order.look_first; }) == 1);
    SUBCASE("the answer of the first counts for nothing any more") {
        world.start(leader);
        world.run(3s);
        CHECK(word(world.receipt(lost)) == "none");
    }
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a restart asks again, and looks first") {
    FencedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.crash(lost);
    world.keep_moving({lost}, 3s);
    REQUIRE(world.heard(leader.value).orders.size() == 1);
    world.crash(leader);
    world.start(leader);
    REQUIRE(world.run_until(20s, [&] { return world.heard(leader.value).orders.size() == 2; }));
    CHECK(world.heard(leader.value).orders[1].look_first);
    CHECK(world.heard(leader.value).orders[1].id == world.heard(leader.value).orders[0].id);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: an order is taken back when nobody waits for it any more") {
    FencedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.crash(lost);
    world.keep_moving({lost}, 3s);
    REQUIRE(world.orders().size() == 1);
    REQUIRE(world.fate(world.ask(leader, ConfirmedOff{lost, world.condemnation(lost).index,
                                                      "alice"})) == "accepted");
    world.run(1s);
    const auto& dropped = world.heard(leader.value).dropped;
    REQUIRE(dropped.size() == 1);
    CHECK(dropped.front() == world.orders().front().id);
    world.reply(leader, {world.orders().front().id, FenceResult::failed, "too late"});
    CHECK_FALSE(world.member(leader.value).owed_answer().has_value());
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: another member asks where the coordinator may not, and tells of it") {
    FencedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.followers()[0];
    const MemberId other = world.followers()[1];
    world.accept(FenceDeviceSet{bmc(lost.value, {other})});
    world.crash(lost);
    world.keep_moving({lost}, 3s);
    CHECK(world.heard(leader.value).orders.empty());
    REQUIRE(world.heard(other.value).orders.size() == 1);
    world.reply(other, {world.heard(other.value).orders[0].id, FenceResult::done, ""});
    world.tell(other);
    CHECK(word(world.receipt(lost)) == "power_off");
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a device that fails is followed by a pause, and asked again") {
    FencedWorld world;
    const MemberId leader = world.coordinator();
    const MemberId lost = world.follower();
    world.crash(lost);
    world.keep_moving({lost}, 3s);
    REQUIRE(world.orders().size() == 1);
    world.reply(leader, {world.orders()[0].id, FenceResult::failed, "no route"});
    world.tell(leader);
    world.keep_moving({lost}, 8s);
    CHECK(world.orders().size() == 1);
    world.keep_moving({lost}, 6s);
    CHECK(world.orders().size() == 2);
    CHECK(world.condemnation(lost).attempts == 2);
    CHECK(word(world.receipt(lost)) == "none");
    CHECK(world.fault() == "");
}

TEST_CASE(
    "agreement: who is missed together with another is held, who is proven off is not missed") {
    FencedWorld world(5);
    const MemberId leader = world.coordinator();
    const std::vector<MemberId> others = world.followers();
    world.crash(others[0]);
    world.keep_moving({others[0]}, 3s);
    REQUIRE(world.orders().size() == 1);
    world.crash(others[1]);
    SUBCASE("while nothing is proven of the first") {
        world.keep_moving({others[0], others[1]}, 3s);
        CHECK(world.condemnation(others[1]).hold == Hold::too_many);
    }
    SUBCASE("when it is, the guard against storms holds the second until its window is over") {
        world.reply(leader, {world.orders()[0].id, FenceResult::done, ""});
        world.tell(leader);
        world.keep_moving({others[0], others[1]}, 3s);
        CHECK(world.condemnation(others[1]).hold == Hold::storm);
        CHECK(world.orders().size() == 1);
        world.keep_moving({others[0], others[1]}, 5min);
        CHECK(world.condemnation(others[1]).hold == Hold::none);
        CHECK(world.orders().size() == 2);
    }
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: nodes of one fate are held, however many may be switched off") {
    FencedWorld world(5);
    const std::vector<MemberId> others = world.followers();
    world.accept(StormGuardSet{{.limit = 4, .window = 5min}});
    for (const MemberId member : {others[0], others[1]}) {
        FencePlan shared = plan({("bmc-n" + std::to_string(member.value)).c_str()});
        shared.fate = "rack-1";
        world.accept(FencePlanSet{member, shared});
    }
    world.crash(others[0]);
    world.crash(others[1]);
    world.keep_moving({others[0], others[1]}, 3s);
    CHECK(world.condemnation(others[0]).hold == Hold::same_fate);
    CHECK(world.condemnation(others[1]).hold == Hold::same_fate);
    CHECK(world.orders().empty());
    CHECK(world.fault() == "");
}

}  // namespace inquest::test
