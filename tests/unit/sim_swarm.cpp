// What is drawn is sound, repeatable and readable; the swarm keeps its order; shrinking keeps the
// fault.
#include "heartbeat/core/config.hpp"
#include "tests/sim/story/scenario_reader.hpp"
#include "tests/sim/story/timeline_text.hpp"
#include "tests/sim/swarm/swarm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

constexpr Drawing drawing{.nodes_min = 3, .nodes_max = 7, .length = 20s};

bool has(const Scenario& scenario, Verb verb, std::size_t node) {
    return std::any_of(scenario.events.begin(), scenario.events.end(), [&](const Event& event) {
        return event.verb == verb &&
               std::find(event.nodes.begin(), event.nodes.end(), node) != event.nodes.end();
    });
}

std::vector<Event> without_lines(Events events) {
    for (Event& event : events) event.line = 0;
    return events;
}

}  // namespace

TEST_CASE("drawn clusters are sound, and every verb of the world comes up") {
    std::set<Verb> verbs;
    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        CAPTURE(seed);
        const Scenario scenario = draw(seed, drawing);
        for (const Problem& problem : problems(scenario.cluster)) {
            // A daemon of today beats on udp alone; here all kinds do.
            if (problem.where.ends_with(".kind")) continue;
            CAPTURE(problem.what);
            CHECK(problem.severity == Problem::Severity::warning);
        }
        sizes.insert(scenario.cluster.members.size());
        for (const Event& event : scenario.events) verbs.insert(event.verb);
        CHECK(std::is_sorted(scenario.events.begin(), scenario.events.end(),
                             [](const Event& a, const Event& b) { return a.when < b.when; }));
        CHECK(scenario.events.back().verb == Verb::end);
        CHECK(scenario.events.back().when == scenario.length);
    }
    CHECK(sizes == std::set<std::size_t>{3, 4, 5, 6, 7});
    // All but the two questions, and devices that lie: nothing can be kept with those.
    CHECK(verbs.size() == static_cast<std::size_t>(Verb::end) + 1 - 3);
}

TEST_CASE("a seed is drawn the same each time, and another one differs") {
    CHECK(text(draw(7, drawing)) == text(draw(7, drawing)));
    CHECK(text(draw(7, drawing)) != text(draw(8, drawing)));
}

TEST_CASE("a drawn scenario is written as a bare timeline and read back the same") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        const Scenario scenario = draw(seed, drawing);
        const auto read = read_bare_timeline(text(scenario), "drawn");
        if (!read) {
            CAPTURE(config::to_string(read.error().front()));
            CHECK(read.has_value());
            continue;
        }
        CHECK(without_lines(read->events) == scenario.events);
        CHECK(read->seed == scenario.seed);
        CHECK(read->length == scenario.length);
        CHECK(text(*read) == text(scenario));
    }
}

TEST_CASE("the swarm's outcomes come in the order of the seeds, whatever the number of workers") {
    const auto digests = [](unsigned jobs) {
        std::vector<std::string> all;
        swarm({.first = 11, .seeds = 12, .jobs = jobs, .drawing = {3, 4, 5s}},
              [&](const Scenario& scenario, const Outcome& outcome) {
                  all.push_back(scenario.name + " " + std::to_string(outcome.counts.digest));
              });
        return all;
    };
    const auto one = digests(1);
    CHECK(one.size() == 12);
    CHECK(one.front().substr(0, 8) == "seed-11 ");
    CHECK(digests(3) == one);
}

TEST_CASE("drawn worlds break no rule") {
    swarm({.first = 1, .seeds = 12, .jobs = 2, .drawing = drawing},
          [](const Scenario& scenario, const Outcome& outcome) {
              CAPTURE(scenario.name);
              for (const Violation& violation : outcome.violations) {
                  CAPTURE(violation.rule);
                  CAPTURE(violation.what);
                  CHECK(false);
              }
          });
}

TEST_CASE("shrinking keeps what breaks the rule and little else") {
    Scenario scenario = draw(21, drawing);
    const auto add = [&](Duration when, Verb verb, Nodes nodes, Duration length = {}) {
        scenario.events.push_back(
            {.when = when, .verb = verb, .nodes = std::move(nodes), .length = length});
    };
    add(3s, Verb::power_off, {0, 1, 2});
    add(5s, Verb::pause, {1}, 9s);
    std::stable_sort(scenario.events.begin(), scenario.events.end(),
                     [](const Event& a, const Event& b) { return a.when < b.when; });
    int asked = 0;
    // Broken by n2 being off and paused for a second, in whichever company.
    const auto breaks = [&](const Scenario& tried) {
        ++asked;
        return has(tried, Verb::power_off, 1) &&
               std::any_of(tried.events.begin(), tried.events.end(), [](const Event& event) {
                   return event.verb == Verb::pause && event.length >= 1s &&
                          event.nodes.front() == 1;
               });
    };
    const Scenario small = shrink(scenario, breaks, 400);
    CHECK(asked <= 400);
    REQUIRE(small.events.size() == 3);
    CHECK(small.events[0].verb == Verb::power_off);
    CHECK(small.events[0].nodes == Nodes{1});
    CHECK(small.events[1].length < 2s);
    CHECK(small.events[2].verb == Verb::end);
    CHECK(small.cluster.members.size() == 2);
    CHECK(small.cluster.paths.size() == 1);
    CHECK(shrink(scenario, breaks, 0).events == scenario.events);
}

}  // namespace inquest::sim
