// What giving up a lost majority would mean, as it is told before anything is done.
#include "heartbeat/cli/recovery_plan.hpp"
#include "heartbeat/cli/status_text.hpp"
#include "tests/unit/agreed_cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::cli {
namespace {

constexpr const char* ledger_text = R"({
    "mode": "ledger", "cluster": "prod", "generation": 1, "node": "n1", "member": 1,
    "last": 44, "committed": 42,
    "members": [{"name": "n1"}, {"name": "n2"}, {"name": "n3"}],
    "recovery": {"possible": false, "passes": true, "why": "it listens", "remedy": "wait"}})";
constexpr const char* status_of_n1 = R"({
    "node": "n1", "peers": [
        {"name": "n2", "verdict": "suspect", "since": "2026-11-26T06:00:00Z"},
        {"name": "n3", "verdict": "lost", "since": "2026-11-26T05:00:00Z"}]})";
constexpr const char* paths_of_n1 = R"({"paths": [
    {"name": "lan-a", "local": {"good": true, "reason": ""}},
    {"name": "lan-b", "local": {"good": false, "reason": "eth1: no carrier"}}]})";

Json json(const char* text) {
    const auto read = parse_reply(text);
    REQUIRE(read.has_value());
    return *read;
}

RecoveryPlan plan() {
    return recovery_plan(json(ledger_text), json(status_of_n1), json(paths_of_n1));
}

/// Lines broken for the width of a screen do not hide a sentence.
std::string flat(const std::string& text) {
    std::string result;
    for (const char letter : text) {
        const char shown = letter == '\n' ? ' ' : letter;
        if (shown != ' ' || result.empty() || result.back() != ' ') result += shown;
    }
    return result;
}

TEST_SUITE("cli: recovery") {
    TEST_CASE("the plan says who survives, who must be off, and what may be lost") {
        const std::string text = flat(plan_text(Screen{.width = 80}, plan()));
        for (const char* part :
             {"Generation 2 of the cluster prod would begin with n1 alone",
              "survives n1, with the ledger of this node, up to entry 44 (up to 42 a majority is "
              "known to have agreed",
              "may be lost whatever the others agreed on behind entry 44",
              "left out n2, n3: members no more", "MUST BE OFF n2, n3.", "is no proof",
              "n2 suspect since 2026-11-26T06:00:00Z, n3 lost since",
              "DEAF on lan-b (eth1: no carrier)", "inquest reset-node"}) {
            CAPTURE(part);
            CHECK(text.find(part) != std::string::npos);
        }
    }

    TEST_CASE("the plan as JSON") {
        const Json told = plan_json(plan());
        CHECK(told["generation"] == 2);
        CHECK(told["survivor"] == "n1");
        CHECK(told["last_entry"] == 44);
        CHECK(told["agreed_entry"] == 42);
        CHECK(told["must_be_off"] == Json::array({"n2", "n3"}));
        CHECK(told["deaf_paths"] == Json::array({"lan-b (eth1: no carrier)"}));
    }

    TEST_CASE("an answer that lacks everything makes a plan that promises nothing") {
        const RecoveryPlan empty = recovery_plan(Json::object(), Json::object(), Json::object());
        CHECK(empty.left_out.empty());
        CHECK(flat(plan_text(Screen{}, empty)).find("MUST BE OFF nobody") != std::string::npos);
        const auto obstacle = recovery_obstacle(Json::object());
        REQUIRE(obstacle.has_value());
        CHECK_FALSE(obstacle->passes);
    }

    TEST_CASE("what inquestd has against it, and whether that passes") {
        Json ledger = json(ledger_text);
        auto obstacle = recovery_obstacle(ledger);
        REQUIRE(obstacle.has_value());
        CHECK(obstacle->passes);
        CHECK(obstacle->complaint.why == "it listens");
        ledger["recovery"]["passes"] = false;
        CHECK_FALSE(recovery_obstacle(ledger)->passes);
        ledger["recovery"]["possible"] = true;
        CHECK_FALSE(recovery_obstacle(ledger).has_value());
    }

    TEST_CASE("the command given again begins no second generation where the first has begun") {
        const Json begun = json(R"({
            "node": "n1", "member": 1, "generation": 2, "coordinator": "n1",
            "members": [{"name": "n1", "votes": true}, {"name": "n2", "votes": false}],
            "recoveries": [{"generation": 2, "survivor": 1}]})");
        CHECK(begun_generation(begun) == 2);
        Json just_started = begun;
        just_started["coordinator"] = nullptr;
        CHECK(begun_generation(just_started) == 2);
        Json grown_and_lost_again = just_started;
        grown_and_lost_again["members"][1]["votes"] = true;
        CHECK(begun_generation(grown_and_lost_again) == 0);
        Json of_another = begun;
        of_another["recoveries"][0]["survivor"] = 2;
        CHECK(begun_generation(of_another) == 0);
        CHECK(begun_generation(json(ledger_text)) == 0);
        CHECK(begun_generation(Json::object()) == 0);
    }

    TEST_CASE("a backup's plan leaves out all that it knows but one") {
        const wire::LedgerBackup backup{.node = "n2",
                                        .term = 3,
                                        .made = "2026-11-26T07:00:00Z",
                                        .state = wire::without_secrets(agreed_cluster())};
        const RecoveryPlan told = restore_plan(backup, "n1");
        CHECK(told.generation == 2);
        CHECK(told.left_out == std::vector<std::string>{"n2", "n3"});
        const std::string text = flat(plan_text(Screen{}, told));
        CHECK(text.find("the backup that n2 made at 2026-11-26T07:00:00Z, up to entry 17;") ==
              std::string::npos);
        CHECK(text.find("with the backup that n2 made at 2026-11-26T07:00:00Z, up to entry 17") !=
              std::string::npos);
    }

    TEST_CASE("status tells a recovery for ever, and who is still left out") {
        Json status = json(R"({"cluster": "prod", "node": "n1", "quorate": true, "peers": [],
            "recovered": {"generation": 2, "time": "2026-11-26T07:00:00Z", "survivor": "n1",
                          "person": "root", "left_out": ["n2", "n3"]}})");
        const std::string text = flat(status_text(Screen{}, status));
        CHECK(text.find("Recovered: generation 2 began at 2026-11-26T07:00:00Z with n1 alone; "
                        "root confirmed") != std::string::npos);
        CHECK(text.find("before they are invited anew: n2, n3.") != std::string::npos);
        status["recovered"]["left_out"] = Json::array();
        CHECK(flat(status_text(Screen{}, status)).find("Left out") == std::string::npos);
        status["recovered"] = nullptr;
        CHECK(flat(status_text(Screen{}, status)).find("Recovered") == std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::cli
