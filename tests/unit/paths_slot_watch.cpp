// What lies in a slot proves nothing; that it has changed does, and only since it was read last.
#include "heartbeat/paths/slot_watch.hpp"

#include <doctest/doctest.h>

#include <array>

namespace inquest::paths {
namespace {

using namespace std::chrono_literals;
using Found = SlotWatch::Found;
using Block = std::array<std::byte, wire::disk_block_bytes>;

constexpr Duration patience = 400ms;

Block written(std::uint64_t number) {
    const std::array<std::byte, 3> said{std::byte{1}, std::byte{2}, std::byte{3}};
    wire::DiskSlotWriter writer;
    REQUIRE(writer.add(said));
    Block block;
    writer.finish(MemberId(2), number, block);
    return block;
}

class Reader {
 public:
    SlotWatch::Look look(const Block& block, Duration began, Duration took = 1ms) {
        return watch_.look(2, block, {at(began), at(began + took)}, patience);
    }
    void forget() { watch_.forget(); }

 private:
    SlotWatch watch_;
};

}  // namespace

TEST_SUITE("paths.slot_watch") {
    TEST_CASE("what the first read finds is no news, however alive it looks") {
        Reader reader;
        const Block block = written(5);
        CHECK(reader.look(block, 0ms).found == Found::first);
        CHECK(reader.look(block, 100ms).found == Found::unchanged);
        CHECK(reader.look(block, 10s).found == Found::unchanged);
    }

    TEST_CASE("a change is news from when the read began that found it") {
        Reader reader;
        REQUIRE(reader.look(written(5), 0ms).found == Found::first);
        const Block block = written(6);
        const auto look = reader.look(block, 100ms, 20ms);
        CHECK(look.found == Found::news);
        CHECK(look.arrived == at(100ms));
        REQUIRE(look.slot);
        CHECK(look.slot->number() == 6);
        CHECK(reader.look(block, 200ms).found == Found::unchanged);
    }

    TEST_CASE("a number that does not rise is a change all the same: the beat inside is judged") {
        Reader reader;
        REQUIRE(reader.look(written(5), 0ms).found == Found::first);
        CHECK(reader.look(written(4), 100ms).found == Found::news);
    }

    TEST_CASE("news is never younger than what is certain, once two reads are far apart") {
        struct Row {
            const char* why;
            Duration began;
            Duration took;
            Duration expect;
        };
        constexpr Row rows[] = {
            {"reads follow each other", 100ms, 10ms, 100ms},
            {"just within patience", 390ms, 10ms, 390ms},
            {"beyond it, by when it began", 391ms, 10ms, 0ms},
            {"the read itself took too long", 100ms, 301ms, 0ms},
            {"after a minute without the disk", 60s, 1ms, 0ms},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Reader reader;
            REQUIRE(reader.look(written(5), 0ms).found == Found::first);
            const auto look = reader.look(written(6), row.began, row.took);
            CHECK(look.found == Found::news);
            CHECK(look.arrived == at(row.expect));
        }
    }

    TEST_CASE("unchanged reads bring the bound closer, torn ones do not") {
        Reader reader;
        REQUIRE(reader.look(written(5), 0ms).found == Found::first);
        CHECK(reader.look(written(5), 300ms).found == Found::unchanged);
        CHECK(reader.look(written(6), 600ms).arrived == at(600ms));
        Block torn = written(7);
        torn[100] ^= std::byte{1};
        CHECK(reader.look(torn, 900ms).found == Found::torn);
        const auto look = reader.look(written(7), 1200ms);
        CHECK(look.found == Found::news);
        CHECK(look.arrived == at(600ms));
    }

    TEST_CASE("the first beat in an empty slot is news, and so is one over something foreign") {
        Reader reader;
        REQUIRE(reader.look(Block{}, 0ms).found == Found::first);
        CHECK(reader.look(written(1), 100ms).found == Found::news);
        Block foreign;
        foreign.fill(std::byte{0x55});
        CHECK(reader.look(foreign, 200ms).found == Found::refused);
        CHECK(reader.look(foreign, 300ms).found == Found::unchanged);
        CHECK(reader.look(written(2), 400ms).found == Found::news);
    }

    TEST_CASE("another disk begins anew") {
        Reader reader;
        REQUIRE(reader.look(written(5), 0ms).found == Found::first);
        reader.forget();
        CHECK(reader.look(written(6), 100ms).found == Found::first);
    }
}

}  // namespace inquest::paths
