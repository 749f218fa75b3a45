// Where the evidence is looked for, and that nothing in it is trusted.
#include "heartbeat/endings/evidence.hpp"
#include "heartbeat/endings/power_records.hpp"
#include "tests/unit/endings_files.hpp"

#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

namespace inquest::endings {
namespace {

constexpr int boot = BOOT_TIME;
constexpr int level = RUN_LVL;

std::string power_record(int type, const char* user, int seconds) {
    utmpx record{};
    record.ut_type = static_cast<short>(type);
    std::strncpy(record.ut_user, user, sizeof record.ut_user);
    record.ut_tv.tv_sec = static_cast<decltype(record.ut_tv.tv_sec)>(
        clock_at(seconds).time_since_epoch() / std::chrono::seconds(1));
    return {reinterpret_cast<const char*>(&record), sizeof record};
}

const std::string down_at_1 = power_record(level, "shutdown", 1);
const std::string down_at_5 = power_record(level, "shutdown", 5);
const std::string up = power_record(boot, "reboot", 9);
const std::string login = power_record(USER_PROCESS, "shutdown", 7);
const std::string to_level_5 = power_record(level, "runlevel", 8);

Places places_in(const Folder& folder) {
    return {.etc = folder.path() / "etc",
            .state = folder.path() / "state",
            .wtmp = folder.path() / "wtmp",
            .watchdogs = folder.path() / "watchdog",
            .pstore = folder.path() / "pstore",
            .pstore_archive = folder.path() / "archive"};
}

TEST_SUITE("endings: evidence") {
    TEST_CASE("wtmp's shutdown before the newest boot") {
        struct Row {
            const char* why;
            std::string records;
            std::optional<Wall> expect;
        };
        const Row rows[] = {
            {"an empty file", "", std::nullopt},
            {"a boot alone", up, std::nullopt},
            {"shut down, and booted", up + down_at_5 + up, clock_at(5)},
            {"and used since", up + down_at_5 + up + to_level_5 + login, clock_at(5)},
            {"the boot before was shut down, the last one was not", up + down_at_1 + up + up,
             std::nullopt},
            {"this boot was not noted yet", up + down_at_1 + up + down_at_5, clock_at(5)},
            {"a user of that name is no shutdown", up + login + up, std::nullopt},
            {"a last record that was cut off", up + down_at_5 + up + up.substr(0, 100),
             clock_at(5)},
            {"no record at all", std::string(5000, '\xff'), std::nullopt},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            CHECK(last_shutdown(row.records) == row.expect);
        }
    }

    TEST_CASE("all of it is found") {
        const Folder folder;
        folder.write("state/run", record_text(run_of("b", 2, 2)));
        folder.write("state/run.earlier", record_text(run_of("b", 2, 1)));
        folder.write("state/run.last-boot", record_text(run_of("a", 1, 1)));
        folder.write("wtmp", up + down_at_5 + up);
        folder.write("watchdog/watchdog0/bootstatus", "32\n");
        folder.write("watchdog/watchdog1/bootstatus", "0x20\n");
        folder.write("watchdog/watchdog2/bootstatus", "no number\n");
        folder.write("pstore/dmesg-efi-1", "Oops");
        folder.write("archive/1795356061/dmesg.txt", "Oops");
        const Facts facts = gather(places_in(folder), clock_at(9));
        REQUIRE(facts.boot_id.has_value());
        CHECK(facts.boot_id->kernel == Kernel::own);
        CHECK(facts.run == run_of("b", 2, 2));
        CHECK(facts.earlier == run_of("b", 2, 1));
        CHECK(facts.last_boot == run_of("a", 1, 1));
        CHECK(facts.booted == clock_at(9));
        CHECK(facts.shutdown == clock_at(5));
        REQUIRE(facts.watchdogs.size() == 2);
        CHECK(facts.watchdogs[0].bits == watchdog_reset_bit);
        CHECK(facts.watchdogs[1].bits == watchdog_reset_bit);
        CHECK(facts.crashes.size() == 2);
        CHECK(facts.unreadable.empty());
    }

    TEST_CASE("of a shared kernel only the daemon's own records are read") {
        const Folder folder;
        folder.write("etc/boot-id", "stand-in\n");
        folder.write("state/run", record_text(run_of("stand-in", 2, 1)));
        folder.write("wtmp", up + down_at_5 + up);
        folder.write("watchdog/watchdog0/bootstatus", "32\n");
        folder.write("pstore/dmesg-efi-1", "Oops");
        const Facts facts = gather(places_in(folder), clock_at(9));
        REQUIRE(facts.boot_id.has_value());
        CHECK(facts.boot_id->text == "stand-in");
        CHECK(facts.boot_id->kernel == Kernel::shared);
        CHECK(facts.run.has_value());
        CHECK_FALSE(facts.booted.has_value());
        CHECK_FALSE(facts.shutdown.has_value());
        CHECK(facts.watchdogs.empty());
        CHECK(facts.crashes.empty());
    }

    TEST_CASE("what is not as it should be is noted, and nothing is waited for") {
        const Folder folder;
        folder.write("state/run", "half a rec");
        REQUIRE(::mkfifo((folder.path() / "state/run.earlier").c_str(), 0600) == 0);
        std::filesystem::create_directories(folder.path() / "state/run.last-boot");
        folder.write("wtmp", std::string(3, 'x'));
        folder.write("pstore", "a file, not a folder");
        const Facts facts = gather(places_in(folder), clock_at(9));
        CHECK_FALSE(facts.run.has_value());
        CHECK_FALSE(facts.earlier.has_value());
        CHECK_FALSE(facts.last_boot.has_value());
        CHECK(facts.unreadable.size() == 3);
        CHECK_FALSE(facts.shutdown.has_value());
    }

    TEST_CASE("a folder full of names is read within bounds") {
        const Folder folder;
        for (int i = 0; i < 200; ++i) folder.write("pstore/dmesg-" + std::to_string(i), "");
        CHECK(gather(places_in(folder), clock_at(9)).crashes.size() == 64);
    }

    TEST_CASE("a lab's stand-in for the boot id comes before the kernel's") {
        const Folder folder;
        const auto kernel = read_boot_id(folder.path());
        REQUIRE(kernel.has_value());
        CHECK(kernel->text.size() == 36);
        CHECK(kernel->kernel == Kernel::own);
        folder.write("boot-id", "stand-in\n");
        CHECK(read_boot_id(folder.path())->text == "stand-in");
        folder.write("boot-id", std::string(65, 'x'));
        CHECK(read_boot_id(folder.path())->kernel == Kernel::own);
    }
}

}  // namespace
}  // namespace inquest::endings
