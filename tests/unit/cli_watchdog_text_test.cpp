// What `inquest status` says of the watchdog here, and of what a condemned node may still run.
#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"
#include "heartbeat/cli/status_text.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace inquest::cli {
namespace {

const Screen pipe{.width = 200};

/// n1 is armed and has a lease; its watchdog is open and fed, and guests run.
Json status() {
    return Json::parse(R"({
 "time":"2026-11-22T10:00:00.000Z","cluster":"lab","node":"n1","quorate":true,"armed":true,
 "lease_remaining_ms":29900,
 "lease":{"length_ms":30000,"needed":2,"grants":[{},{},{}]},
 "guests":"some",
 "watchdog":{"open":true,"device":"iTCO_wdt, 4s","fed":true,"starved_for_ms":null,
             "reset_within_ms":9000,"trouble":""},
 "peers":[]})");
}

/// What is said of it: all between the lease and the peers.
std::string said(const Json& reply, const Screen& screen = pipe) {
    const std::string text = status_text(screen, reply);
    const std::string before = "Lease: 29.9s of 30s left.\n";
    const std::size_t from = text.find(before);
    const std::size_t to = text.find("\n\n");
    REQUIRE(from != std::string::npos);
    REQUIRE(to != std::string::npos);
    return text.substr(from + before.size(), to + 1 - from - before.size());
}

std::string said_with(const char* patch) {
    Json reply = status();
    reply.merge_patch(Json::parse(patch));
    return said(reply);
}

TEST_SUITE("cli watchdog text") {
    TEST_CASE("whether the watchdog is fed, and what that means for this machine") {
        struct Row {
            std::string why;
            const char* patch;
            std::string expect;
        };
        const Row rows[] = {
            {"fed, with guests", "{}",
             "Watchdog: iTCO_wdt, 4s, fed; guests run; without a lease they end within 9s.\n"},
            {"nobody has said what runs", R"({"guests":"unknown"})",
             "Watchdog: iTCO_wdt, 4s, fed; guests may run; without a lease they end within 9s.\n"},
            {"nor has the daemon, which is an older one", R"({"guests":null})",
             "Watchdog: iTCO_wdt, 4s, fed; guests may run; without a lease they end within 9s.\n"},
            {"a word of a newer one", R"({"guests":"frozen"})",
             "Watchdog: iTCO_wdt, 4s, fed; guests may run; without a lease they end within 9s.\n"},
            {"watchdog-mux takes longer",
             R"({"watchdog":{"device":"watchdog-mux, 10s","reset_within_ms":81000}})",
             "Watchdog: watchdog-mux, 10s, fed; guests run; without a lease they end within "
             "1m21s.\n"},
            {"starved, with guests", R"({"watchdog":{"fed":false,"starved_for_ms":2500}})",
             "Watchdog not fed: no lease, and guests run: this machine is reset within 9s of the "
             "last feed.\n"},
            {"starved, and nobody knows of guests",
             R"({"guests":"unknown","watchdog":{"fed":false,"starved_for_ms":2500}})",
             "Watchdog not fed: no lease, and guests may run: this machine is reset within 9s of "
             "the last feed.\n"},
            {"none is open", R"({"watchdog":{"open":false,"fed":false,"reset_within_ms":null}})",
             ""},
            {"it cannot be opened",
             R"({"watchdog":{"open":false,"fed":false,"reset_within_ms":null,
                 "trouble":"/dev/watchdog: cannot be opened: Device or resource busy: stop it"}})",
             "No watchdog: /dev/watchdog: cannot be opened: Device or resource busy: stop it.\n"},
            {"an older daemon says nothing of it", R"({"guests":null,"watchdog":null})", ""},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(said_with(row.patch) == row.expect);
        }
    }

    TEST_CASE("with no guests a fed watchdog is told, and that none run") {
        const std::string text = said_with(R"({"guests":"none"})");
        CHECK(text.starts_with("Watchdog: iTCO_wdt, 4s, fed; no guests"));
        CHECK(text.find("guests run") == std::string::npos);
        CHECK(text.find("guests may run") == std::string::npos);
    }

    TEST_CASE("on a terminal a starved watchdog stands out") {
        Json reply = status();
        reply["watchdog"]["fed"] = false;
        const Screen colours{.width = 200, .colours = true};
        CHECK(said(reply, colours).starts_with("\x1b[1;31mWatchdog not fed:\x1b[0m no lease"));
        CHECK(said(status(), colours).starts_with("Watchdog: "));
    }

    TEST_CASE("trouble that a terminal would obey is cleaned") {
        Json reply = status();
        reply["watchdog"]["trouble"] = "\x1b]0;x\x07";
        CHECK(said(reply) == "No watchdog: ?]0;x?.\n");
    }
}

/// A peer that was condemned; `stands` is merged into its condemnation, `peer` into the peer.
std::string remark(const char* stands, const char* peer = "{}") {
    Json reply = status();
    Json condemned = Json::parse(R"({"name":"n2","votes":true,"verdict":"lost",
 "since":"2026-11-22T09:59:50.000Z","reason":"","self_fence_left_ms":null,"safe_at":null,
 "condemned":{"entry":17,"time":"2026-11-22T09:59:53Z","held":false,"receipt":"","person":""}})");
    condemned["condemned"].merge_patch(Json::parse(stands));
    condemned.merge_patch(Json::parse(peer));
    reply["peers"].push_back(condemned);
    const std::string text = status_text(pipe, reply);
    const std::size_t from = text.find("condemned at");
    REQUIRE(from != std::string::npos);
    return text.substr(from, text.find('\n', from) - from);
}

TEST_SUITE("cli condemned text") {
    const char* const waiting =
        R"({"self_fence_left_ms":32500,"safe_at":"2026-11-22T10:00:32.500000Z"})";

    TEST_CASE("what has proven that a condemned node runs nothing any more") {
        struct Row {
            std::string why;
            const char* stands;
            std::string expect;
        };
        const Row rows[] = {
            {"nothing has, and nothing will", "{}", "condemned at 2026-11-22T09:59:53Z"},
            {"a person's word", R"({"receipt":"operator","person":"root"})",
             "condemned at 2026-11-22T09:59:53Z, off by the word of root"},
            {"its own reset", R"({"receipt":"self_fence_elapsed"})",
             "condemned at 2026-11-22T09:59:53Z, off: its lease and its watchdog have run out"},
            {"its own word", R"({"receipt":"released"})",
             "condemned at 2026-11-22T09:59:53Z, and has no guests"},
            {"a device", R"({"receipt":"power_off"})",
             "condemned at 2026-11-22T09:59:53Z, switched off by a fence device"},
            {"devices of another kind", R"({"receipt":"storage_cut"})",
             "condemned at 2026-11-22T09:59:53Z, cut off from all storage"},
            {"a proof of a later version is none that is known", R"({"receipt":"prayer"})",
             "condemned at 2026-11-22T09:59:53Z"},
            {"a device is at it", R"({"fencing":"bmc-n2 is asked by n1"})",
             "condemned at 2026-11-22T09:59:53Z: bmc-n2 is asked by n1"},
            {"no device may be", R"({"held":true,"fencing":"no device is asked yet"})",
             "condemned at 2026-11-22T09:59:53Z, held: no device is asked yet"},
            {"it is waited for", R"({"held":true})", "condemned at 2026-11-22T09:59:53Z, held"},
            {"who is proven off is not waited for any more",
             R"({"held":true,"receipt":"self_fence_elapsed"})",
             "condemned at 2026-11-22T09:59:53Z, off: its lease and its watchdog have run out"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            CHECK(remark(row.stands) == row.expect);
        }
    }

    TEST_CASE("when its own reset will be a proof") {
        CHECK(remark("{}", waiting) ==
              "condemned at 2026-11-22T09:59:53Z, safe at 2026-11-22T10:00:32.500000Z (in 32.5s)");
        CHECK(remark(R"({"held":true})", waiting) ==
              "condemned at 2026-11-22T09:59:53Z, held, safe at 2026-11-22T10:00:32.500000Z "
              "(in 32.5s)");
        CHECK(remark(R"({"receipt":"prayer"})", waiting) ==
              "condemned at 2026-11-22T09:59:53Z, safe at 2026-11-22T10:00:32.500000Z (in 32.5s)");
    }

    TEST_CASE("nobody waits for what has been proven") {
        for (const char* stands :
             {R"({"receipt":"operator","person":"root"})", R"({"receipt":"self_fence_elapsed"})",
              R"({"receipt":"released"})"}) {
            CAPTURE(std::string(stands));
            CHECK(remark(stands, waiting) == remark(stands));
        }
    }

    TEST_CASE("it stands behind all else that is said of the node") {
        Json reply = status();
        reply["peers"].push_back(
            Json::parse(R"({"name":"n2","verdict":"lost","reason":"no beat for 7s",
 "maintenance":true,"condemned":{"time":"2026-11-22T09:59:53Z","receipt":"released"}})"));
        CHECK(status_text(pipe, reply)
                  .find("no beat for 7s; in maintenance; condemned at 2026-11-22T09:59:53Z, and "
                        "has no guests\n") != std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::cli
