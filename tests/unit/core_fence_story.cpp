// What people are told of a fence under way.
#include "heartbeat/core/fence_story.hpp"
#include "tests/unit/core_fence_states.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace inquest::test {

TEST_CASE("fence story: one sentence for each stage") {
    struct Row {
        const char* why;
        std::vector<const char*> levels;
        std::function<void(Told&)> happened;
        std::string expect;
    };
    const Row rows[] = {
        {"nothing is known to switch it off", {}, [](Told&) {}, "no fence device of it is known"},
        {"nothing but waiting", {"self"}, [](Told&) {}, "none of its levels asks a device"},
        {"condemned a moment ago", {"bmc-n3"}, [](Told&) {}, "a device is about to be asked"},
        {"the cluster observes",
         {"bmc-n3"},
         [](Told& told) { told.accept(ArmedSet{Armed::no}); },
         "no device is asked: the cluster is not armed"},
        {"asked",
         {"bmc-n3"},
         [](Told& told) { told.accept(begin(told, 0, {id(1)})); },
         "bmc-n3 is asked by n1"},
        {"one of two is done",
         {"pdu-a+pdu-b"},
         [](Told& told) {
             told.accept(begin(told, 0, {id(1), id(2)}));
             told.accept(answer(told, 0, id(1)));
         },
         "pdu-a has switched it off, asked by n1; pdu-b is asked by n2"},
        {"failed",
         {"bmc-n3"},
         [](Told& told) {
             told.accept(begin(told, 0, {id(1)}));
             told.accept(answer(told, 0, id(1), FenceResult::failed));
         },
         "bmc-n3 failed, asked by n1: the device does not answer"},
        {"proven",
         {"bmc-n3"},
         [](Told& told) {
             told.accept(begin(told, 0, {id(1)}));
             told.accept(answer(told, 0, id(1)));
         },
         ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = fenced_cluster();
        FencePlan made;
        for (const char* level : row.levels) made.levels.push_back(*parse_level(level));
        if (!row.levels.empty()) told.accept(FencePlanSet{id(3), made});
        condemn(told);
        row.happened(told);
        const AgreedMember& member = *std::as_const(told.state).member(id(3));
        CHECK(fence_headline(told.state, member) == row.expect);
        CHECK(explain_fence(told.state, member).has_value() == !row.expect.empty());
    }
}

TEST_CASE("fence story: the tree names the attempt, its level and each device") {
    Told told = fenced_cluster();
    told.accept(FencePlanSet{id(3), plan({"bmc-n3", "pdu-a+pdu-b", "self"})});
    condemn(told);
    told.accept(begin(told, 0, {id(1)}));
    told.accept(answer(told, 0, id(1), FenceResult::failed));
    told.accept(begin(told, 1, {id(2), id(1)}));
    const auto tree = explain_fence(told.state, *std::as_const(told.state).member(id(3)));
    REQUIRE(tree.has_value());
    CHECK(tree->claim == "attempt 2 to switch it off: level 2 of 3");
    REQUIRE(tree->because.size() == 3);
    CHECK(tree->because[0].claim == "pdu-a is asked by n2");
    CHECK(tree->because[2].claim == "it is switched off by bmc-n3, then pdu-a+pdu-b, then self");
}

}  // namespace inquest::test
