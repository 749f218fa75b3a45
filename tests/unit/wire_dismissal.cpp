// "You are a member no more": one form, one key, and nothing else is believed.
#include "heartbeat/wire/dismissal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace inquest;
using namespace inquest::wire;

namespace {

std::array<std::byte, key_bytes> key_of(std::uint8_t filler) {
    std::array<std::byte, key_bytes> key;
    key.fill(std::byte{filler});
    return key;
}

Keyring keyring(std::string_view cluster, std::uint8_t filler) {
    Keyring ring(cluster_tag(cluster));
    REQUIRE(ring.add(KeyId(7), key_of(filler)) == Keyring::Added::yes);
    return ring;
}

const Dismissal told{MemberId(1), MemberId(4), 42};

}  // namespace

TEST_CASE("a dismissal comes through as it was said") {
    const Keyring ring = keyring("prod", 0x11);
    const auto bytes = encode(told, ring, KeyId(7));
    REQUIRE(bytes);
    CHECK(decode_dismissal(*bytes, ring) == told);
}

TEST_CASE("a dismissal is signed with the key that the other end knows, or not at all") {
    Keyring both = keyring("prod", 0x11);
    REQUIRE(both.add(KeyId(8), key_of(0x22)) == Keyring::Added::yes);
    Keyring old_only(cluster_tag("prod"));
    REQUIRE(old_only.add(KeyId(8), key_of(0x22)) == Keyring::Added::yes);
    const auto bytes = encode(told, both, KeyId(8));
    REQUIRE(bytes);
    CHECK(decode_dismissal(*bytes, old_only) == told);
    CHECK_FALSE(encode(told, both, KeyId(9)));
}

TEST_CASE("what no member can have said is not written") {
    const Keyring ring = keyring("prod", 0x11);
    struct Row {
        const char* why;
        Dismissal dismissal;
    };
    const Row rows[] = {
        {"nobody says it", {nobody, MemberId(4), 42}},
        {"nobody was removed", {MemberId(1), nobody, 42}},
        {"nobody says it of itself", {MemberId(4), MemberId(4), 42}},
        {"no entry did it", {MemberId(1), MemberId(4), 0}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK_FALSE(encode(row.dismissal, ring, KeyId(7)));
    }
}

TEST_CASE("a dismissal of another cluster or key is none") {
    const auto bytes = encode(told, keyring("prod", 0x11), KeyId(7));
    REQUIRE(bytes);
    CHECK_FALSE(decode_dismissal(*bytes, keyring("prod", 0x22)));
    CHECK_FALSE(decode_dismissal(*bytes, keyring("test", 0x11)));
}

TEST_CASE("every changed bit and every other length is refused") {
    const Keyring ring = keyring("prod", 0x11);
    const auto bytes = encode(told, ring, KeyId(7));
    REQUIRE(bytes);
    for (std::size_t bit = 0; bit < 8 * dismissal_bytes; ++bit) {
        DismissalBytes changed = *bytes;
        changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        CAPTURE(bit);
        CHECK_FALSE(decode_dismissal(changed, ring));
    }
    std::array<std::byte, dismissal_bytes + 1> longer{};
    std::copy(bytes->begin(), bytes->end(), longer.begin());
    CHECK_FALSE(decode_dismissal(longer, ring));
    for (std::size_t length = 0; length < dismissal_bytes; ++length)
        CHECK_FALSE(decode_dismissal(std::span<const std::byte>(*bytes).first(length), ring));
}
