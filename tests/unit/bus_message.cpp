// Bus messages: the one form, every refusal, hostile bytes; and the timers that knet gets.
#include "heartbeat/base/random.hpp"
#include "heartbeat/bus/message.hpp"
#include "heartbeat/bus/ping_timers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace inquest::bus {
namespace {

using Bytes = std::vector<std::byte>;
using ChangeBytes = void (*)(Bytes&);

constexpr std::uint64_t seed = 20261124;
constexpr MemberId n1{1};
constexpr MemberId n2{2};
const Route to_us{wire::cluster_tag("lab"), n1, n2};

Bytes message(std::size_t body_bytes, Kind kind = Kind::ledger) {
    const Header header = encode(to_us, kind, body_bytes);
    Bytes bytes(header.begin(), header.end());
    bytes.resize(header_bytes + body_bytes, std::byte{0xa5});
    return bytes;
}

void put(Bytes& bytes, std::size_t offset, unsigned value) {
    bytes.at(offset) = static_cast<std::byte>(value);
}

TEST_CASE("a message's layout is the one that the header documents") {
    const Route route{wire::ClusterTag{0x04030201}, MemberId{0x0605}, MemberId{0x0807}};
    const Header header = encode(route, Kind::snapshot, 0x1413);
    constexpr unsigned expected[header_bytes] = {'I', 'N', 'B',  1,  // magic, version
                                                 1,   2,   3,    4,  // cluster
                                                 5,   6,   7,    8,  // sender, receiver
                                                 2,   0,   0x13, 0x14};
    for (std::size_t i = 0; i < header_bytes; ++i) {
        CAPTURE(i);
        CHECK(std::to_integer<unsigned>(header[i]) == expected[i]);
    }
}

TEST_CASE("what encode begins, decode reads") {
    struct Row {
        const char* why;
        Kind kind;
        std::size_t body_bytes;
    };
    constexpr Row rows[] = {
        {"empty", Kind::reply, 0},
        {"ordinary", Kind::request, 84},
        {"the longest that is no snapshot", Kind::ledger, message_bytes_max - header_bytes},
        {"the longest snapshot", Kind::snapshot, long_message_bytes_max - header_bytes},
        {"a probe may be as long", Kind::probe, long_message_bytes_max - header_bytes},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Bytes bytes = message(row.body_bytes, row.kind);
        const auto read = decode(bytes, to_us);
        REQUIRE(read.has_value());
        CHECK(read->sender == n1);
        CHECK(read->kind == row.kind);
        CHECK(read->body.size() == row.body_bytes);
        CHECK(read->body.data() == bytes.data() + header_bytes);
        CHECK(sender_of(bytes) == n1);
        CHECK(receiver_of(bytes) == n2);
    }
}

TEST_CASE("what is no message for us is refused with its word") {
    struct Row {
        const char* why;
        ChangeBytes change;
        Refusal expect;
    };
    constexpr Row rows[] = {
        {"nothing at all", [](Bytes& b) { b.clear(); }, Refusal::truncated},
        {"a header without its end", [](Bytes& b) { b.resize(header_bytes - 1); },
         Refusal::truncated},
        {"a body without its end", [](Bytes& b) { b.pop_back(); }, Refusal::truncated},
        {"a header alone", [](Bytes& b) { b.resize(header_bytes); }, Refusal::truncated},
        {"a beat", [](Bytes& b) { put(b, 2, 'Q'); }, Refusal::magic},
        {"a later version", [](Bytes& b) { put(b, 3, 2); }, Refusal::version},
        {"another cluster", [](Bytes& b) { b[4] ^= std::byte{1}; }, Refusal::other_cluster},
        {"from nobody", [](Bytes& b) { put(b, 8, 0); }, Refusal::sender},
        {"under another's name", [](Bytes& b) { put(b, 8, 3); }, Refusal::sender},
        {"from ourselves", [](Bytes& b) { put(b, 8, 2); }, Refusal::sender},
        {"for another", [](Bytes& b) { put(b, 10, 3); }, Refusal::receiver},
        {"for nobody", [](Bytes& b) { put(b, 10, 0); }, Refusal::receiver},
        {"kind 0", [](Bytes& b) { put(b, 12, 0); }, Refusal::kind},
        {"a kind of the future", [](Bytes& b) { put(b, 12, 6); }, Refusal::kind},
        {"the last kind there could be", [](Bytes& b) { put(b, 12, 255); }, Refusal::kind},
        {"too long for its kind",
         [](Bytes& b) {
             b = message(message_bytes_max, Kind::snapshot);
             put(b, 12, 1);
         },
         Refusal::oversized},
        {"promises too much", [](Bytes& b) { put(b, 15, 255); }, Refusal::oversized},
        {"longer than any",
         [](Bytes& b) {
             b = message(long_message_bytes_max - header_bytes, Kind::snapshot);
             b.push_back({});
         },
         Refusal::oversized},
        {"something behind its end", [](Bytes& b) { b.push_back({}); }, Refusal::malformed},
        {"a bit without a meaning", [](Bytes& b) { put(b, 13, 128); }, Refusal::malformed},
    };
    std::set<std::string_view> seen;
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Bytes bytes = message(40);
        row.change(bytes);
        const auto read = decode(bytes, to_us);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error() == row.expect);
        seen.insert(word(read.error()));
    }
    CHECK_MESSAGE(seen.size() == refusals, "each refusal has a row, and a word of its own");
}

TEST_CASE("each changed bit of a header is noticed") {
    const Bytes good = message(40);
    for (std::size_t bit = 0; bit < 8 * header_bytes; ++bit) {
        CAPTURE(bit);
        Bytes bytes = good;
        bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        const auto read = decode(bytes, to_us);
        // The kind alone may turn into another kind: who means it is for its reader to judge.
        const bool is_another_kind = bit / 8 == 12 && read && read->kind != Kind::ledger;
        CHECK((!read.has_value() || is_another_kind));
    }
}

TEST_CASE("any bytes are answered") {
    Random random(seed);
    for (int i = 0; i < 50'000; ++i) {
        Bytes bytes = i % 2 == 0 ? message(random.next() % 64) : Bytes(random.next() % 80);
        for (std::uint64_t changes = random.next() % 4; changes > 0 && !bytes.empty(); --changes) {
            bytes[random.next() % bytes.size()] = static_cast<std::byte>(random.next());
        }
        const auto read = decode(bytes, to_us);
        if (!read) continue;
        // One form: what was read would be written just so.
        const Header header = encode(to_us, read->kind, read->body.size());
        CHECK(std::equal(header.begin(), header.end(), bytes.begin()));
        CHECK(read->body.size() + header_bytes == bytes.size());
    }
    CHECK(sender_of({}) == nobody);
    CHECK(receiver_of(Bytes(header_bytes)) == nobody);
}

TEST_CASE("the links' timers follow from the cluster's") {
    struct Row {
        const char* why;
        Duration beat_interval;
        Duration interval;
        Duration timeout;
    };
    constexpr Row rows[] = {
        {"profile fast: knet cannot ask more often", 10ms, 200ms, 1s},
        {"profile default", 100ms, 200ms, 1s},
        {"a slow cluster", 300ms, 600ms, 3s},
        {"the slowest: a healed path does not wait for it", 10s, 1s, 5s},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const PingTimers timers = ping_timers({.beat_interval = row.beat_interval});
        CHECK(timers.interval == row.interval);
        CHECK(timers.timeout == row.timeout);
    }
}

}  // namespace
}  // namespace inquest::bus
