// Fence devices, plans and attempts as the rules of the state have them: what is accepted, what
// makes a receipt, and what a device that may be at work already keeps from happening.
#include "heartbeat/core/fence_rules.hpp"
#include "tests/unit/core_fence_states.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace inquest::test {
namespace {

/// Condemned, and the first level of this plan has begun, every device asked by n1.
Told begun(std::initializer_list<const char*> levels, int devices = 1) {
    Told told = fenced_cluster();
    told.accept(FencePlanSet{id(3), plan(levels)});
    condemn(told);
    told.accept(begin(told, 0, std::vector<MemberId>(static_cast<std::size_t>(devices), id(1))));
    return told;
}

}  // namespace

TEST_CASE("fence rules: when an attempt is begun") {
    struct Row {
        const char* why;
        std::function<void(Told&, FenceBegun&)> change;
        std::string_view outcome;
    };
    const Row rows[] = {
        {"condemned, with a device and one to ask it", [](Told&, FenceBegun&) {}, "accepted"},
        {"by any other member", [](Told&, FenceBegun& said) { said.by = {id(2)}; }, "accepted"},
        {"another condemnation", [](Told&, FenceBegun& said) { ++said.condemnation; },
         "no-condemnation"},
        {"nobody is condemned", [](Told&, FenceBegun& said) { said.member = id(2); },
         "no-condemnation"},
        {"who is no member", [](Told&, FenceBegun& said) { said.member = id(9); },
         "no-condemnation"},
        {"by the node itself", [](Told&, FenceBegun& said) { said.by = {id(3)}; }, "not-fit"},
        {"by who is no member", [](Told&, FenceBegun& said) { said.by = {id(9)}; }, "not-fit"},
        {"by nobody", [](Told&, FenceBegun& said) { said.by = {}; }, "not-fit"},
        {"by two where one device is to be asked",
         [](Told&, FenceBegun& said) {
             said.by = {id(1), id(2)};
         },
         "not-fit"},
        {"a level that is not there", [](Told&, FenceBegun& said) { said.level = 2; }, "malformed"},
        {"a level without a device", [](Told&, FenceBegun& said) { said.level = 1; }, "not-fit"},
        {"not the next attempt", [](Told&, FenceBegun& said) { said.number = 2; }, "no-attempt"},
        {"the cluster observes by now",
         [](Told& told, FenceBegun&) { told.accept(ArmedSet{Armed::no}); }, "not-armed"},
        {"somebody works on it",
         [](Told& told, FenceBegun&) {
             told.accept(MaintenanceSet{id(3), Maintenance::on});
         },
         "in-maintenance"},
        {"a person was faster",
         [](Told& told, FenceBegun&) {
             told.accept(ConfirmedOff{id(3), condemnation(told).index, "alice"});
         },
         "already"},
        {"it was heard",
         [](Told& told, FenceBegun&) {
             told.accept(Acquitted{id(3), condemnation(told).index});
         },
         "no-condemnation"},
        {"a device that this member may not run",
         [](Told& told, FenceBegun&) { told.accept(FenceDeviceSet{bmc(3, {id(2)})}); }, "not-fit"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = fenced_cluster();
        told.accept(FencePlanSet{id(3), plan({"bmc-n3", "self"})});
        condemn(told);
        FenceBegun said = begin(told, 0, {id(1)});
        row.change(told, said);
        CHECK(word(told.tell(said)) == row.outcome);
    }
}

TEST_CASE("fence rules: nobody is acquitted whom a device may be switching off") {
    Told told = begun({"bmc-n3"});
    CHECK(word(told.tell(Acquitted{id(3), condemnation(told).index})) == "being-fenced");
    SUBCASE("when it has failed, nobody is at work any more") {
        told.accept(answer(told, 0, id(1), FenceResult::failed));
        told.accept(Acquitted{id(3), condemnation(told).index});
    }
    SUBCASE("when it has done its work, the node is off") {
        told.accept(answer(told, 0, id(1)));
        CHECK(word(told.tell(Acquitted{id(3), condemnation(told).index})) == "being-fenced");
    }
    SUBCASE("one of two has failed, and the other may be at work") {
        Told two = begun({"pdu-a+pdu-b"}, 2);
        two.accept(answer(two, 0, id(1), FenceResult::failed));
        CHECK(word(two.tell(Acquitted{id(3), condemnation(two).index})) == "being-fenced");
        two.accept(answer(two, 1, id(1)));
        two.accept(Acquitted{id(3), condemnation(two).index});
    }
}

TEST_CASE("fence rules: what a device's answer is worth") {
    struct Row {
        const char* why;
        std::function<void(Told&, FenceAnswered&)> change;
        std::string_view outcome;
        Receipt receipt;
    };
    const Row rows[] = {
        {"it is off", [](Told&, FenceAnswered&) {}, "accepted", Receipt::power_off},
        {"it is not", [](Told&, FenceAnswered& said) { said.result = FenceResult::failed; },
         "accepted", Receipt::none},
        {"nothing is known yet",
         [](Told&, FenceAnswered& said) { said.result = FenceResult::awaited; }, "malformed",
         Receipt::none},
        {"of another attempt", [](Told&, FenceAnswered& said) { ++said.attempt; }, "no-attempt",
         Receipt::none},
        {"of another condemnation", [](Told&, FenceAnswered& said) { ++said.condemnation; },
         "no-condemnation", Receipt::none},
        {"of a task that is not there", [](Told&, FenceAnswered& said) { said.task = 1; },
         "malformed", Receipt::none},
        {"by one who did not ask", [](Told&, FenceAnswered& said) { said.by = id(2); }, "not-fit",
         Receipt::none},
        {"more words than there is room for",
         [](Told&, FenceAnswered& said) {
             said.result = FenceResult::failed;
             said.why = std::string(fence_why_bytes_max + 1, 'x');
         },
         "malformed", Receipt::none},
        {"another attempt has begun meanwhile",
         [](Told& told, FenceAnswered&) { told.accept(begin(told, 0, {id(2)})); }, "no-attempt",
         Receipt::none},
        {"it boots anew meanwhile",
         [](Told& told, FenceAnswered&) {
             told.accept(IncarnationBegun{id(3), Incarnation(5), 50U});
         },
         "no-condemnation", Receipt::none},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = begun({"bmc-n3"});
        FenceAnswered said = answer(told, 0, id(1));
        row.change(told, said);
        CHECK(word(told.tell(said)) == row.outcome);
        const auto& stands = told.state.member(id(3))->condemnation;
        CHECK(word(stands ? stands->receipt : Receipt::none) == word(row.receipt));
    }
}

TEST_CASE("fence rules: nobody speaks for the member that asked the device") {
    Told told = begun({"bmc-n3"});
    ClusterEntry said = asked(answer(told, 0, id(1)));
    said.asked_by = id(2);
    CHECK(word(told.tell(said)) == "malformed");
}

TEST_CASE("fence rules: all of a level must succeed") {
    Told told = begun({"pdu-a+pdu-b"}, 2);
    told.accept(answer(told, 1, id(1)));
    CHECK(condemnation(told).receipt == Receipt::none);
    CHECK(word(told.tell(answer(told, 1, id(1)))) == "already");
    told.accept(answer(told, 0, id(1)));
    CHECK(condemnation(told).receipt == Receipt::power_off);
    CHECK(word(told.tell(answer(told, 0, id(1), FenceResult::failed))) == "already");
}

TEST_CASE("fence rules: what is proven by what") {
    struct Row {
        const char* why;
        const char* level;
        int devices;
        Receipt receipt;
    };
    const Row rows[] = {
        {"power", "bmc-n3", 1, Receipt::power_off},
        {"storage alone is a cut", "san", 1, Receipt::storage_cut},
        {"power and storage is power", "san+bmc-n3", 2, Receipt::power_off},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = begun({row.level}, row.devices);
        for (int task = 0; task < row.devices; ++task) told.accept(answer(told, task, id(1)));
        CHECK(word(condemnation(told).receipt) == word(row.receipt));
    }
}

TEST_CASE("fence rules: a plan says whether the node's own reset is a proof") {
    struct Row {
        const char* why;
        std::vector<const char*> levels;
        std::string_view outcome;
        Receipt receipt;
    };
    const Row rows[] = {
        {"no plan: nothing else could be", {}, "accepted", Receipt::self_fence_elapsed},
        {"a level of its own", {"bmc-n3", "self"}, "accepted", Receipt::self_fence_elapsed},
        {"no level names it", {"bmc-n3", "operator"}, "no-terms", Receipt::none},
        {"only with a device, and none has been asked", {"bmc-n3+self"}, "already", Receipt::none},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = fenced_cluster();
        FencePlan made;
        for (const char* level : row.levels) made.levels.push_back(*parse_level(level));
        if (!row.levels.empty()) told.accept(FencePlanSet{id(3), made});
        const Watchdog card{WatchdogKind::hardware, Trusted::yes, 9s};
        told.accept(TermsSet{id(3), Incarnation(4), told.state.timing_index, card});
        condemn(told);
        CHECK(word(told.tell(SelfFenceElapsed{id(3), condemnation(told).index, 1h})) ==
              row.outcome);
        CHECK(word(condemnation(told).receipt) == word(row.receipt));
    }
}

TEST_CASE("fence rules: a device and the node's own reset, in either order") {
    for (const bool device_first : {true, false}) {
        CAPTURE(device_first);
        Told told = fenced_cluster();
        told.accept(FencePlanSet{id(3), plan({"san+self"})});
        const Watchdog card{WatchdogKind::hardware, Trusted::yes, 9s};
        told.accept(TermsSet{id(3), Incarnation(4), told.state.timing_index, card});
        condemn(told);
        told.accept(begin(told, 0, {id(1)}));
        const auto elapse = [&] {
            told.accept(SelfFenceElapsed{id(3), condemnation(told).index, 1h});
        };
        if (!device_first) elapse();
        CHECK(condemnation(told).receipt == Receipt::none);
        told.accept(answer(told, 0, id(1)));
        if (device_first) {
            CHECK(condemnation(told).receipt == Receipt::none);
            elapse();
        }
        CHECK(condemnation(told).receipt == Receipt::storage_cut);
    }
}

TEST_CASE("fence rules: the guard against storms") {
    Told told = fenced_cluster(5);
    for (const int number : {2, 3, 4}) {
        if (number != 3) told.accept(FenceDeviceSet{bmc(number)});
        told.accept(FencePlanSet{id(number), plan({("bmc-n" + std::to_string(number)).c_str()})});
        condemn(told, number);
    }
    told.accept(begin(told, 0, {id(1)}));
    FenceBegun second = begin(told, 0, {id(1)}, 2);
    struct Row {
        const char* why;
        std::int64_t wall_seconds;
        std::string_view outcome;
    };
    const Row rows[] = {
        {"at once", 1010, "storm"},
        {"a moment before it is over for certain, by clocks of whole seconds", 1010 + 300, "storm"},
        {"a clock that was set back waits longer", 10, "storm"},
        {"when it is over", 1010 + 301, "accepted"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told then = told;
        second.wall_seconds = row.wall_seconds;
        CHECK(word(then.tell(second)) == row.outcome);
    }
    SUBCASE("another attempt at the same node is no other node") {
        told.accept(answer(told, 0, id(1), FenceResult::failed));
        told.accept(begin(told, 0, {id(5)}));
    }
    SUBCASE("a person has released it") {
        second.wall_seconds = 1011;
        told.accept(HoldLifted{id(2), condemnation(told, 2).index});
        told.accept(second);
        CHECK(word(told.tell(begin(told, 0, {id(1)}, 4))) == "storm");
    }
    SUBCASE("more may be switched off where the cluster says so") {
        second.wall_seconds = 1011;
        told.accept(StormGuardSet{{.limit = 2, .window = 5min}});
        told.accept(second);
        CHECK(word(told.tell(begin(told, 0, {id(1)}, 4))) == "storm");
    }
}

TEST_CASE("fence rules: a hold keeps every device still, and ends by itself only after a storm") {
    struct Row {
        const char* why;
        Hold hold;
        HoldLifted::Because because;
        std::int64_t wall_seconds;
        std::string_view outcome;
    };
    using Because = HoldLifted::Because;
    const Row rows[] = {
        {"a person ends any", Hold::too_many, Because::person, 0, "accepted"},
        {"... of a storm too", Hold::storm, Because::person, 0, "accepted"},
        {"time ends none of those that a person must look at", Hold::too_many, Because::storm_over,
         1 << 20, "storm"},
        {"nor where a fate is shared", Hold::same_fate, Because::storm_over, 1 << 20, "storm"},
        {"a storm is not over", Hold::storm, Because::storm_over, 1310, "storm"},
        {"it is", Hold::storm, Because::storm_over, 1311, "accepted"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = fenced_cluster(5);
        told.accept(FenceDeviceSet{bmc(2)});
        told.accept(FencePlanSet{id(3), plan({"bmc-n3"})});
        told.accept(FencePlanSet{id(2), plan({"bmc-n2"})});
        condemn(told, 3);
        told.accept(begin(told, 0, {id(1)}));
        condemn(told, 2, row.hold);
        CHECK(word(told.tell(begin(told, 0, {id(1)}, 2))) == "storm");
        CHECK(word(told.tell(HoldLifted{id(2), condemnation(told, 2).index, row.because,
                                        row.wall_seconds})) == row.outcome);
    }
}

TEST_CASE("fence rules: a device goes only when no plan names it, a member goes from all") {
    Told told = fenced_cluster(4);
    told.accept(FenceDeviceSet{bmc(3, {id(1), id(4)})});
    told.accept(FencePlanSet{id(3), plan({"bmc-n3"})});
    CHECK(word(told.tell(FenceDeviceDropped{"bmc-n3"})) == "device-in-use");
    CHECK(word(told.tell(FenceDeviceDropped{"bmc-n9"})) == "no-device");
    told.accept(FenceDeviceDropped{"pdu-b"});
    CHECK(told.state.device("pdu-b") == nullptr);
    told.accept(Removed{id(4), key(9)});
    CHECK(told.state.device("bmc-n3")->run_by == std::vector<MemberId>{id(1)});
    told.accept(Removed{id(3), key(10)});
    CHECK(told.state.device("pdu-a")->plugs.empty());
}

TEST_CASE("fence rules: what could switch off the wrong machine is never agreed on") {
    Told told = fenced_cluster();
    told.accept(FencePlanSet{id(3), plan({"bmc-n3"})});
    CHECK(word(told.tell(FencePlanSet{id(2), plan({"bmc-n3"})})) == "unsound");
    CHECK(word(told.tell(FencePlanSet{id(3), plan({"bmc-n4"})})) == "unsound");
    CHECK(word(told.tell(FenceDeviceSet{bmc(3, {id(3)})})) == "unsound");
    CHECK(word(told.tell(StormGuardSet{{.limit = 0, .window = 5min}})) == "unsound");
}

}  // namespace inquest::test
