// The blocks of a shared disk: one form each, and nothing is believed that was read half-written.
#include "heartbeat/wire/disk_slot.hpp"
#include "heartbeat/wire/disk_word.hpp"
#include "heartbeat/wire/little_endian.hpp"
#include "heartbeat/wire/seal.hpp"
#include "tests/unit/wire_beats.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

namespace inquest::wire {
namespace {

using Block = std::array<std::byte, disk_block_bytes>;

DiskHeader header() {
    DiskHeader header{.cluster = "lab", .sector_bytes = 4096};
    header.number.fill(std::byte{7});
    return header;
}

Block header_block() {
    Block block;
    encode(header(), block);
    return block;
}

Bytes datagram(std::size_t length, std::uint8_t fill) { return Bytes(length, std::byte{fill}); }

Block slot_block(std::uint64_t number = 5) {
    DiskSlotWriter writer;
    REQUIRE(writer.add(datagram(156, 1)));
    REQUIRE(writer.add(datagram(200, 2)));
    Block block;
    writer.finish(MemberId(3), number, block);
    return block;
}

/// Whoever changes a block can also make its digest right again.
void seal_again(Block& block, std::size_t at) {
    const Seal seal = seal_of(std::span<const std::byte>(block).first(at));
    std::copy(seal.begin(), seal.end(), block.begin() + static_cast<int>(at));
}
constexpr std::size_t header_seal_at = 4080, slot_seal_at = 4072;

std::string_view verdict_on_slot(const Block& block) {
    const auto slot = decode_disk_slot(block);
    return slot ? std::string_view("sound") : word(slot.error());
}
std::string_view verdict_on_header(const Block& block) {
    const auto read = decode_disk_header(block);
    return read ? std::string_view("sound") : word(read.error());
}

}  // namespace

TEST_SUITE("wire.disk_slot") {
    TEST_CASE("a header comes through as it was written") {
        CHECK(decode_disk_header(header_block()) == header());
    }

    TEST_CASE("what no disk of ours has in its header is no header") {
        DiskHeader unnamed = header(), long_name = header(), odd = header(), control = header();
        unnamed.cluster = "";
        long_name.cluster = std::string(64, 'a');
        odd.sector_bytes = 520;
        control.cluster = "a\x1b[2J";
        DiskHeader unnumbered = header();
        unnumbered.number.fill(std::byte{0});
        for (const DiskHeader& bad : {unnamed, long_name, odd, control, unnumbered})
            CHECK_FALSE(sound(bad));
        DiskHeader longest = header();
        longest.cluster = std::string(63, 'a');
        CHECK(sound(longest));
    }

    TEST_CASE("why a header is refused") {
        struct Row {
            const char* why;
            std::function<void(Block&)> change;
            const char* expect;
        };
        const Row rows[] = {
            {"as it was written", [](Block&) {}, "sound"},
            {"a disk that nobody set up", [](Block& b) { b.fill(std::byte{0}); }, "empty"},
            {"somebody else's disk", [](Block& b) { b[0] = std::byte{'X'}; }, "magic"},
            {"a later version", [](Block& b) { b[8] = std::byte{2}; }, "version"},
            {"half of it from another time", [](Block& b) { b[2000] = std::byte{1}; }, "torn"},
            {"other sizes, and sealed",
             [](Block& b) {
                 b[12] = std::byte{65};
                 seal_again(b, header_seal_at);
             },
             "malformed"},
            {"a name without an end, and sealed",
             [](Block& b) {
                 std::fill_n(b.begin() + 40, 64, std::byte{'a'});
                 seal_again(b, header_seal_at);
             },
             "malformed"},
            {"a byte behind the name's end, and sealed",
             [](Block& b) {
                 b[50] = std::byte{'a'};
                 seal_again(b, header_seal_at);
             },
             "malformed"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Block block = header_block();
            row.change(block);
            CHECK(verdict_on_header(block) == row.expect);
        }
    }

    TEST_CASE("a slot comes through as it was said, in its order") {
        const Block block = slot_block();
        const auto slot = decode_disk_slot(block);
        REQUIRE(slot);
        CHECK(slot->owner() == MemberId(3));
        CHECK(slot->number() == 5);
        std::vector<Bytes> said;
        slot->each([&](std::span<const std::byte> d) { said.emplace_back(d.begin(), d.end()); });
        CHECK(said == std::vector<Bytes>{datagram(156, 1), datagram(200, 2)});
    }

    TEST_CASE("the largest beats fit, and what does not is left out") {
        DiskSlotWriter writer;
        CHECK_FALSE(writer.add({}));
        CHECK(writer.add(datagram(beat_bytes_max, 1)));
        CHECK(writer.add(datagram(beat_bytes_max, 2)));
        CHECK_FALSE(writer.add(datagram(beat_bytes_max, 3)));
        Block block;
        writer.finish(MemberId(1), 1, block);
        int datagrams = 0;
        const auto slot = decode_disk_slot(block);
        REQUIRE(slot);
        slot->each([&](std::span<const std::byte> d) {
            ++datagrams;
            CHECK(d.size() == beat_bytes_max);
        });
        CHECK(datagrams == 2);
        writer.clear();
        CHECK(writer.add(datagram(disk_slot_room - 2, 4)));
        CHECK_FALSE(writer.add(datagram(1, 5)));
        writer.finish(MemberId(1), 2, block);
        CHECK(verdict_on_slot(block) == "sound");
    }

    TEST_CASE("why a slot is refused") {
        struct Row {
            const char* why;
            std::function<void(Block&)> change;
            const char* expect;
        };
        const Row rows[] = {
            {"as it was written", [](Block&) {}, "sound"},
            {"never written", [](Block& b) { b.fill(std::byte{0}); }, "empty"},
            {"somebody else's", [](Block& b) { b[0] = std::byte{'X'}; }, "magic"},
            {"a later version", [](Block& b) { b[4] = std::byte{2}; }, "version"},
            {"nobody's, and sealed",
             [](Block& b) {
                 b[6] = b[7] = std::byte{0};
                 seal_again(b, slot_seal_at);
             },
             "malformed"},
            {"one datagram more than there are, and sealed",
             [](Block& b) {
                 b[5] = std::byte{3};
                 seal_again(b, slot_seal_at);
             },
             "malformed"},
            {"one fewer, and sealed",
             [](Block& b) {
                 b[5] = std::byte{1};
                 seal_again(b, slot_seal_at);
             },
             "malformed"},
            {"a datagram longer than the slot, and sealed",
             [](Block& b) {
                 b[16] = b[17] = std::byte{0xff};
                 seal_again(b, slot_seal_at);
             },
             "malformed"},
            {"a byte behind the last datagram, and sealed",
             [](Block& b) {
                 b[4000] = std::byte{1};
                 seal_again(b, slot_seal_at);
             },
             "malformed"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            Block block = slot_block();
            row.change(block);
            CHECK(verdict_on_slot(block) == row.expect);
        }
    }

    TEST_CASE("a slot of which sectors are from another write is torn, wherever it is torn") {
        const Block before = slot_block(5);
        DiskSlotWriter writer;
        REQUIRE(writer.add(datagram(disk_slot_room - 2, 9)));
        Block after;
        writer.finish(MemberId(3), 6, after);
        for (std::size_t at = 512; at < disk_block_bytes; at += 512) {
            CAPTURE(at);
            const auto end = static_cast<int>(at);
            Block head_new = before, tail_new = after;
            std::copy_n(after.begin(), end, head_new.begin());
            std::copy_n(before.begin(), end, tail_new.begin());
            CHECK(verdict_on_slot(head_new) == "torn");
            CHECK(verdict_on_slot(tail_new) == "torn");
        }
    }

    TEST_CASE("every changed bit is refused") {
        const Block block = slot_block();
        for (std::size_t bit = 0; bit < 8 * disk_block_bytes; bit += 7) {
            Block changed = block;
            changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            CAPTURE(bit);
            CHECK(verdict_on_slot(changed) != "sound");
        }
    }

    TEST_CASE("each write has a mark of its own") {
        CHECK(mark_of(slot_block(5)) == mark_of(slot_block(5)));
        CHECK(mark_of(slot_block(5)) != mark_of(slot_block(6)));
    }
}

TEST_SUITE("wire.disk_word") {
    const DiskWord said{MemberId(1), MemberId(3), Incarnation(4), 77};

    TEST_CASE("a word comes through as it was said, and to nobody without the key") {
        const Keyring keyring = test_keyring();
        Block block;
        REQUIRE(encode(said, keyring, block));
        CHECK(decode_disk_word(block, keyring) == said);
        CHECK_FALSE(decode_disk_word(block, test_keyring({{1, 0x22}})));
        CHECK_FALSE(decode_disk_word(block, test_keyring({plain_key}, "other")));
        CHECK_FALSE(decode_disk_word(block, test_keyring({{2, 0x11}})));
    }

    TEST_CASE("what no member can have said is not written") {
        const Keyring keyring = test_keyring();
        Block block;
        CHECK_FALSE(encode({nobody, MemberId(3), Incarnation(4), 77}, keyring, block));
        CHECK_FALSE(encode({MemberId(1), nobody, Incarnation(4), 77}, keyring, block));
        CHECK_FALSE(encode({MemberId(3), MemberId(3), Incarnation(4), 77}, keyring, block));
        CHECK_FALSE(encode({MemberId(1), MemberId(3), Incarnation(0), 77}, keyring, block));
        CHECK_FALSE(encode({MemberId(1), MemberId(3), Incarnation(4), 0}, keyring, block));
    }

    TEST_CASE("every changed bit of a word is refused, and an empty block says nothing") {
        const Keyring keyring = test_keyring();
        Block block;
        REQUIRE(encode(said, keyring, block));
        for (std::size_t bit = 0; bit < 8 * 64; ++bit) {
            Block changed = block;
            changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            CAPTURE(bit);
            CHECK_FALSE(decode_disk_word(changed, keyring));
        }
        block[4095] = std::byte{1};
        CHECK_FALSE(decode_disk_word(block, keyring));
        block.fill(std::byte{0});
        CHECK_FALSE(decode_disk_word(block, keyring));
    }
}

}  // namespace inquest::wire
