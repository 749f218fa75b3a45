// The picture of a run: is it sound XML, and does it say what happened, who saw it, and what was
// said of it?
#include "tests/sim/picture/picture.hpp"
#include "tests/sim/picture/scale.hpp"
#include "tests/sim/picture/svg.hpp"
#include "tests/sim/picture/trouble.hpp"
#include "tests/sim/world/world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

Scenario scenario_of(int nodes, Duration length, Events events) {
    Scenario scenario{.name = "a run", .events = std::move(events), .length = length};
    scenario.cluster.name = "sim";
    for (const char letter : {'a', 'b'}) {
        scenario.cluster.paths.push_back(
            {.name = fmt::format("lan-{}", letter), .fate = fmt::format("sw-{}", letter)});
    }
    for (int node = 1; node <= nodes; ++node) {
        scenario.cluster.members.push_back({.id = MemberId(static_cast<std::uint16_t>(node)),
                                            .name = fmt::format("n{}", node),
                                            .votes = node <= 5,
                                            .paths = {PathId(0), PathId(1)}});
    }
    return scenario;
}

std::string drawn(const Scenario& scenario) {
    Picture picture(scenario);
    World world({.cluster = scenario.cluster, .seed = scenario.seed}, {&picture});
    world.plan(scenario.events);
    world.power_on_all();
    world.run(dawn + scenario.length);
    return picture.svg();
}

Scenario one_way_deafness() {
    return scenario_of(3, 8s,
                       {{.when = 2s, .verb = Verb::cut, .nodes = {2}, .to = {0}},
                        {.when = 5s, .verb = Verb::heal, .nodes = {2}, .to = {0}}});
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t times = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size()))
        ++times;
    return times;
}

/// What is wrong with the nesting of the tags; empty: nothing.
std::string fault_of_tags(std::string_view xml) {
    std::vector<std::string_view> open;
    for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
        const std::size_t end = xml.find('>', at);
        if (end == std::string_view::npos) return "a tag does not end";
        const std::string_view tag = xml.substr(at + 1, end - at - 1);
        if (tag.front() == '?' || tag.back() == '/') continue;
        if (tag.front() != '/') {
            open.push_back(tag.substr(0, tag.find(' ')));
        } else if (open.empty() || open.back() != tag.substr(1)) {
            return fmt::format("{} closes what is not open", tag);
        } else {
            open.pop_back();
        }
    }
    return open.empty() ? "" : fmt::format("{} stays open", open.back());
}

}  // namespace

TEST_CASE("a text in the picture cannot become markup") {
    CHECK(escaped("<a> & \"b\" 'c'") == "&lt;a&gt; &amp; &quot;b&quot; &#39;c&#39;");
    CHECK(escaped("n\u00e9\U0001f600") == "n\u00e9\U0001f600");
    struct Row {
        const char* why;
        std::string text;
        const char* expect;
    };
    const Row rows[] = {
        {"XML has no such character", std::string("a\x01\x1f") + '\0', "a???"},
        {"a byte that begins nothing", "a\x80\xff", "a??"},
        {"a character that is cut off", "a\xe2\x82", "a??"},
        {"longer than it need be", "\xc0\xbc", "??"},
        {"half of a pair of UTF-16", "\xed\xa0\x80", "???"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(escaped(row.text) == row.expect);
    }
}

TEST_CASE("a text is shortened between characters, not within one") {
    const Font font{.size = 10};
    CHECK(shortened("n1", font, 1000) == "n1");
    const std::string text = shortened("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", font, 24);
    CHECK(text == "\u00e9\u00e9\u00e9\u2026");
    CHECK(text_width(text, font) <= 24);
}

TEST_CASE("times are written without needless zeros, and long runs have minutes") {
    CHECK(picture::seconds_words(2500ms) == "2.5 s");
    CHECK(picture::seconds_words(-250ms) == "-0.25 s");
    CHECK(picture::Scale(0, 100, 2min).words(65s) == "65 s");
    CHECK(picture::Scale(0, 100, 121s).words(65500ms) == "1:05.5");
    CHECK(picture::Scale(0, 1000, 10s).tick() == 1s);
    CHECK(picture::Scale(0, 1000, 10min).tick() == 1min);
}

TEST_CASE("the picture names the fault, the observers and the verdict") {
    const std::string svg = drawn(one_way_deafness());
    CHECK(contains(svg, "2 s to 5 s: "));
    CHECK(contains(svg, "n3&#39;s beats no longer reach n1"));
    CHECK(contains(svg, ">n1 says</text>"));
    CHECK(contains(svg, ">n2 says</text>"));
    CHECK(count(svg, ">n3: partitioned</text>") == 2);
    CHECK(contains(svg, "<title>n1 of n3 on lan-b: silent, "));
    CHECK_MESSAGE(!contains(svg, "n2 of n3 on lan-b: silent"), "n2 hears it all the time");
    CHECK(fault_of_tags(svg) == "");
}

TEST_CASE("what never changed has no row of its own") {
    const std::string svg = drawn(one_way_deafness());
    CHECK(contains(svg, ">n2: alive throughout</text>"));
    CHECK(contains(svg, ">n3 says of all others: alive throughout</text>"));
    CHECK(!contains(svg, ">n2: alive</text>"));
    const std::string quiet = drawn(scenario_of(3, 5s, {}));
    CHECK(contains(quiet, ">every node says of all others: alive throughout</text>"));
    CHECK(contains(quiet, "no fault in this run"));
}

TEST_CASE("observers that say the same share a lane") {
    const std::string svg =
        drawn(scenario_of(7, 15s, {{.when = 2s, .verb = Verb::power_off, .nodes = {3}}}));
    CHECK(contains(svg, ">all nodes but n4 say</text>"));
    CHECK(contains(svg, ">each other: alive throughout</text>"));
    CHECK(contains(svg, ">n4: lost"));
    CHECK(contains(svg, ">seen enough to condemn n4</text>"));
    CHECK(contains(svg, ">n4 itself: off, no power</text>"));
    CHECK(contains(svg, "from 2 s on: "));
    CHECK(fault_of_tags(svg) == "");
}

TEST_CASE("a run is drawn the same each time, and each host's own troubles are in it") {
    const Scenario scenario =
        scenario_of(3, 20s,
                    {{.when = 2s, .verb = Verb::pause, .nodes = {0}, .length = 3s},
                     {.when = 8s, .verb = Verb::crash, .nodes = {1}},
                     {.when = 12s, .verb = Verb::switch_off, .fate = "sw-a"},
                     {.when = 14s, .verb = Verb::unplug, .nodes = {2}, .paths = {PathId(1)}},
                     {.when = 16s, .verb = Verb::heal}});
    const std::string svg = drawn(scenario);
    CHECK(svg == drawn(scenario));
    CHECK(contains(svg, "<title>n1 itself: paused, 2 s to "));
    CHECK(contains(svg, "<title>n2 itself: no daemon, 8 s to "));
    CHECK(contains(svg, "<title>n3 itself: isolated, "));
    CHECK_MESSAGE(contains(svg, "8 s to 9 s: "), "the keeper starts the daemon again");
    CHECK(contains(svg, "12 s to 16 s: "));
    CHECK(contains(svg, "14 s to 16 s: "));
    CHECK(fault_of_tags(svg) == "");
}

TEST_CASE("names from a file do no harm, and a run without length can be drawn") {
    Scenario scenario = one_way_deafness();
    scenario.name = "<script>&\x01";
    scenario.cluster.members[2].name = "</text><g>\"'";
    scenario.cluster.paths[0].name = "]]>";
    const std::string svg = drawn(scenario);
    CHECK(fault_of_tags(svg) == "");
    CHECK(!contains(svg, "<script>"));
    CHECK(fault_of_tags(drawn(scenario_of(2, 0s, {}))) == "");
}

TEST_CASE("a fault lasts until all that it did is undone") {
    const Scenario scenario = scenario_of(3, 10s, {});
    picture::Troubles troubles;
    const auto happens = [&](Event event) {
        troubles.happened(scenario.cluster, event, event.when);
    };
    happens({.when = 1s, .verb = Verb::cut, .nodes = {2}, .to = {0}, .ways = Ways::both});
    happens({.when = 2s, .verb = Verb::heal, .nodes = {2}, .to = {0}});
    REQUIRE(troubles.all().size() == 2);
    CHECK_MESSAGE(!troubles.all()[0].to, "n1's beats still do not reach n3");
    CHECK(troubles.all()[1].kind == picture::Trouble::Kind::mending);
    happens({.when = 3s, .verb = Verb::heal, .nodes = {0}, .to = {2}, .paths = {PathId(0)}});
    CHECK_MESSAGE(!troubles.all()[0].to, "nor on lan-b");
    happens({.when = 4s, .verb = Verb::heal});
    CHECK(troubles.all()[0].to == Duration(4s));
    CHECK_MESSAGE(troubles.all().size() == 3, "what ends a fault is no mark of its own");

    happens({.when = 5s, .verb = Verb::loss, .nodes = {0}, .to = {1}, .millionths = 10'000});
    happens({.when = 6s, .verb = Verb::loss, .nodes = {0}, .to = {1}, .millionths = 0});
    CHECK(troubles.all()[3].to == Duration(6s));
    happens({.when = 7s, .verb = Verb::power_off, .nodes = {1}});
    troubles.runs_again(1, 8s);
    CHECK(troubles.all()[4].to == Duration(8s));
}

}  // namespace inquest::sim
