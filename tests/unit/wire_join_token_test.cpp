// The token of an invitation: whole or refused, and never half believed.
#include "heartbeat/wire/binary_text.hpp"
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/join_token.hpp"
#include "tests/unit/agreed_cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::wire {
namespace {

JoinToken token() {
    JoinToken made{.member = MemberId(4), .expires_seconds = 1795600000};
    made.secret.fill(std::byte{0x77});
    made.cluster = agreed_cluster();
    return made;
}

tl::expected<JoinToken, TokenRefusal> changed(std::size_t place, char letter) {
    std::string text = encode(token());
    text[place] = text[place] == letter ? 'B' : letter;
    return decode_token(text);
}

TEST_CASE("a token is the same on both sides") {
    const std::string text = encode(token());
    CHECK(text.starts_with("inquest-join-1."));
    CHECK(text.find_first_of(" \n\t+/=") == std::string::npos);
    const auto decoded = decode_token(text);
    REQUIRE(decoded.has_value());
    CHECK(*decoded == token());
    CHECK(decode_token(" \r\n" + text + "\n") == token());
}

TEST_CASE("a token that was cut off anywhere is refused") {
    const std::string text = encode(token());
    for (std::size_t length = 0; length < text.size(); ++length) {
        CAPTURE(length);
        CHECK_FALSE(decode_token(text.substr(0, length)).has_value());
    }
    CHECK(decode_token(text.substr(0, text.size() - 1)).error() == TokenRefusal::truncated);
    CHECK(decode_token(text + "A").error() == TokenRefusal::truncated);
}

TEST_CASE("a token with any letter changed is refused") {
    const std::size_t length = encode(token()).size();
    for (std::size_t place = 0; place < length; ++place) {
        CAPTURE(place);
        CHECK_FALSE(changed(place, 'A').has_value());
    }
    CHECK(changed(length / 2, '*').error() == TokenRefusal::truncated);
}

TEST_CASE("what is no token of this version says so") {
    struct Row {
        const char* why;
        std::string text;
        TokenRefusal expect;
    };
    const Row rows[] = {
        {"nothing", "", TokenRefusal::no_token},
        {"something else", "ssh-ed25519 AAAA", TokenRefusal::no_token},
        {"of a later version", "inquest-join-2.AAAA", TokenRefusal::version},
        {"of no version", "inquest-join-", TokenRefusal::version},
        {"only its beginning", "inquest-join-1.", TokenRefusal::truncated},
        {"longer than any token", "inquest-join-1." + std::string(token_text_max, 'A'),
         TokenRefusal::no_token},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(decode_token(row.text).error() == row.expect);
    }
}

TEST_CASE("a whole token with which nobody could join is malformed") {
    JoinToken stranger = token();
    stranger.member = MemberId(9);
    CHECK(decode_token(encode(stranger)).error() == TokenRefusal::malformed);
    JoinToken keyless = token();
    keyless.cluster.keys.clear();
    CHECK(decode_token(encode(keyless)).error() == TokenRefusal::malformed);
    JoinToken unfounded = token();
    unfounded.cluster.generation = 0;
    CHECK(decode_token(encode(unfounded)).error() == TokenRefusal::malformed);
}

TEST_CASE("the token of the largest cluster can be read") {
    JoinToken large = token();
    ClusterState& cluster = large.cluster;
    const std::string name(name_bytes_max, 'n');
    const std::string address(address_bytes_max, ':');
    cluster.paths.assign(paths_max, {.name = name, .fate = name});
    AgreedMember member{.name = name};
    for (std::uint8_t path = 0; path < paths_max; ++path)
        member.addresses.push_back({PathId(path), address});
    cluster.members.assign(members_max, member);
    for (std::uint16_t i = 0; i < members_max; ++i)
        cluster.members[i].id = MemberId(static_cast<std::uint16_t>(i + 1));
    cluster.newest_id = MemberId(members_max);
    cluster.tombstones.assign(tombstones_max, {MemberId(1), name, 1});
    cluster.requests.assign(requests_max, {});
    cluster.keys.assign(agreed_keys_max, {});
    const std::string text = encode(large);
    CHECK(text.size() <= token_text_max);
    CHECK(decode_token(text) == large);
}

TEST_CASE("a secret's digest is another for another secret") {
    Secret other = token().secret;
    other[15] ^= std::byte{1};
    CHECK(digest(token().secret) == digest(token().secret));
    CHECK(digest(token().secret) != digest(other));
}

TEST_CASE("hexadecimal and base64 have one form") {
    const Bytes bytes{std::byte{0x00}, std::byte{0xfb}, std::byte{0xff}, std::byte{0x10}};
    CHECK(hex(bytes) == "00fbff10");
    CHECK(base64(bytes) == "APv_EA");
    CHECK(from_base64("APv_EA") == bytes);
    using Four = std::array<std::byte, 4>;
    REQUIRE(from_hex<Four>("00fbff10").has_value());
    CHECK(from_hex<Four>("00fbff10")->at(1) == std::byte{0xfb});
    for (const char* text : {"", "00fbff1", "00fbff100", "00FBff10", "00fbfg10"}) {
        CAPTURE(text);
        CHECK_FALSE(from_hex<Four>(text).has_value());
    }
    for (const char* text : {"APv_EA=", "APv/EA", "APv_EB", "APv_E", "APv EA",
                             "APv\xdf"
                             "EA"}) {
        CAPTURE(text);
        CHECK_FALSE(from_base64(text).has_value());
    }
    CHECK(from_base64("") == Bytes{});
}

}  // namespace
}  // namespace inquest::wire
