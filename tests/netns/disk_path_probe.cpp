// A disk path on a plain file: two nodes hear each other, and what is no disk of theirs says why.
//
// Judged by content and order, not by speed: waits end when what they wait for is there, and their
// bound is far beyond any machine's slowness.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "heartbeat/paths/disk.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace inquest::paths {
namespace {

using namespace std::chrono_literals;
using Block = std::array<std::byte, wire::disk_block_bytes>;

Instant boot_now() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return at(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

/// Waits until it holds, for as long as a slow machine may need. Result: does it?
bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 30'000; ++i) {
        if (holds()) return true;
        const timespec pause{0, 1'000'000};
        ::nanosleep(&pause, nullptr);
    }
    return false;
}

/// A file for one test; in /var/tmp, since not every /tmp takes direct input and output.
class File {
 public:
    File() {
        const int fd = ::mkstemp(name_);
        REQUIRE(fd >= 0);
        REQUIRE(::ftruncate(fd, static_cast<off_t>(wire::disk_bytes)) == 0);
        ::close(fd);
    }
    ~File() { ::unlink(name_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    const char* name() const { return name_; }
    void write(std::size_t place, const Block& block) const {
        const int fd = ::open(name_, O_WRONLY | O_CLOEXEC);
        REQUIRE(fd >= 0);
        const auto at = static_cast<off_t>(place * block.size());
        CHECK(::pwrite(fd, block.data(), block.size(), at) == static_cast<ssize_t>(block.size()));
        ::close(fd);
    }
    void set_up(const std::string& cluster) const {
        wire::DiskHeader header{.cluster = cluster};
        header.number.fill(std::byte{1});
        Block block;
        wire::encode(header, block);
        write(0, block);
    }
    void shrink() const { CHECK(::truncate(name_, 4096) == 0); }

 private:
    char name_[32] = "/var/tmp/inquest-unit-XXXXXX";
};

DiskPath path_on(const std::string& device, std::uint16_t slot) {
    return {{device, "lab", MemberId(slot), slot}, {50ms, 20s, 4}};
}

DiskPath open_path(const std::string& device, std::uint16_t slot) {
    DiskPath path = path_on(device, slot);
    REQUIRE(path.open());
    return path;
}

bool becomes_good(DiskPath& path) {
    return eventually([&] { return path.state(boot_now()).good(); });
}

bool comes_to(DiskPath& path, DiskTrouble trouble) {
    return eventually([&] { return path.state(boot_now()).trouble == trouble; });
}

void say(DiskPath& path, std::string_view text) {
    path.say(std::as_bytes(std::span(text.data(), text.size())));
}

std::vector<std::string> heard(DiskPath& path) {
    std::vector<std::string> all;
    path.drain([&](std::span<const std::byte> datagram, Instant arrived) {
        CHECK(arrived <= boot_now());
        all.emplace_back(reinterpret_cast<const char*>(datagram.data()), datagram.size());
    });
    return all;
}

bool hears(DiskPath& path, const std::string& text) {
    return eventually([&] {
        for (const std::string& one : heard(path)) {
            if (one == text) return true;
        }
        return false;
    });
}

}  // namespace

TEST_SUITE("paths.disk") {
    TEST_CASE("two nodes hear each other, and not themselves") {
        const File file;
        file.set_up("lab");
        DiskPath one = open_path(file.name(), 1), two = open_path(file.name(), 2);
        REQUIRE(becomes_good(one));
        REQUIRE(becomes_good(two));
        say(one, "one");
        say(two, "two");
        CHECK(hears(two, "one"));
        CHECK(hears(one, "two"));
        say(one, "again");
        CHECK(hears(two, "again"));
        CHECK(heard(one).empty());
        CHECK(one.counters().writes >= 2);
    }

    TEST_CASE("what is passed on stands behind the own beat") {
        const File file;
        file.set_up("lab");
        DiskPath one = open_path(file.name(), 1), two = open_path(file.name(), 2);
        REQUIRE(becomes_good(one));
        REQUIRE(becomes_good(two));
        const std::string_view third = "of a third";
        say(one, "own");
        one.add(std::as_bytes(std::span(third.data(), third.size())));
        std::vector<std::string> all;
        CHECK(eventually([&] {
            for (std::string& text : heard(two)) all.push_back(std::move(text));
            return !all.empty() && all.back() == third;
        }));
        REQUIRE(all.size() >= 2);
        CHECK(all[all.size() - 2] == "own");
    }

    TEST_CASE("what was there before is not heard, and what comes then is") {
        const File file;
        file.set_up("lab");
        DiskPath one = open_path(file.name(), 1);
        REQUIRE(becomes_good(one));
        say(one, "old");
        REQUIRE(eventually([&] { return one.counters().writes > 0; }));
        one.close();
        DiskPath two = open_path(file.name(), 2);
        REQUIRE(becomes_good(two));
        REQUIRE(eventually([&] { return two.counters().reads > 3; }));
        CHECK(heard(two).empty());
        DiskPath again = open_path(file.name(), 1);
        REQUIRE(becomes_good(again));
        say(again, "new");
        CHECK(hears(two, "new"));
    }

    TEST_CASE("what is no disk of this cluster says why, and is never written") {
        struct Row {
            const char* why;
            std::function<std::string(const File&)> name;
            DiskTrouble expect;
            const char* words;
        };
        const auto itself = [](const File& file) { return std::string(file.name()); };
        const Row rows[] = {
            {"nothing is there", [](const File&) { return "/var/tmp/inquest-none"; },
             DiskTrouble::cannot_open, "No such file"},
            {"a folder", [](const File&) { return "/var/tmp"; }, DiskTrouble::no_disk, "neither"},
            {"a device that must not even be opened", [](const File&) { return "/dev/null"; },
             DiskTrouble::no_disk, "neither"},
            {"not set up", itself, DiskTrouble::not_set_up, "inquest disk init"},
            {"of another cluster",
             [&](const File& file) {
                 file.set_up("prod");
                 return itself(file);
             },
             DiskTrouble::other_cluster, "another cluster, prod"},
            {"full of something else",
             [&](const File& file) {
                 Block block;
                 block.fill(std::byte{0x55});
                 file.write(0, block);
                 return itself(file);
             },
             DiskTrouble::foreign, "not Inquest's"},
            {"too small",
             [&](const File& file) {
                 file.shrink();
                 return itself(file);
             },
             DiskTrouble::too_small, "smaller than 516 KiB"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const File file;
            DiskPath path = open_path(row.name(file), 1);
            say(path, "beat");
            CHECK(comes_to(path, row.expect));
            CHECK(path.state(boot_now()).reason.find(row.words) != std::string::npos);
            CHECK(path.counters().writes == 0);
        }
    }

    TEST_CASE("a disk that is set up later is taken up by itself") {
        const File file;
        DiskPath path = open_path(file.name(), 1);
        REQUIRE(comes_to(path, DiskTrouble::not_set_up));
        file.set_up("lab");
        CHECK(becomes_good(path));
        CHECK(path.state(boot_now()).reason.empty());
    }

    TEST_CASE("two nodes with one slot notice it") {
        const File file;
        file.set_up("lab");
        DiskPath one = open_path(file.name(), 3), other = open_path(file.name(), 3);
        REQUIRE(becomes_good(one));
        REQUIRE(becomes_good(other));
        int beat = 0;
        CHECK(eventually([&] {
            say(one, "one " + std::to_string(++beat));
            say(other, "other " + std::to_string(beat));
            return one.state(boot_now()).trouble == DiskTrouble::slot_taken ||
                   other.state(boot_now()).trouble == DiskTrouble::slot_taken;
        }));
    }

    TEST_CASE("a slot with numbers at their end, or rubbish in it, stops nobody") {
        const File file;
        file.set_up("lab");
        wire::DiskSlotWriter writer;
        Block block;
        writer.finish(MemberId(1), std::uint64_t(-1), block);
        file.write(1, block);
        block.fill(std::byte{0xaa});
        file.write(3, block);
        DiskPath one = open_path(file.name(), 1), two = open_path(file.name(), 2);
        REQUIRE(becomes_good(one));
        REQUIRE(becomes_good(two));
        say(one, "first");
        CHECK(hears(two, "first"));
        block.fill(std::byte{0xbb});
        file.write(3, block);
        CHECK(eventually([&] { return two.counters().refused > 0; }));
    }

    TEST_CASE("nothing is said or heard while it is closed") {
        DiskPath path = path_on("/var/tmp/inquest-none", 1);
        say(path, "beat");
        CHECK(heard(path).empty());
        CHECK_FALSE(path.state(boot_now()).good());
    }
}

}  // namespace inquest::paths
