// A daemon's will comes through to its keeper whole, or not at all.
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/testament.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <variant>

using namespace inquest;
using namespace inquest::wire;
using namespace std::chrono_literals;

namespace {

Testament testament() {
    Will will{.self = MemberId(3),
              .incarnation = Incarnation(5),
              .session = Session(2),
              .boot_tag = 77,
              .config_hash = 7,
              .beat_interval = 100ms,
              .restart_grace = 3s,
              .paths = 2};
    for (const PathId path : {PathId(0), PathId(1)}) will.speaks_on.push_back(path);
    for (const MemberId peer : {MemberId(1), MemberId(2)}) will.peers.push_back(peer);
    Testament left{.will = will, .cluster = cluster_tag("prod"), .key_id = KeyId(4)};
    left.key.fill(std::byte{0x5a});
    left.ways = {{PathId(0), "eth0", "192.0.2.3", 7740, {"192.0.2.1", "192.0.2.2"}},
                 {PathId(1), "eth1", "2001:db8::3", 7741, {"2001:db8::1"}}};
    return left;
}

}  // namespace

TEST_CASE("a testament comes through as it was left") {
    const auto read = decode_testament(encode(testament()));
    REQUIRE(read.has_value());
    CHECK(*read == testament());
}

TEST_CASE("that there is none comes through as well") {
    const auto read = decode_testament(encode(std::nullopt));
    REQUIRE(read.has_value());
    CHECK_FALSE(read->has_value());
}

TEST_CASE("no part of a testament is one, nor anything longer") {
    Bytes bytes = encode(testament());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CAPTURE(length);
        CHECK_FALSE(decode_testament(std::span(bytes).first(length)).has_value());
    }
    bytes.push_back(std::byte{0});
    CHECK_FALSE(decode_testament(bytes).has_value());
}

TEST_CASE("a testament of which no beat could be made is refused") {
    struct Row {
        const char* why;
        std::function<void(Testament&)> change;
    };
    const Row rows[] = {
        {"nobody left it", [](Testament& left) { left.will.self = nobody; }},
        {"of no boot", [](Testament& left) { left.will.incarnation = {}; }},
        {"of no run", [](Testament& left) { left.will.session = {}; }},
        {"without paths", [](Testament& left) { left.will.paths = 0; }},
        {"more paths than there are", [](Testament& left) { left.will.paths = paths_max + 1; }},
        {"it spoke on another path",
         [](Testament& left) { left.will.speaks_on.push_back(PathId(2)); }},
        {"it is its own peer", [](Testament& left) { left.will.peers.push_back(MemberId(3)); }},
        {"a peer twice", [](Testament& left) { left.will.peers.push_back(MemberId(2)); }},
        {"nobody is a peer", [](Testament& left) { left.will.peers.push_back(nobody); }},
        {"faster than beats can be", [](Testament& left) { left.will.beat_interval = 1ms; }},
        {"of no length", [](Testament& left) { left.will.restart_grace = 0ms; }},
        {"under no key", [](Testament& left) { left.key_id = {}; }},
        {"a way of no path", [](Testament& left) { left.ways[0].path = PathId(2); }},
        {"to port 0", [](Testament& left) { left.ways[1].port = 0; }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Testament left = testament();
        row.change(left);
        CHECK_FALSE(decode_testament(encode(left)).has_value());
    }
}

TEST_CASE("what a keeper says of a testament has a form on the wire") {
    Keeper keeper;
    keeper.daemon_speaks((*decode_testament(encode(testament())))->will);
    keeper.daemon_died(at(1s));
    Actions actions;
    keeper.step(at(1s), actions);
    REQUIRE(actions.size() == 2);
    for (const Action& action : actions) CHECK(sound(std::get<SendBeat>(action).beat));
}

TEST_CASE("nothing of a key stays where it was wiped") {
    Testament left = testament();
    wipe(left);
    CHECK(left.key == std::array<std::byte, key_bytes>{});
    Bytes bytes = encode(testament());
    wipe(bytes);
    CHECK(bytes.empty());
}
