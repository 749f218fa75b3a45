// cluster.keys as text, the keyring, and the digests.
#include "heartbeat/wire/keys.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace inquest::wire {
namespace {

using namespace std::string_literals;

const std::string key_a(64, 'a');
const std::string key_b(64, 'B');

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

TEST_CASE("a sound cluster.keys") {
    struct Row {
        const char* why;
        std::string text;
        std::vector<int> ids;
    };
    // clang-format off
    const Row rows[] = {
        {"one key", "1 " + key_a + "\n", {1}},
        {"no new line at the end", "1 " + key_a, {1}},
        {"the first signs, whatever its id", "9 " + key_a + "\n3 " + key_b + "\n", {9, 3}},
        {"comments and empty lines", "# ours\n\n  \n255 " + key_a + " # new\n#1 x\n", {255}},
        {"tabs, spaces and carriage returns", "\t7 \t" + key_b + " \r\n", {7}},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto keyring = parse_keys(row.text, cluster_tag("lab"));
        REQUIRE(keyring.has_value());
        CHECK(keyring->size() == row.ids.size());
        CHECK(keyring->signing().value == row.ids.front());
        CHECK(keyring->cluster() == cluster_tag("lab"));
        for (std::size_t place = 0; place < row.ids.size(); ++place) {
            CHECK(keyring->place_of(KeyId{static_cast<std::uint8_t>(row.ids[place])}) == place);
        }
    }
}

TEST_CASE("a complaint names line, reason and remedy") {
    std::string crowd;
    for (char id = '1'; id <= '9'; ++id) crowd += id + " "s + std::string(64, id) + "\n";
    struct Row {
        const char* why;
        std::string text;
        std::size_t line;
        std::string what;
    };
    // clang-format off
    const Row rows[] = {
        {"empty", "", 0, "no key in it"},
        {"nothing but comments", "# soon\n", 0, "no key in it"},
        {"id 0 is none", "0 " + key_a, 1, "does not begin with a key id"},
        {"an id has one byte", "256 " + key_a, 1, "does not begin with a key id"},
        {"negative", "-1 " + key_a, 1, "does not begin with a key id"},
        {"a number with a tail", "1x " + key_a, 1, "does not begin with a key id"},
        {"the key alone", "\n" + key_a, 2, "does not begin with a key id"},
        {"the id alone", "# a\n# b\n1\n", 3, "no key follows"},
        {"the key in a comment", "1 #" + key_a, 1, "no key follows"},
        {"a digit short", "1 " + key_a.substr(1), 1, "has 63 characters, not 64"},
        {"a digit long", "1 " + key_a + "a", 1, "has 65 characters, not 64"},
        {"not hexadecimal", "1 " + key_a.substr(1) + "g", 1, "no hex digit"},
        {"all zeros", "1 " + std::string(64, '0'), 1, "all zeros"},
        {"a third word", "1 " + key_a + " " + key_b, 1, "something follows"},
        {"an id twice", "1 " + key_a + "\n1 " + key_b, 2, "key id 1 stands here twice"},
        {"a key twice", "1 " + key_a + "\n\n2 " + std::string(64, 'A'), 3, "another id"},
        {"one more than there may be", crowd, 9, "more than 8 keys"},
        {"a zero byte", "1 \0"s + key_a, 1, "has 65 characters"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto keyring = parse_keys(row.text, cluster_tag("lab"));
        REQUIRE_FALSE(keyring.has_value());
        CHECK(keyring.error().line == row.line);
        CAPTURE(keyring.error().what);
        CHECK(keyring.error().what.find(row.what) != std::string::npos);
        CHECK_FALSE(keyring.error().remedy.empty());
        CHECK(keyring.error().what.find("aaaa") == std::string::npos);
        CHECK(keyring.error().remedy.find("aaaa") == std::string::npos);
    }
}

TEST_CASE("the MAC is keyed BLAKE2b-128") {
    // The expected value comes from an independent implementation:
    // python3 -c 'import hashlib; print(hashlib.blake2b(b"beat", key=b"\xaa"*32,
    //                                                   digest_size=16).hexdigest())'
    const auto keyring = parse_keys("1 " + key_a, cluster_tag("lab"));
    REQUIRE(keyring.has_value());
    const Mac mac = keyring->mac(0, bytes_of("beat"));
    std::string hex;
    for (const std::byte byte : mac) {
        hex += "0123456789abcdef"[std::to_integer<int>(byte >> 4)];
        hex += "0123456789abcdef"[std::to_integer<int>(byte & std::byte{15})];
    }
    CHECK(hex == "dc3f664028b1f562ba4f0ea74aa9f55f");
}

TEST_CASE("only the same key finds the same bytes authentic") {
    const auto keyring = parse_keys("1 " + key_a + "\n2 " + key_b, cluster_tag("lab"));
    REQUIRE(keyring.has_value());
    Mac mac = keyring->mac(0, bytes_of("beat"));
    CHECK(keyring->authentic(0, bytes_of("beat"), mac));
    CHECK_FALSE(keyring->authentic(1, bytes_of("beat"), mac));
    CHECK_FALSE(keyring->authentic(0, bytes_of("beet"), mac));
    CHECK_FALSE(keyring->authentic(0, bytes_of("bea"), mac));
    mac[15] ^= std::byte{1};
    CHECK_FALSE(keyring->authentic(0, bytes_of("beat"), mac));
}

TEST_CASE("a keyring moves with its keys") {
    auto parsed = parse_keys("1 " + key_a, cluster_tag("lab"));
    REQUIRE(parsed.has_value());
    const Mac before = parsed->mac(0, bytes_of("beat"));
    const Keyring moved = *std::move(parsed);
    CHECK(moved.mac(0, bytes_of("beat")) == before);
    CHECK(moved.place_of(KeyId{2}) == moved.size());
}

TEST_CASE("wiping a text leaves nothing of it") {
    std::string text = "1 " + key_a;
    const char* const memory = text.data();
    const std::size_t length = text.size();
    wipe(text);
    CHECK(text.empty());
    text.resize(length);
    CHECK(text.data() == memory);
    CHECK(text.find('a') == std::string::npos);
}

TEST_CASE("digests tell texts apart and are the same everywhere") {
    // hashlib.blake2b(b"lab", digest_size=16), first four bytes as little-endian.
    CHECK(digest32("lab") == 0x41704071);
    CHECK(digest32("") == 0x4169e6ca);
    CHECK(cluster_tag("lab") != cluster_tag("Lab"));
    CHECK(cluster_tag("lab").value == digest32("lab"));
}

TEST_CASE("white space around a boot id does not count") {
    const std::string id = "6fd5a0e2-7c1b-4b83-9d5e-0b6f4a3c2d1e";
    CHECK(boot_tag(id + "\n") == boot_tag(id));
    CHECK(boot_tag(" \t" + id + " \r\n") == boot_tag(id));
    CHECK(boot_tag(id.substr(1)) != boot_tag(id));
    CHECK(boot_tag(" \n") == boot_tag(""));
}

}  // namespace
}  // namespace inquest::wire
