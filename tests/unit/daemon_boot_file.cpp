#include "heartbeat/daemon/boot_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace inquest::daemon {
namespace {

/// A folder of its own for one test, gone afterwards.
class Folder {
 public:
    Folder() {
        char name[] = "/tmp/inquest-unit-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    void write(const char* name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
    }

 private:
    std::filesystem::path path_;
};

BootCount count(std::uint32_t incarnation, std::uint32_t session, const char* boot_id) {
    return {Incarnation(incarnation), Session(session), boot_id};
}

TEST_SUITE("boot file") {
    TEST_CASE("a new boot id begins a new incarnation, the same one a new session") {
        CHECK(next_count(count(3, 7, "a"), "a") == count(3, 8, "a"));
        CHECK(next_count(count(3, 7, "a"), "b") == count(4, 1, "b"));
    }

    TEST_CASE("what is written is read back, and fills one sector") {
        const std::string text = boot_file_text(count(3, 7, "0f5a-11"));
        CHECK(text.size() == 512);
        const auto read = parse_boot_file(text);
        REQUIRE(read.has_value());
        CHECK(*read == count(3, 7, "0f5a-11"));
    }

    TEST_CASE("a damaged file is refused with its line") {
        struct Row {
            const char* why;
            const char* text;
            const char* complaint;
        };
        const Row rows[] = {
            {"empty", "", "it lacks"},
            {"a counter is missing", "incarnation = 3\nboot_id = a\n", "it lacks"},
            {"zero counts nothing", "incarnation = 0\n", "line 1: incarnation"},
            {"words", "incarnation = 3\nsession = many\n", "line 2: session"},
            {"beyond 32 bits", "incarnation = 4294967296\n", "line 1: incarnation"},
            {"trailing rubbish", "incarnation = 3x\n", "line 1: incarnation"},
            {"no key", "incarnation\n", "line 1: expected"},
            {"a key of another time", "# c\nterm = 4\n", "line 2: unknown key `term`"},
            {"binary", "\x01\x02\xff\n", "line 1: expected"},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const auto read = parse_boot_file(row.text);
            REQUIRE(!read.has_value());
            CHECK(read.error().find(row.complaint) != std::string::npos);
        }
    }

    TEST_CASE("each run is counted, and the count is durable") {
        const Folder folder;
        CHECK(count_boot(folder.path(), "a") == count(1, 1, "a"));
        CHECK(count_boot(folder.path(), "a") == count(1, 2, "a"));
        CHECK(count_boot(folder.path(), "b") == count(2, 1, "b"));
        CHECK(count_boot(folder.path(), "b") == count(2, 2, "b"));
        CHECK(!std::filesystem::exists(folder.path() / "boot.new"));
    }

    TEST_CASE("a damaged file stops the start, says what to do, and is left as it is") {
        const Folder folder;
        folder.write("boot", "incarnation = x\n");
        const auto counted = count_boot(folder.path(), "a");
        REQUIRE(!counted.has_value());
        CHECK(counted.error().find((folder.path() / "boot").string()) != std::string::npos);
        CHECK(counted.error().find("line 1: incarnation") != std::string::npos);
        CHECK(counted.error().find("inquest status --json") != std::string::npos);
        std::ifstream stream(folder.path() / "boot");
        std::string line;
        std::getline(stream, line);
        CHECK(line == "incarnation = x");
    }

    TEST_CASE("a folder that is not there cannot hold a count") {
        const Folder folder;
        const auto counted = count_boot(folder.path() / "missing", "a");
        REQUIRE(!counted.has_value());
        CHECK(counted.error().find("cannot be written") != std::string::npos);
    }
}

}  // namespace
}  // namespace inquest::daemon
