#include "tests/sim/judges/difference.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::sim {
namespace {

TEST_SUITE("sim.difference") {
    TEST_CASE("lines that are missing, new or changed, with a little around them") {
        struct Row {
            const char* why;
            const char* expected;
            const char* actual;
            const char* shown;
        };
        const Row rows[] = {
            {"the same", "a\nb\n", "a\nb\n", ""},
            {"a line is missing", "a\nb\nc\n", "a\nc\n", "@ line 1\n a\n-b\n c\n"},
            {"a line is new", "a\nc\n", "a\nb\nc\n", "@ line 1\n a\n+b\n c\n"},
            {"a line has changed", "a\n", "b\n", "@ line 1\n-a\n+b\n"},
            {"far lines are left out", "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\n5\n6\n7\nx\n",
             "@ line 6\n 6\n 7\n-8\n+x\n"},
            {"nothing was expected", "", "a\n", "@ line 1\n+a\n"},
            {"only the end differs", "a\n", "a", "the texts differ in how their last line ends\n"},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            CHECK(difference(row.expected, row.actual) == row.shown);
        }
    }

    TEST_CASE("texts too long for the table are answered all the same") {
        std::string expected;
        std::string actual;
        for (int line = 0; line < 5000; ++line) {
            expected += "same\n";
            actual += line == 4000 ? "other\n" : "same\n";
        }
        CHECK(difference(expected, actual).find("+other\n") != std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::sim
