// Why a boot and a run ended: from the facts to the conclusion, as tables.
#include "heartbeat/endings/conclusion.hpp"
#include "tests/unit/endings_files.hpp"

#include <csignal>

namespace inquest::endings {
namespace {

constexpr Ending left{Word::left, SIGTERM};
constexpr Ending told{Word::told, SIGTERM};
constexpr Ending crashed{Word::died, SIGSEGV};

/// Boot "b" runs, with a daemon; boot "a" ended as `ending` says, last seen alive at 60 s.
Facts rebooted(Ending ending = {}) {
    Facts facts;
    facts.boot_id = BootId{"b", Kernel::own};
    facts.daemon = Daemon::runs;
    facts.run = run_of("b", 2, 1);
    facts.last_boot = run_of("a", 1, 4, ending);
    facts.booted = clock_at(150);
    return facts;
}

Facts with(Facts facts, void (*change)(Facts&)) {
    change(facts);
    return facts;
}

bool says(const std::vector<std::string>& sentences, const std::string& words) {
    for (const std::string& sentence : sentences) {
        if (sentence.find(words) != std::string::npos) return true;
    }
    return false;
}

TEST_SUITE("endings: conclusion") {
    TEST_CASE("why the boot ended") {
        struct Row {
            const char* why;
            Facts facts;
            BootEnd end;
        };
        const Row rows[] = {
            {"nothing at all is known", {}, BootEnd::not_known},
            {"the first boot on record", with(rebooted(), [](Facts& f) { f.last_boot.reset(); }),
             BootEnd::not_known},
            {"no boot id, so no boot is recognised",
             with(rebooted(), [](Facts& f) { f.boot_id.reset(); }), BootEnd::not_known},
            {"nothing was left behind", rebooted(), BootEnd::without_word},
            {"a crash of the daemon is none of the machine", rebooted(crashed),
             BootEnd::without_word},
            {"the daemon had left before", rebooted(left), BootEnd::after_goodbye},
            {"or was about to", rebooted(told), BootEnd::after_goodbye},
            {"wtmp knows of a shutdown",
             with(rebooted(left), [](Facts& f) { f.shutdown = clock_at(61); }), BootEnd::shut_down},
            {"the clock was set back a little before it",
             with(rebooted(left), [](Facts& f) { f.shutdown = clock_at(60 - 120); }),
             BootEnd::shut_down},
            {"a shutdown long before the last sign of life is another boot's",
             with(rebooted(), [](Facts& f) { f.shutdown = clock_at(60 - 121); }),
             BootEnd::without_word},
            {"the watchdog says so",
             with(rebooted(),
                  [](Facts& f) {
                      f.watchdogs = {{"watchdog0", 0}, {"watchdog1", watchdog_reset_bit}};
                  }),
             BootEnd::watchdog},
            {"a watchdog that only had power before",
             with(rebooted(),
                  [](Facts& f) {
                      f.watchdogs = {{"watchdog0", 0x8000}};
                  }),
             BootEnd::without_word},
            {"a shutdown that hung, and the watchdog",
             with(rebooted(left),
                  [](Facts& f) {
                      f.shutdown = clock_at(61);
                      f.watchdogs = {{"watchdog0", watchdog_reset_bit}};
                  }),
             BootEnd::watchdog},
            {"the kernel's record comes before the watchdog that ended its silence",
             with(rebooted(),
                  [](Facts& f) {
                      f.crashes = {{"/sys/fs/pstore/dmesg-efi-1", clock_at(62)}};
                      f.watchdogs = {{"watchdog0", watchdog_reset_bit}};
                  }),
             BootEnd::crashed},
            {"a crash record of a boot long ago",
             with(rebooted(),
                  [](Facts& f) {
                      f.crashes = {{"/sys/fs/pstore/dmesg-efi-1", clock_at(-3600)}};
                  }),
             BootEnd::without_word},
            {"the daemon does not run in this boot yet",
             with(rebooted(),
                  [](Facts& f) {
                      f.daemon = Daemon::silent;
                      f.run = f.last_boot;
                      f.last_boot.reset();
                  }),
             BootEnd::without_word},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const auto conclusion = why_boot_ended(row.facts);
            CHECK(conclusion.end == row.end);
            CHECK_FALSE(conclusion.claim.empty());
            CHECK_FALSE(conclusion.facts.empty());
        }
    }

    TEST_CASE("why the run ended") {
        const auto same_boot = [](Ending ending) {
            Facts facts = rebooted();
            facts.run = run_of("b", 2, 2);
            facts.earlier = run_of("b", 2, 1, ending);
            return facts;
        };
        struct Row {
            const char* why;
            Facts facts;
            RunEnd end;
        };
        const Row rows[] = {
            {"nothing is known", {}, RunEnd::not_known},
            {"the first run of all goes on",
             with(rebooted(), [](Facts& f) { f.last_boot.reset(); }), RunEnd::not_known},
            {"it ran when the machine went down", rebooted(), RunEnd::with_machine},
            {"it had left before", rebooted(left), RunEnd::left},
            {"killed in this boot", same_boot({}), RunEnd::without_word},
            {"stopped in this boot", same_boot(left), RunEnd::left},
            {"stopped, and killed on its way", same_boot(told), RunEnd::told},
            {"crashed in this boot", same_boot(crashed), RunEnd::died},
            {"killed, and not started again",
             with(same_boot({}), [](Facts& f) { f.daemon = Daemon::silent; }),
             RunEnd::without_word},
            {"rebooted, and not started yet",
             with(rebooted(),
                  [](Facts& f) {
                      f.daemon = Daemon::silent;
                      f.run = f.last_boot;
                  }),
             RunEnd::with_machine},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const auto conclusion = why_run_ended(row.facts);
            CHECK(conclusion.end == row.end);
            CHECK_FALSE(conclusion.claim.empty());
        }
    }

    TEST_CASE("a conclusion says what it rests on and what is not known") {
        Facts facts = rebooted();
        facts.shutdown = clock_at(-7200);
        facts.watchdogs = {{"watchdog0", overheated_bit}};
        facts.unreadable = {"/var/log/wtmp could not be read (Permission denied)"};
        const auto boot = why_boot_ended(facts);
        CHECK(says(boot.facts, "incarnation 1, session 4"));
        CHECK(says(boot.facts, "last seen alive at 2026-11-22T14:01:00Z"));
        CHECK(says(boot.facts, "This boot began at 2026-11-22T14:02:30Z, 1m30s after that"));
        CHECK(says(boot.facts, "older than that sign of life"));
        CHECK(says(boot.facts, "watchdog0 says that the machine was too hot"));
        CHECK(says(boot.unknown, "/var/log/wtmp could not be read"));
        CHECK(says(boot.unknown, "peers"));
    }

    TEST_CASE("a shared kernel's records are said to be unknown, not absent") {
        Facts facts = rebooted();
        facts.boot_id->kernel = Kernel::shared;
        facts.booted.reset();
        const auto boot = why_boot_ended(facts);
        CHECK(boot.end == BootEnd::without_word);
        CHECK(says(boot.facts, "the node has booted anew"));
        CHECK(says(boot.unknown, "shares its kernel"));
        CHECK_FALSE(says(boot.unknown, "No watchdog"));
    }

    TEST_CASE("the last events stand before the end, and their absence is said") {
        Facts facts = rebooted();
        facts.last_events = {"14:00:59 n1 alive -> isolated"};
        CHECK(says(why_run_ended(facts).facts, "Before its end: 14:00:59"));
        facts.daemon = Daemon::silent;
        CHECK(says(why_run_ended(facts).unknown, "inquestd does not run"));
    }
}

}  // namespace
}  // namespace inquest::endings
