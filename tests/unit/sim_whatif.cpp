// What an administrator is told of faults: each case judged by the simulated cluster itself.
#include "heartbeat/base/random.hpp"
#include "tests/sim/whatif/audit.hpp"
#include "tests/sim/whatif/fault_groups.hpp"
#include "tests/sim/whatif/text.hpp"
#include "tests/sim/whatif/whatif.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

using Ways = std::vector<std::size_t>;
using List = std::vector<std::string>;

const std::vector<std::pair<const char*, const char*>> two_paths{{"lan-a", "sw-a"},
                                                                 {"lan-b", "sw-b"}};

/// A node for each entry of `on`, which says the paths that it is on.
ClusterConfig cluster_of(const std::vector<std::pair<const char*, const char*>>& paths,
                         const std::vector<Ways>& on) {
    ClusterConfig cluster;
    cluster.name = "lab";
    for (const auto& [name, fate] : paths)
        cluster.paths.push_back({name, PathKind::udp, fate, Switched::on});
    for (const Ways& ways : on) {
        MemberConfig member;
        const std::size_t number = cluster.members.size() + 1;
        member.id = MemberId(static_cast<std::uint16_t>(number));
        member.name = "n" + std::to_string(number);
        for (const std::size_t path : ways)
            member.paths.push_back(PathId(static_cast<std::uint8_t>(path)));
        cluster.members.push_back(member);
    }
    return cluster;
}

ClusterConfig three_by_two() { return cluster_of(two_paths, {{0, 1}, {0, 1}, {0, 1}}); }

Fault kill(std::string node) { return {.kind = Fault::Kind::kill, .node = std::move(node)}; }
Fault off(std::string fate) { return {.kind = Fault::Kind::switch_off, .fate = std::move(fate)}; }
Fault cut(std::string node, std::string path) {
    return {.kind = Fault::Kind::cut, .node = std::move(node), .path = std::move(path)};
}

/// The verdicts in the order of the file.
std::vector<Verdict> verdicts(const Case& of) {
    std::vector<Verdict> all;
    for (const Effect& effect : of.effects) {
        REQUIRE(effect.verdict);
        all.push_back(*effect.verdict);
    }
    return all;
}

bool has(const List& sentences, const std::string& part) {
    return std::any_of(sentences.begin(), sentences.end(), [&](const std::string& sentence) {
        return sentence.find(part) != std::string::npos;
    });
}

std::vector<Case> singles(const ClusterConfig& cluster) {
    std::vector<Case> cases;
    for (const Fault& fault : single_faults(cluster)) cases.push_back(what_if(cluster, {fault}));
    return cases;
}

std::vector<Case> doubles(const ClusterConfig& cluster) {
    const Faults faults = single_faults(cluster);
    std::vector<Case> cases;
    for (std::size_t a = 0; a < faults.size(); ++a) {
        for (std::size_t b = a + 1; b < faults.size(); ++b)
            cases.push_back(what_if(cluster, {faults[a], faults[b]}));
    }
    return cases;
}

List split(const std::string& text, const std::string& at) {
    List parts;
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find(at, begin)) != std::string::npos;) {
        parts.push_back(text.substr(begin, end - begin));
        begin = end + at.size();
    }
    parts.push_back(text.substr(begin));
    return parts;
}

/// `kill n1, n2 or cut n1:lan-a`, fault by fault.
List spelled_out(const std::string& text) {
    List faults;
    for (const std::string& part : split(text, " or ")) {
        const std::size_t blank = part.find(' ');
        for (const std::string& name : split(part.substr(blank + 1), ", "))
            faults.push_back(part.substr(0, blank) + " " + name);
    }
    return faults;
}

/// The pairs that a line names.
List pairs_of(const std::string& line) {
    const std::string two = "any two of: ";
    const bool any_two = line.rfind(two, 0) == 0;
    const List sides = any_two ? List{line.substr(two.size())} : split(line, " with ");
    const List left = spelled_out(sides.front());
    const List right = spelled_out(sides.back());
    List pairs;
    for (std::size_t a = 0; a < left.size(); ++a) {
        for (std::size_t b = any_two ? a + 1 : 0; b < right.size(); ++b)
            pairs.push_back(std::min(left[a], right[b]) + " & " + std::max(left[a], right[b]));
    }
    return pairs;
}

TEST_SUITE("sim.whatif") {
    TEST_CASE(
        "single faults: each node, each fate once, each link; nothing of a path that is off") {
        ClusterConfig cluster = cluster_of(
            {{"lan-a", "sw-a"}, {"lan-b", "sw-a"}, {"lan-c", "sw-c"}}, {{0, 1, 2}, {0, 1, 2}});
        cluster.paths[2].admin = Switched::off;
        List texts;
        for (const Fault& fault : single_faults(cluster)) texts.push_back(text(fault));
        CHECK(texts == List{"kill n1", "kill n2", "switch-off sw-a", "cut n1:lan-a", "cut n1:lan-b",
                            "cut n2:lan-a", "cut n2:lan-b"});
    }

    TEST_CASE("three nodes on two paths bear every single fault") {
        const std::vector<Case> cases = singles(three_by_two());
        CHECK(cases.size() == 11);
        for (const Case& each : cases) {
            CAPTURE(text(each.faults.front()));
            CHECK(each.costs == List{});
            CHECK(each.quorate);
        }
        CHECK_FALSE(a_single_fault_costs(cases));
    }

    TEST_CASE("a node without power is lost within the path limit and would be failed over") {
        const Case of = what_if(three_by_two(), {kill("n2")});
        CHECK(verdicts(of) == std::vector{Verdict::alive, Verdict::lost, Verdict::alive});
        const Effect& killed = of.effects[1];
        CHECK_FALSE(killed.runs);
        CHECK(killed.would_fail_over);
        CHECK(killed.after > 300ms);
        CHECK(killed.after < 600ms);
        CHECK(killed.fails_over_after > 2800ms);
        CHECK(killed.fails_over_after < 3500ms);
        CHECK(of.effects[0].fails_over_after == 0ms);
        CHECK(of.votes_together == 2);
        CHECK(of.voters == 3);
        CHECK(of.effects[0].after == 0ms);
    }

    TEST_CASE("a path less is no cost") {
        for (const Fault& fault : {off("sw-b"), cut("n3", "lan-a")}) {
            const Case of = what_if(three_by_two(), {fault});
            CHECK(verdicts(of) == std::vector(3, Verdict::degraded));
            CHECK(of.votes_together == 3);
            CHECK(of.costs == List{});
        }
    }

    TEST_CASE("two voters: with one lost the other is alone and has no quorum") {
        const Case of = what_if(cluster_of(two_paths, {{0, 1}, {0, 1}}), {kill("n1")});
        CHECK(verdicts(of) == std::vector{Verdict::suspect, Verdict::isolated});
        CHECK(of.effects[1].hears_nobody);
        CHECK_FALSE(of.effects[0].would_fail_over);
        CHECK_FALSE(of.quorate);
        CHECK(has(of.costs, "1 of 2 votes are together, 2 are needed: add a witness"));
    }

    TEST_CASE("a witness keeps the quorum of two nodes") {
        ClusterConfig cluster = three_by_two();
        cluster.members[2].role = Role::witness;
        CHECK_FALSE(a_single_fault_costs(singles(cluster)));
    }

    TEST_CASE("all paths over one switch: it takes the cluster apart") {
        const ClusterConfig cluster =
            cluster_of({{"lan-a", "sw-a"}, {"lan-b", "sw-a"}}, {{0, 1}, {0, 1}, {0, 1}});
        const Case of = what_if(cluster, {off("sw-a")});
        CHECK(verdicts(of) == std::vector(3, Verdict::isolated));
        CHECK(of.votes_together == 1);
        CHECK(has(of.costs,
                  "n1, n2 and n3 no longer hear each other: all their paths depend on "
                  "sw-a: add a path over another switch"));
        CHECK(has(of.costs, "no quorum is left"));
        CHECK(has(audit(cluster), "every path depends on sw-a"));
    }

    TEST_CASE("a node on one path: its cable makes it lost though it runs") {
        const ClusterConfig cluster = cluster_of(two_paths, {{0, 1}, {0, 1}, {0}});
        const Case of = what_if(cluster, {cut("n3", "lan-a")});
        CHECK(verdicts(of) == std::vector{Verdict::alive, Verdict::alive, Verdict::lost});
        CHECK(of.effects[2].runs);
        CHECK(of.effects[2].would_fail_over);
        CHECK(has(of.costs,
                  "n3 runs, but no other node hears it, and the cluster would fail over: "
                  "lan-a is its only path: give it one more path"));
        const Case switched = what_if(cluster, {off("sw-a")});
        CHECK(switched.effects[2].verdict == Verdict::suspect);
        CHECK_FALSE(switched.effects[2].would_fail_over);
        CHECK(has(switched.costs, "all its paths depend on sw-a"));
        const Case neighbour = what_if(cluster, {cut("n1", "lan-a")});
        CHECK(neighbour.effects[0].verdict == Verdict::partitioned);
        CHECK(has(neighbour.costs,
                  "n1 is heard by some nodes and not by others: it shares only "
                  "lan-a with n3"));
    }

    TEST_CASE("two parts that hear themselves only: the larger one would fail over the other") {
        const ClusterConfig cluster =
            cluster_of(two_paths, {{0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}});
        const Case of =
            what_if(cluster, {cut("n1", "lan-a"), cut("n2", "lan-a"), cut("n3", "lan-b"),
                              cut("n4", "lan-b"), cut("n5", "lan-b")});
        CHECK(of.quorate);
        CHECK(of.votes_together == 3);
        CHECK(of.costs == List{"the cluster is cut into parts that do not hear each other: the "
                               "part with the quorum would fail over n1 and n2"});
    }

    TEST_CASE("nobody is left to say anything") {
        const Case of = what_if(cluster_of(two_paths, {{0, 1}, {0, 1}}), {kill("n1"), kill("n2")});
        CHECK_FALSE(of.effects[0].verdict);
        CHECK(of.votes_together == 0);
        CHECK(of.costs == List{"no node is left"});
    }

    TEST_CASE("two cables of one node cost it, and so say the words without advice") {
        const Case of = what_if(three_by_two(), {cut("n1", "lan-a"), cut("n1", "lan-b")});
        CHECK(of.costs ==
              List{"n1 runs, but no other node hears it, and the cluster would fail over"});
    }

    TEST_CASE("the same question has the same answer") {
        const ClusterConfig cluster = cluster_of(two_paths, {{0, 1}, {0, 1}, {0}});
        const auto answer = [&] {
            const std::vector<Case> cases = singles(cluster);
            return table(cases, audit(cluster, cases)) + json(cases, audit(cluster, cases));
        };
        CHECK(answer() == answer());
    }
}

TEST_SUITE("sim.audit") {
    TEST_CASE("a sound cluster has no finding") {
        const ClusterConfig cluster = three_by_two();
        CHECK(audit(cluster, singles(cluster)) == List{});
    }

    TEST_CASE("what the configuration's check warns of is said, each once") {
        const ClusterConfig two = cluster_of({{"lan-a", "sw-a"}}, {{0}, {0}});
        CHECK(has(audit(two), "only one path is on"));
        CHECK(has(audit(two), "two nodes need a third vote"));
        CHECK(audit(two).size() == 2);
        const ClusterConfig four = cluster_of({{"lan-a", "sw"}, {"lan-b", "sw"}, {"ib", "ibsw"}},
                                              {{0, 1, 2}, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}});
        CHECK(has(audit(four), "lan-b shares \"sw\" with lan-a"));
        CHECK(has(audit(four), "4 votes bear the loss of 1, which 3 do too"));
        CHECK(has(audit(four), "4 votes can be cut into two halves of 2"));
        CHECK(audit(four).size() == 3);
    }

    TEST_CASE("a node on one path is named once, not once for each other node") {
        const ClusterConfig cluster = cluster_of(two_paths, {{0, 1}, {0, 1}, {0}, {0, 1}, {0, 1}});
        CHECK(audit(cluster).size() == 1);
        CHECK(has(audit(cluster), "n3 is on lan-a only"));
    }

    TEST_CASE("all paths of one node on one fate; a path that is off") {
        ClusterConfig cluster = cluster_of({{"lan-a", "sw-a"}, {"lan-b", "sw-a"}, {"ib", "ibsw"}},
                                           {{0, 1, 2}, {0, 1, 2}, {0, 1}});
        CHECK(has(audit(cluster), "all paths of n3 depend on sw-a"));
        CHECK_FALSE(has(audit(cluster), "all paths of n1"));
        cluster.paths[2].admin = Switched::off;
        CHECK(has(audit(cluster), "every path depends on sw-a"));
        CHECK(has(audit(cluster), "ib is switched off"));
    }

    TEST_CASE("the single faults that cost more are named") {
        const ClusterConfig cluster = cluster_of(two_paths, {{0, 1}, {0, 1}, {0}});
        CHECK(has(audit(cluster, singles(cluster)),
                  "4 single faults cost more than the node that has them: switch-off sw-a, "
                  "cut n1:lan-a, cut n2:lan-a, cut n3:lan-a"));
        CHECK_FALSE(has(audit(cluster, {what_if(cluster, {kill("n1")})}), "cost"));
    }
}

TEST_SUITE("sim.whatif.text") {
    TEST_CASE("pairs in few words: every one of them once, and no other") {
        const Faults faults = single_faults(three_by_two());
        Random random(17);
        for (int round = 0; round < 200; ++round) {
            std::vector<Faults> cases;
            List expected;
            const std::uint64_t tenths = random.next() % 10;
            for (std::size_t a = 0; a < faults.size(); ++a) {
                for (std::size_t b = a + 1; b < faults.size(); ++b) {
                    if (random.next() % 10 < tenths) continue;
                    cases.push_back({faults[a], faults[b]});
                    const std::string one = text(faults[a]);
                    const std::string other = text(faults[b]);
                    expected.push_back(std::min(one, other) + " & " + std::max(one, other));
                }
            }
            List said;
            for (const std::string& line : grouped(cases)) {
                for (std::string& pair : pairs_of(line)) said.push_back(std::move(pair));
            }
            std::sort(said.begin(), said.end());
            std::sort(expected.begin(), expected.end());
            CHECK(said == expected);
        }
    }

    TEST_CASE("the table keeps to 100 columns and says every case") {
        ClusterConfig cluster = cluster_of({{"lan-a", "sw-a"}, {"lan-b", "sw-a"}, {"ib", "ibsw"}},
                                           {{0, 1, 2}, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}});
        cluster.timing = Timing::fast();
        std::vector<Case> cases = singles(cluster);
        const std::vector<Case> more = doubles(cluster);
        cases.insert(cases.end(), more.begin(), more.end());
        std::istringstream lines(table(cases, audit(cluster, cases)));
        for (std::string line; std::getline(lines, line);) {
            CAPTURE(line);
            CHECK(line.size() <= 100);
            CHECK((line.empty() || line.back() != ' '));
        }
    }

    TEST_CASE("cases that end the same are one row, and one alone is named") {
        const ClusterConfig cluster = three_by_two();
        const std::string all = table(singles(cluster), {});
        CHECK(all.find("kill n1, n2, n3  ") != std::string::npos);
        CHECK(all.find("that node lost (failover), the others") != std::string::npos);
        CHECK(all.find("None of these 11 faults") != std::string::npos);
        const std::string one = table({what_if(cluster, {kill("n1")})}, {});
        CHECK(one.find("n1 lost (failover), the others alive") != std::string::npos);
        CHECK(one.find("an armed cluster would, 3") != std::string::npos);
        const std::string pairs = table(doubles(cluster), {});
        CHECK(pairs.find("any two of: kill n1, n2, n3 ") != std::string::npos);
        CHECK(pairs.find("those nodes suspect, the other isolated") != std::string::npos);
    }

    TEST_CASE("a case asked for twice is said once") {
        const Case of = what_if(three_by_two(), {kill("n1")});
        CHECK(table({of, of}, {}).find("n1, n1") == std::string::npos);
    }

    TEST_CASE("the findings stand below; programs read the same") {
        const Case of = what_if(three_by_two(), {cut("n1", "lan-a"), cut("n1", "lan-b")});
        CHECK(table({of}, {"something"}).find("What to know of this cluster:\n  - something\n") !=
              std::string::npos);
        const auto read = nlohmann::json::parse(json({of}, {"something"}));
        CHECK(read["findings"] == List{"something"});
        const auto& first = read["cases"][0];
        CHECK(first["faults"] == List{"cut n1:lan-a", "cut n1:lan-b"});
        CHECK(first["effects"][0]["node"] == "n1");
        CHECK(first["effects"][0]["verdict"] == "lost");
        CHECK(first["effects"][0]["hears_nobody"] == true);
        CHECK(first["effects"][0]["would_fail_over"] == true);
        CHECK(first["effects"][0]["after_ms"] > 300);
        CHECK(first["effects"][0]["fails_over_after_ms"] > 2800);
        CHECK(first["effects"][1]["fails_over_after_ms"].is_null());
        CHECK(first["votes_together"] == 2);
        CHECK(first["voters"] == 3);
        CHECK(first["quorate"] == true);
        CHECK(first["costs"].size() == 1);
    }
}

}  // namespace
}  // namespace inquest::sim
