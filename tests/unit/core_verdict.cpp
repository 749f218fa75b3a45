// The table of verdicts, row by row, over matrices made by hand.
#include "heartbeat/core/verdict.hpp"
#include "tests/unit/core_views.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace inquest::test {
namespace {

/// What n1.. say of the last node, one word each: its paths' letters, `-` for no view; before them
/// `!`: it woke late; after them `<`: it was just told goodbye, `<<`: some time ago.
Finding find(int nodes, const char* witnesses, Question question) {
    Views views(nodes, 2);
    std::istringstream words(witnesses);
    std::string word;
    for (int observer = 1; words >> word; ++observer) {
        if (word == "-") {
            views.absent(observer);
            continue;
        }
        if (word.front() == '!') {
            views.beat(observer).stalled = true;
            word.erase(0, 1);
        }
        PeerRow& row = views.row(observer, nodes);
        const std::size_t goodbye = word.find('<');
        row.left = goodbye != std::string::npos;
        const bool just_now = row.left && goodbye + 1 == word.size();
        word.resize(std::min(goodbye, word.size()));
        views.says(observer, nodes, word);
        const bool heard = word.find_first_of("fl") != std::string::npos;
        row.age_ms = just_now ? 5 : heard ? 10 : 5000;
        if (word == "uu") row = {.peer = row.peer, .age_ms = age_unknown_ms, .cells = row.cells};
    }
    views.absent(nodes);
    question.peer = static_cast<std::size_t>(nodes - 1);
    return judge(views.matrix(), views.roster(), question, Views::now);
}

constexpr Question known{.peer = 0,
                         .newest = Incarnation(1),
                         .own = Incarnation(1),
                         .patience = std::chrono::milliseconds(400),
                         .relayed = false,
                         .left = false,
                         .ever_heard = true,
                         .boot_grace_over = true};

constexpr Question with(Question question, auto change) {
    change(question);
    return question;
}

constexpr Question relayed = with(known, [](Question& q) { q.relayed = true; });
constexpr Question left = with(known, [](Question& q) {
    q.left = true;
    q.last_known = Views::now - std::chrono::milliseconds(300);
});
constexpr Question left_long_ago =
    with(left, [](Question& q) { q.last_known = Views::now - std::chrono::seconds(6); });
constexpr Question never_met = with(known, [](Question& q) {
    q.ever_heard = false;
    q.newest = Incarnation(0);
});
constexpr Question booting = with(never_met, [](Question& q) { q.boot_grace_over = false; });
constexpr Question kept = with(known, [](Question& q) { q.restarting = true; });
constexpr Question rebooted = with(known, [](Question& q) { q.newest = Incarnation(2); });

TEST_SUITE("core.verdict") {
    TEST_CASE("every row of the table of verdicts, for 2, 3, 4, 5 and 7 nodes") {
        struct Row {
            const char* why;
            int nodes;
            const char* witnesses;
            Verdict expect;
            Question question = known;
        };
        const Row rows[] = {
            // Two nodes: there is no majority without the other.
            {"fresh on every path", 2, "ff", Verdict::alive},
            {"a path that is off is left out", 2, "fo", Verdict::alive},
            {"the other path late", 2, "fl", Verdict::degraded},
            {"the other path silent", 2, "fs", Verdict::degraded},
            {"the other path's own link broken", 2, "fb", Verdict::degraded},
            {"the other path never heard", 2, "fu", Verdict::degraded},
            {"the other path's datagrams dropped here", 2, "fv", Verdict::degraded},
            {"no path fresh, none silent yet", 2, "ll", Verdict::suspect},
            {"the limit not reached everywhere", 2, "ls", Verdict::suspect},
            {"one vote of two is no majority", 2, "ss", Verdict::suspect},
            {"a frozen pulse is silence too", 2, "sz", Verdict::suspect},
            {"blind on all paths: it accuses nobody", 2, "bb", Verdict::suspect},
            {"not heard yet, within boot_grace", 2, "uu", Verdict::unknown, booting},
            {"not heard yet, boot_grace is over", 2, "uu", Verdict::suspect, never_met},
            {"it said goodbye", 2, "ff<", Verdict::left},
            {"it said goodbye and is silent since", 2, "ss<", Verdict::left},
            // Three nodes.
            {"only its keeper is heard", 3, "ff ff", Verdict::degraded, kept},
            {"its keeper, and the other does not hear it", 3, "ff ss", Verdict::partitioned, kept},
            {"its keeper has fallen silent", 3, "ss ss", Verdict::lost, kept},
            {"heard by the other on a slow path since its goodbye", 3, "ss ff", Verdict::left,
             left},
            {"heard by the other long after its goodbye: it is back", 3, "ss ff",
             Verdict::partitioned, left_long_ago},
            {"heard by both on every path", 3, "ff ff", Verdict::alive},
            {"the other hears it on one path only", 3, "ff fs", Verdict::degraded},
            {"this node hears it on one path only", 3, "fs ff", Verdict::degraded},
            {"the other is not sure", 3, "ff ll", Verdict::degraded},
            {"this node is not sure", 3, "ll ff", Verdict::degraded},
            {"the other does not hear it", 3, "ff ss", Verdict::partitioned},
            {"this node does not hear it", 3, "ss ff", Verdict::partitioned},
            {"not even on the last path", 3, "sb ff", Verdict::partitioned},
            {"one path late here, silent there", 3, "ls fs", Verdict::degraded},
            {"nobody hears it, and a majority says so", 3, "ss ss", Verdict::lost},
            {"blind on one path is no excuse for it", 3, "sb bs", Verdict::lost},
            {"frozen on one path is silent to this table", 3, "sz ss", Verdict::lost},
            {"the other is not sure yet", 3, "ss ll", Verdict::suspect},
            {"neither is sure yet", 3, "ll ls", Verdict::suspect},
            {"the other cannot be reached", 3, "ss -", Verdict::suspect},
            {"blind is not testimony", 3, "ss bb", Verdict::suspect},
            {"nor is blindness here", 3, "bb ss", Verdict::suspect},
            {"the other woke late", 3, "ss !ss", Verdict::suspect},
            {"who woke late contradicts nobody", 3, "ff !ss", Verdict::alive},
            {"who woke late, and hears it, does testify", 3, "ss !ff", Verdict::partitioned},
            {"blind here by its own stall, heard there", 3, "tt ff", Verdict::degraded},
            {"the other is only blind to it", 3, "ff uu", Verdict::alive},
            {"this node has not heard it yet", 3, "uu ff", Verdict::degraded, never_met},
            {"nobody has heard it yet", 3, "uu uu", Verdict::unknown, booting},
            {"never heard, boot_grace over everywhere", 3, "ss ss", Verdict::lost, never_met},
            {"heard by relay, and not by those two", 3, "ss ss", Verdict::partitioned, relayed},
            {"heard by relay, and this node is not sure", 3, "ll ll", Verdict::degraded, relayed},
            {"the other hears an incarnation that ended", 3, "ss ff", Verdict::suspect, rebooted},
            {"the other was told goodbye, this one not", 3, "ss ss<", Verdict::left},
            {"the same, a moment after the goodbye", 3, "ff ff<", Verdict::left},
            {"it is back: heard here after that goodbye", 3, "ff bb<<", Verdict::alive},
            {"goodbye of an incarnation that has ended", 3, "ff ss<", Verdict::partitioned,
             rebooted},
            // Four nodes: three votes of four are needed.
            {"heard by all", 4, "ff ff ff", Verdict::alive},
            {"one path of one observer", 4, "ff ff lf", Verdict::degraded},
            {"all three say so", 4, "ss ss ss", Verdict::lost},
            {"half is no majority: two against two", 4, "ss ss -", Verdict::suspect},
            {"the third is blind", 4, "ss ss bb", Verdict::suspect},
            {"the third is not sure", 4, "ss ss sl", Verdict::suspect},
            {"the third hears it", 4, "ss ss ff", Verdict::partitioned},
            {"told goodbye by one of three", 4, "ss ss< ss", Verdict::left},
            {"never heard by anybody", 4, "uu uu uu", Verdict::unknown, booting},
            // Five nodes: three of five.
            {"heard by all", 5, "ff ff ff ff", Verdict::alive},
            {"one path of one observer silent", 5, "ff ff ff sf", Verdict::degraded},
            {"all four say so", 5, "ss ss ss ss", Verdict::lost},
            {"three say so, one is away", 5, "ss ss ss -", Verdict::lost},
            {"three say so, one is blind", 5, "ss ss ss bb", Verdict::lost},
            {"three say so, one is not sure", 5, "ss ss ss ll", Verdict::suspect},
            {"two say so, two are blind", 5, "ss ss bb bb", Verdict::suspect},
            {"two say so, two are away", 5, "ss ss - -", Verdict::suspect},
            {"three say so, the fourth hears it", 5, "ss ss ss fs", Verdict::partitioned},
            {"this node alone is deaf", 5, "ss ff ff ff", Verdict::partitioned},
            // Seven nodes, five voters; the seventh has no vote.
            {"heard by all", 7, "ff ff ff ff ff ff", Verdict::alive},
            {"one path of one without a vote", 7, "ff ff ff ff ff fs", Verdict::degraded},
            {"all six say so", 7, "ss ss ss ss ss ss", Verdict::lost},
            {"three voters say so, the rest is blind", 7, "ss ss ss bb bb bb", Verdict::lost},
            {"two voters and one without a vote", 7, "ss ss bb bb bb ss", Verdict::suspect},
            {"three voters in touch, the rest away", 7, "ss ss ss - - -", Verdict::lost},
            {"two voters in touch, and one without", 7, "ss ss - - - ss", Verdict::suspect},
            {"one without a vote hears it: it runs", 7, "ss ss ss ss ss ff", Verdict::partitioned},
            {"one without a vote is deaf: a cut", 7, "ff ff ff ff ff ss", Verdict::partitioned},
            {"one without a vote is not sure", 7, "ss ss ss ss ss ll", Verdict::suspect},
            {"told goodbye by one without a vote", 7, "ss ss ss ss ss ss<", Verdict::left},
            {"never heard by anybody", 7, "uu uu uu uu uu uu", Verdict::unknown, booting},
        };
        for (const Row& row : rows) {
            CAPTURE(row.nodes);
            INFO(std::string(row.witnesses));
            INFO(std::string(row.why));
            const Finding finding = find(row.nodes, row.witnesses, row.question);
            CHECK(word(finding.verdict) == word(row.expect));
        }
    }

    TEST_CASE("a finding names its witnesses and counts their votes") {
        const Finding finding = find(7, "ss ff ll bb !ss ss", known);
        CHECK(finding.verdict == Verdict::partitioned);
        CHECK(finding.deaf.size() == 2);
        CHECK(finding.deaf[0] == 0);
        CHECK(finding.deaf[1] == 5);
        CHECK(finding.hearing.size() == 1);
        CHECK(finding.hearing[0] == 1);
        CHECK(finding.doubting.size() == 1);
        CHECK(finding.mute.size() == 2);
        CHECK(finding.deaf_votes == 1);
        CHECK(finding.voters == 5);
        CHECK(finding.votes_together == 5);
        CHECK(finding.quorate);
        REQUIRE(finding.last_heard.has_value());
        CHECK(*finding.last_heard == Views::now - 10ms);
    }

    TEST_CASE("who is only invited proves life, and its silence nothing") {
        struct Row {
            const char* why;
            const char* here;
            const char* invited;
            Verdict expect;
        };
        const Row rows[] = {
            {"it may have no key of now", "ff", "ss", Verdict::alive},
            {"it hears what nobody else does", "ss", "ff", Verdict::partitioned},
            {"nobody hears it", "ss", "ss", Verdict::suspect},
            {"one path of it", "ff", "fs", Verdict::degraded},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            ClusterConfig cluster = cluster_config(3, 2);
            cluster.members[1].joined = false;
            Views views(cluster);
            views.says(1, 3, row.here).says(2, 3, row.invited).absent(3);
            Question question = known;
            question.peer = 2;
            const Finding finding = judge(views.matrix(), views.roster(), question, Views::now);
            CHECK(word(finding.verdict) == word(row.expect));
        }
    }

    TEST_CASE("every verdict has the word of the contract") {
        CHECK(word(Verdict::unknown) == "unknown");
        CHECK(word(Verdict::alive) == "alive");
        CHECK(word(Verdict::degraded) == "degraded");
        CHECK(word(Verdict::suspect) == "suspect");
        CHECK(word(Verdict::partitioned) == "partitioned");
        CHECK(word(Verdict::lost) == "lost");
        CHECK(word(Verdict::isolated) == "isolated");
        CHECK(word(Verdict::left) == "left");
    }
}

}  // namespace
}  // namespace inquest::test
