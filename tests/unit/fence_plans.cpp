// What is asked of a device, in what order, and when its answers are a proof.
#include "fence/plans.hpp"
#include "fence/rehearsal.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::fence {
namespace {

using namespace std::chrono_literals;
using wire::FenceWord;
using wire::LookFirst;
using How = ProcessEnd::How;

ProcessEnd code(int number, std::string output = "") {
    return {.how = How::exited, .number = number, .output = std::move(output)};
}
ProcessEnd on() { return code(0, "Status: ON"); }
ProcessEnd off() { return code(2, "Status: OFF"); }
ProcessEnd cut() { return {.how = How::out_of_time}; }

std::string told(const Step& step) {
    if (const auto* const run = std::get_if<RunAgent>(&step)) return std::string(word(run->action));
    if (std::holds_alternative<Pause>(step)) return "pause";
    return std::string(word(std::get<Conclude>(step).answer));
}

std::string why(const Step& step) { return std::get<Conclude>(step).why; }

/// Each end answers the step before; `{}` is the end of a pause. Returns all steps.
std::string course(LookFirst look, const std::vector<std::optional<ProcessEnd>>& ends) {
    OffPlan plan(look);
    std::string steps = told(plan.begin(60s));
    for (const auto& end : ends)
        steps += " " + told(end ? plan.heard(*end, 50s) : plan.paused(50s));
    return steps;
}

TEST_CASE("a power-off, step by step") {
    struct Row {
        const char* why;
        LookFirst look;
        std::vector<std::optional<ProcessEnd>> ends;
        std::string expect;
    };
    constexpr LookFirst no = LookFirst::no;
    constexpr LookFirst yes = LookFirst::yes;
    const std::optional<ProcessEnd> paused;
    const Row rows[] = {
        {"as it should be", no, {code(0), off()}, "off status off"},
        {"it takes its time",
         no,
         {code(0), on(), paused, code(1), paused, off()},
         "off status pause status pause status off"},
        {"the device refuses", no, {code(1)}, "off failed"},
        {"off ended with 2, which is no answer to off", no, {code(2, "off")}, "off failed"},
        {"the agent dies", no, {ProcessEnd{.how = How::signalled, .number = 9}}, "off failed"},
        {"the agent hangs", no, {cut()}, "off failed"},
        {"there is no agent", no, {ProcessEnd{.how = How::not_started, .number = 2}}, "off failed"},
        {"a status that dies is none",
         no,
         {code(0), ProcessEnd{.how = How::signalled, .number = 2, .output = "off"}},
         "off status pause"},
        {"a silent agent is asked in another way",
         no,
         {code(0), code(2), code(0)},
         "off status monitor off"},
        {"one that fails at everything is no proof",
         no,
         {code(0), code(2), code(2), paused},
         "off status monitor pause status"},
        {"somebody else has done it", yes, {off()}, "status off"},
        {"somebody else has not", yes, {on(), code(0), off()}, "status off status off"},
        {"nobody can tell", yes, {code(1), code(0), off()}, "status off status off"},
        {"a look that hangs", yes, {cut(), code(0), off()}, "status off status off"},
        {"a silent agent, looked at first", yes, {code(2), code(0)}, "status monitor off"},
        {"one that fails, looked at first",
         yes,
         {code(2), code(2), code(0), off()},
         "status monitor off status off"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(course(row.look, row.ends) == row.expect);
    }
}

TEST_CASE("the pauses grow, and a status has a third of what is left") {
    OffPlan plan(LookFirst::no);
    CHECK(std::get<RunAgent>(plan.begin(60s)).limit == 60s);
    CHECK(std::get<RunAgent>(plan.heard(code(0), 30s)).limit == 10s);
    CHECK(std::get<Pause>(plan.heard(on(), 29s)).length == pause_min);
    CHECK(std::get<RunAgent>(plan.paused(6s)).limit == question_min);
    CHECK(std::get<Pause>(plan.heard(on(), 6s)).length == 2 * pause_min);
    CHECK(std::get<RunAgent>(plan.paused(2s)).limit == 2s);
    for (int i = 0; i < 5; ++i) {
        CHECK(std::get<Pause>(plan.heard(on(), 50s)).length <= pause_max);
        plan.paused(50s);
    }
    CHECK(std::get<Pause>(plan.heard(on(), 50s)).length == pause_max);
}

TEST_CASE("when the time is up, the reason is what was seen last") {
    OffPlan plan(LookFirst::no);
    plan.begin(10s);
    SUBCASE("before any status") {
        CHECK(why(plan.heard(code(0), 0s)) ==
              "time is up: off ended well, and there was no time for a status");
    }
    SUBCASE("no room for another pause") {
        plan.heard(code(0), 5s);
        CHECK(why(plan.heard(on(), pause_min)) == "time is up: off ended well, but status says on");
    }
    SUBCASE("a question that was cut short says less than the one before") {
        plan.heard(code(0), 5s);
        plan.heard(on(), 4s);
        plan.paused(1s);
        CHECK(why(plan.heard(cut(), 0s)) == "time is up: off ended well, but status says on");
    }
    SUBCASE("unless it was the only one") {
        plan.heard(code(0), 5s);
        CHECK(why(plan.heard(cut(), 0s)) ==
              "time is up: off ended well, but status: no answer in its time, ended");
    }
    SUBCASE("an answer that came in time counts, however little is left") {
        plan.heard(code(0), 5s);
        CHECK(told(plan.heard(off(), 0s)) == "off");
    }
}

TEST_CASE("a probe") {
    struct Row {
        const char* why;
        std::vector<ProcessEnd> ends;
        std::string expect;
    };
    const Row rows[] = {
        {"on", {on()}, "status ready"},
        {"off is ready too", {off()}, "status ready"},
        {"unreachable", {code(1)}, "status failed"},
        {"silent, and well", {code(2), code(0)}, "status monitor ready"},
        {"it fails at everything", {code(2), code(2)}, "status monitor failed"},
        {"it hangs", {cut()}, "status failed"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        ProbePlan plan;
        std::string steps = told(plan.begin(20s));
        for (const ProcessEnd& end : row.ends) steps += " " + told(plan.heard(end, 10s));
        CHECK(steps == row.expect);
    }
}

TEST_CASE("a rehearsal tells of every step, the first bad one is its reason") {
    const std::string metadata =
        "<resource-agent name='fence_x'><parameters><parameter name='ip' required='1'/>"
        "</parameters><actions><action name='off'/><action name='status'/>"
        "<action name='monitor'/></actions></resource-agent>";
    struct Row {
        const char* why;
        std::vector<FenceOption> options;
        std::vector<ProcessEnd> ends;
        std::string steps;
        std::string outcomes;
    };
    const Row rows[] = {
        {"all well",
         {{"ip", "a"}},
         {code(0, metadata), code(0), on()},
         "metadata monitor status ready",
         "++++"},
        {"a parameter is missing",
         {},
         {code(0, metadata), code(0), on()},
         "metadata monitor status failed",
         "+-++"},
        {"unreachable",
         {{"ip", "a"}},
         {code(0, metadata), code(1), code(1)},
         "metadata monitor status failed",
         "++--"},
        {"no metadata", {{"ip", "a"}}, {code(1), on()}, "metadata status failed", "-+"},
        {"metadata that is none",
         {{"ip", "a"}},
         {code(0, "usage: ..."), on()},
         "metadata status failed",
         "-+"},
        {"a silent agent",
         {{"ip", "a"}},
         {code(0, metadata), code(0), code(2), code(0)},
         "metadata monitor status monitor ready",
         "++++"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Rehearsal rehearsal({.device = {"x", "fence_x", row.options, ""}, .node = "n3"}, {});
        std::string steps = told(rehearsal.begin(20s));
        for (const ProcessEnd& end : row.ends) steps += " " + told(rehearsal.heard(end, 10s));
        CHECK(steps == row.steps);
        std::string outcomes;
        for (const wire::FenceStep& step : rehearsal.steps())
            outcomes += step.outcome == wire::FenceStep::Outcome::good ? '+' : '-';
        CHECK(outcomes == row.outcomes);
    }
}

}  // namespace
}  // namespace inquest::fence
