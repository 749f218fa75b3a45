// What is kept of an agent's output: bounded, and no secret, in whatever form and wherever cut.
#include "fence/output_keep.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::fence {
namespace {

TEST_CASE("a secret is taken out in every form that an agent may show it in") {
    const std::string secret = R"(p&ss "w'rd)";
    struct Row {
        const char* why;
        std::string said;
    };
    const Row rows[] = {
        {"as it is", R"(with p&ss "w'rd here)"},
        {"twice", R"(p&ss "w'rdp&ss "w'rd)"},
        {"in a URL", "https://u:p%26ss%20%22w%27rd@bmc/"},
        {"in JSON", R"({"password":"p&ss \"w'rd"})"},
        {"in Python", R"(['p&ss "w\'rd'])"},
        {"in a shell's quotes", R"(-P 'p&ss "w'"'"'rd')"},
        {"in XML", R"(<p>p&amp;ss &quot;w'rd</p>)"},
        {"in base64", "cCZzcyAidydyZA=="},
        {"in base64 with a name before it (basic authentication)", "dTpwJnNzICJ3J3Jk"},
        {"and with another one", "dXNlcjpwJnNzICJ3J3Jk"},
        {"and with a third", "YTpwJnNzICJ3J3Jk YWI6cCZzcyAidydyZA== YWJjOnAmc3MgIncncmQ="},
    };
    const auto forms = forms_of({secret});
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const std::string told = without(row.said, forms);
        CHECK(told.find("[secret]") != std::string::npos);
        CHECK(told.find("ss \"w") == std::string::npos);
        CHECK(told.find("cyAidy") == std::string::npos);
        CHECK(told.find("NzICJ3") == std::string::npos);
        CHECK(told.find("c3MgInc") == std::string::npos);
    }
}

TEST_CASE("the longer of two secrets goes first") {
    CHECK(without("abcdef abc", forms_of({"abc", "abcdef"})) == "[secret] [secret]");
    CHECK(without("nothing of it", forms_of({""})) == "nothing of it");
}

TEST_CASE("the beginning and the end are kept") {
    OutputKeep keep(4, 3);
    keep.add("ab");
    keep.add("cdef");
    CHECK(keep.is_whole());
    CHECK(keep.without({}) == "abcdef");
    keep.add("ghij");
    CHECK_FALSE(keep.is_whole());
    CHECK(keep.without({}) == "abcd\n[3 bytes left out]\nhij");
}

TEST_CASE("megabytes take no room") {
    OutputKeep keep(4096, 4096);
    const std::string much(1 << 16, 'x');
    for (int i = 0; i < 64; ++i) keep.add(much);
    CHECK(keep.without({}).size() < 3 * 4096);
}

TEST_CASE("no part of a secret is left where a cut went through it") {
    const std::string secret = "QWXYZVK";
    for (std::size_t shift = 0; shift <= secret.size(); ++shift) {
        CAPTURE(shift);
        OutputKeep keep(20, 20);
        // One of them lies across the end of the head, the other across the begin of the tail.
        keep.add(std::string(20 - secret.size() + shift, '-') + secret);
        keep.add(std::string(40, '='));
        keep.add(secret + std::string(20 - shift, '+'));
        const std::string told = keep.without({secret});
        CHECK(told.find_first_of(secret) == std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::fence
