// Whose side is a fault on? Directional matrices of one path, and the sentence that names the hand.
#include "heartbeat/core/fault_side.hpp"
#include "tests/unit/core_views.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::test {
namespace {

/// A direction that is cut on path lan-a, speaker first.
struct Cut {
    int from;
    int to;
    char state = 's';
};

std::string told(int nodes, const std::vector<Cut>& cuts) {
    Views views(nodes, 2);
    for (const Cut& cut : cuts) views.says(cut.to, cut.from, std::string{cut.state, 'f'});
    const FaultSide side = fault_side(0, views.matrix(), views.roster(), Views::now);
    return sentence(side, 0, views.roster());
}

TEST_SUITE("core.fault_side") {
    TEST_CASE("the sentence for each shape of a fault") {
        struct Row {
            const char* why;
            int nodes;
            std::vector<Cut> cuts;
            const char* expect;
        };
        const Row rows[] = {
            {"all is well", 3, {}, ""},
            {"nobody hears anybody: what they share",
             3,
             {{1, 2}, {2, 1}, {1, 3}, {3, 1}, {2, 3}, {3, 2}},
             "sw-a: nobody hears anybody on lan-a"},
            {"of two nodes nobody can tell whose side it is",
             2,
             {{1, 2}, {2, 1}},
             "sw-a: nobody hears anybody on lan-a"},
            {"one node neither hears nor is heard",
             3,
             {{3, 1}, {3, 2}, {1, 3}, {2, 3}},
             "n3's side: it neither hears nor is heard on lan-a"},
            {"the same, its own link is broken",
             3,
             {{3, 1}, {3, 2}, {1, 3, 'b'}, {2, 3, 'b'}},
             "n3's side: it neither hears nor is heard on lan-a"},
            {"one node hears nobody",
             3,
             {{1, 3}, {2, 3}},
             "n3's receiving side: it hears nobody on lan-a"},
            {"nobody hears one node",
             3,
             {{3, 1}, {3, 2}},
             "n3's sending side: nobody hears it on lan-a"},
            {"late is not yet a fault", 3, {{3, 1, 'l'}, {3, 2, 'l'}}, ""},
            {"one direction", 3, {{3, 1}}, "cut n3->n1 on lan-a"},
            {"one direction of two nodes", 2, {{2, 1}}, "cut n2->n1 on lan-a"},
            {"both directions between two of three",
             3,
             {{1, 3}, {3, 1}},
             "cut n3->n1, n1->n3 on lan-a"},
            {"two nodes of four: no single side",
             4,
             {{3, 1}, {3, 2}, {4, 1}, {4, 2}},
             "cut n3->n1, n4->n1, n3->n2, n4->n2 on lan-a"},
            {"one node that some hear and some do not",
             4,
             {{4, 1}, {4, 2}},
             "cut n4->n1, n4->n2 on lan-a"},
            {"a blind observer says nothing of the path", 3, {{3, 1, 'u'}, {3, 2, 't'}}, ""},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            CHECK(told(row.nodes, row.cuts) == row.expect);
        }
    }

    TEST_CASE("many single cuts are counted, and the first of them named") {
        std::vector<Cut> cuts;
        for (int a = 1; a <= 3; ++a) {
            for (int b = 4; b <= 6; ++b) {
                cuts.push_back({a, b});
                cuts.push_back({b, a});
            }
        }
        const std::string sentence = told(6, cuts);
        CHECK(sentence.find("n4->n1") != std::string::npos);
        CHECK(sentence.find(", ... on lan-a") != std::string::npos);
    }

    TEST_CASE("a member that nobody hears on any path is another question") {
        Views views(3, 2);
        views.says(1, 3, "ss").says(2, 3, "ss").absent(3);
        CHECK(fault_side(0, views.matrix(), views.roster(), Views::now).kind ==
              FaultSide::Kind::none);
    }
}

}  // namespace
}  // namespace inquest::test
