// What was typed, and moments in time.
#include "heartbeat/cli/command_line.hpp"
#include "heartbeat/cli/moment.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace inquest::cli {
namespace {

using namespace std::chrono_literals;

TEST_SUITE("cli command") {
    TEST_CASE("verbs and their options") {
        const auto status = parse_command({"status", "--matrix", "--json", "--run", "/r"});
        REQUIRE(status);
        CHECK(status->verb == Verb::status);
        CHECK((status->matrix && status->json && !status->watch));
        CHECK(status->run == "/r");
        CHECK(status->etc == "/etc/inquest");

        const auto explain = parse_command({"--etc", "/e", "explain", "n3"});
        REQUIRE(explain);
        CHECK(explain->verb == Verb::explain);
        CHECK(explain->node == "n3");
        CHECK(explain->etc == "/e");
        CHECK(parse_command({"explain"})->node == "self");

        const auto events = parse_command({"events", "--since", "10m", "--follow"});
        REQUIRE(events);
        CHECK((events->verb == Verb::events && events->follow && events->since == "10m"));

        CHECK(parse_command({"config", "check", "/x"})->checked == "/x");
        CHECK_FALSE(parse_command({"config", "check"})->checked);
        CHECK(parse_command({"paths"})->verb == Verb::paths);
        CHECK(parse_command({"doctor", "--json"})->json);

        const auto why = parse_command({"why-rebooted", "--state", "/s"});
        REQUIRE(why);
        CHECK(why->verb == Verb::why_rebooted);
        CHECK(why->state == "/s");
    }

    TEST_CASE("what is no command is wrong usage, on one line") {
        for (const char* typed : {"", "stauts", "status --matrx", "paths --matrix", "config",
                                  "explain n1 n2", "--run", "events --since"}) {
            CAPTURE(std::string(typed));
            std::istringstream stream(typed);
            std::vector<std::string> words;
            for (std::string word; stream >> word;) words.push_back(word);
            const auto command = parse_command(words);
            REQUIRE_FALSE(command);
            CHECK(command.error().kind == Aside::Kind::wrong_usage);
            CHECK(command.error().text.starts_with("inquest: wrong usage: "));
            CHECK(command.error().text.find('\n') == command.error().text.size() - 1);
        }
    }

    TEST_CASE("a misspelt verb gets a suggestion") {
        CHECK(parse_command({"stauts"}).error().text ==
              "inquest: wrong usage: \"stauts\" is no verb: did you mean `status`?\n");
        CHECK(parse_command({"config", "chek"}).error().text ==
              "inquest: wrong usage: \"chek\" is no verb: did you mean `check`?\n");
    }

    TEST_CASE("help and version are answers") {
        for (const char* word : {"--help", "--version"}) {
            const auto command = parse_command({word});
            REQUIRE_FALSE(command);
            CHECK(command.error().kind == Aside::Kind::answer);
        }
        CHECK(parse_command({"status", "--help"}).error().text.find("--matrix") !=
              std::string::npos);
        CHECK(parse_command({"--help"}).error().text.find("Exit codes") != std::string::npos);
    }

    TEST_CASE("a moment is ISO 8601") {
        struct Row {
            std::string written;
            std::optional<Duration> since_1970;
        };
        const Row rows[] = {
            {"1970-01-01T00:00:00Z", 0s},
            {"1970-01-02 00:00", 24h},
            {"1970-01-01T01:00:00+01:00", 0s},
            {"1970-01-01T00:00:00-0130", 90min},
            {"1970-01-01T00:00:01.25Z", 1250ms},
            {"1970-01-01T00:00:01.123456789012Z", 1123456789ns},
            {"1970-02-30T00:00:00Z", std::nullopt},
            {"1970-01-01T24:00:00Z", std::nullopt},
            {"1970-01-01", std::nullopt},
            {"1970-01-01T00:00:00X", std::nullopt},
            {"10m", std::nullopt},
            {"", std::nullopt},
        };
        for (const Row& row : rows) {
            CAPTURE(row.written);
            const auto moment = parse_moment(row.written);
            CHECK(moment.has_value() == row.since_1970.has_value());
            if (moment && row.since_1970) CHECK(moment->time_since_epoch() == *row.since_1970);
        }
    }

    TEST_CASE("--since is a length or a moment") {
        const Wall now(std::chrono::hours(1000));
        CHECK(parse_since("10m", now) == 10min);
        CHECK(parse_since("1970-02-11T15:00:00Z", now) == 1h);
        CHECK_FALSE(parse_since("1970-02-11T17:00:00Z", now));
        CHECK_FALSE(parse_since("yesterday", now));
        CHECK(elapsed("1970-01-01T00:00:00Z", "1970-01-01T00:00:02Z") == 2s);
        CHECK_FALSE(elapsed("1970-01-01T00:00:02Z", "1970-01-01T00:00:00Z"));
        CHECK_FALSE(elapsed("soon", "1970-01-01T00:00:00Z"));
    }
}

}  // namespace
}  // namespace inquest::cli
