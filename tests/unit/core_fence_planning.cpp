// What the coordinator does next about a condemned member: levels in order, takeovers, pauses.
#include "heartbeat/core/fence_planning.hpp"
#include "tests/unit/core_fence_states.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>

namespace inquest::test {
namespace {

FenceHands hands(std::initializer_list<int> numbers) {
    FenceHands all;
    for (const int number : numbers) all.push_back(id(number));
    return all;
}

/// "level 1 by n2"; "nothing".
std::string next(const Told& told, const FenceHands& fit, const FenceWaits& waits = {}) {
    const auto begun = next_fence(told.state, *told.state.member(id(3)), fit, waits);
    if (!begun) return "nothing";
    std::string text = "level " + std::to_string(begun->level) + " by";
    for (const MemberId by : begun->by) text += " n" + std::to_string(by.value);
    CHECK(begun->number == condemnation(told).attempts + 1);
    return text;
}

Told planned(std::initializer_list<const char*> levels) {
    Told told = fenced_cluster(4);
    told.accept(FencePlanSet{id(3), plan(levels)});
    condemn(told);
    return told;
}

}  // namespace

TEST_CASE("fence planning: how it begins") {
    struct Row {
        const char* why;
        std::vector<const char*> levels;
        FenceHands fit;
        std::string expect;
    };
    const Row rows[] = {
        {"the coordinator itself, by the first level",
         {"bmc-n3", "pdu-a"},
         hands({2, 1}),
         "level 0 by n2"},
        {"both devices of a level", {"pdu-a+pdu-b"}, hands({1, 2}), "level 0 by n1 n1"},
        {"a level that only waits asks nobody", {"self", "bmc-n3"}, hands({1}), "level 1 by n1"},
        {"nothing but waiting", {"self", "operator"}, hands({1, 2}), "nothing"},
        {"never by the node itself", {"bmc-n3"}, hands({3}), "nothing"},
        {"nobody is there who could", {"bmc-n3"}, hands({}), "nothing"},
        {"no plan", {}, hands({1, 2}), "nothing"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = fenced_cluster(4);
        FencePlan made;
        for (const char* level : row.levels) made.levels.push_back(*parse_level(level));
        if (!row.levels.empty()) told.accept(FencePlanSet{id(3), made});
        condemn(told);
        CHECK(next(told, row.fit) == row.expect);
    }
}

TEST_CASE("fence planning: a level that nobody who is there may run is passed over") {
    Told told = planned({"bmc-n3", "pdu-a"});
    told.accept(FenceDeviceSet{bmc(3, {id(4)})});
    CHECK(next(told, hands({1, 2})) == "level 1 by n1");
    CHECK(next(told, hands({1, 2, 4})) == "level 0 by n4");
}

TEST_CASE("fence planning: a delay counts from the condemnation, and only for the first attempt") {
    Told told = fenced_cluster(4);
    FencePlan made = plan({"bmc-n3"});
    made.delay = 5s;
    told.accept(FencePlanSet{id(3), made});
    condemn(told);
    CHECK(next(told, hands({1}), {.condemned = 5s - 1ns}) == "nothing");
    CHECK(next(told, hands({1}), {.condemned = 5s}) == "level 0 by n1");
}

TEST_CASE("fence planning: what follows an attempt") {
    struct Row {
        const char* why;
        bool failed;
        FenceHands fit;
        FenceWaits waits;
        std::string expect;
    };
    const Row rows[] = {
        {"it is under way", false, hands({1, 2}), {.begun = 64s}, "nothing"},
        {"it failed: the next level at once, by another one",
         true,
         hands({1, 2}),
         {},
         "level 1 by n2"},
        {"who asks is lost: taken over", false, hands({2, 4}), {.begun = 1s}, "level 0 by n4"},
        {"no answer in the device's time and a little more",
         false,
         hands({1, 2}),
         {.begun = 65s},
         "level 0 by n2"},
        {"only the same one is left: it looks again",
         false,
         hands({1}),
         {.begun = 65s},
         "level 0 by n1"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = planned({"bmc-n3", "pdu-a"});
        told.accept(begin(told, 0, {id(1)}));
        if (row.failed) told.accept(answer(told, 0, id(1), FenceResult::failed));
        CHECK(next(told, row.fit, row.waits) == row.expect);
    }
}

TEST_CASE("fence planning: behind the last level the first again, after a pause") {
    Told told = planned({"bmc-n3", "pdu-a"});
    told.accept(begin(told, 0, {id(1)}));
    told.accept(answer(told, 0, id(1), FenceResult::failed));
    told.accept(begin(told, 1, {id(1)}));
    told.accept(answer(told, 0, id(1), FenceResult::failed));
    CHECK(next(told, hands({1, 2}), {.ended = fence_pause_first - 1ns}) == "nothing");
    CHECK(next(told, hands({1, 2}), {.ended = fence_pause_first}) == "level 0 by n1");
}

TEST_CASE("fence planning: pauses grow, up to five minutes") {
    CHECK(fence_pause(0) == 10s);
    CHECK(fence_pause(1) == 10s);
    CHECK(fence_pause(2) == 20s);
    CHECK(fence_pause(5) == 160s);
    CHECK(fence_pause(6) == 5min);
    CHECK(fence_pause(60000) == 5min);
}

TEST_CASE("fence planning: what has been proven, or is held, is left alone") {
    Told told = planned({"bmc-n3"});
    told.accept(begin(told, 0, {id(1)}));
    told.accept(answer(told, 0, id(1)));
    CHECK(next(told, hands({1, 2}), {.begun = 1h, .ended = 1h}) == "nothing");
    Told held = fenced_cluster(4);
    held.accept(FencePlanSet{id(3), plan({"bmc-n3"})});
    condemn(held, 3, Hold::too_many);
    CHECK(next(held, hands({1, 2}), {.condemned = 1h}) == "nothing");
}

TEST_CASE("fence planning: a level whose device is done waits for the node's own reset") {
    Told told = planned({"bmc-n3+self"});
    told.accept(begin(told, 0, {id(1)}));
    told.accept(answer(told, 0, id(1)));
    CHECK(next(told, hands({1, 2}), {.begun = 1h}) == "nothing");
}

}  // namespace inquest::test
