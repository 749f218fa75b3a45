// Ledgers' messages as bytes and back: sizes, round trips, the one form, every refusal.
#include "heartbeat/bus/message.hpp"
#include "heartbeat/ledger/settings.hpp"
#include "heartbeat/wire/ledger_parts.hpp"
#include "tests/unit/ledger_messages.hpp"
#include "tests/unit/ledger_one.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace inquest::wire {
namespace {

using namespace ledger;

constexpr std::uint64_t seed = 20261125;
constexpr LedgerRoute ordinary{MemberId{1}, MemberId{2}, LedgerSort::ordinary};
constexpr LedgerRoute of_a_chunk{MemberId{1}, MemberId{2}, LedgerSort::chunk};

constexpr auto would_you = VoteRequest::Stage::would_you;
constexpr auto give = VoteRequest::Stage::give;

/// Change the bytes in a way that the table names.
using ChangeBytes = void (*)(Bytes&);

void put(Bytes& bytes, std::size_t offset, unsigned value) {
    bytes.at(offset) = static_cast<std::byte>(value);
}

/// The answer of decode() where only the refusal counts; `sound` where there is none.
std::string_view verdict_on(std::span<const std::byte> bytes, const LedgerRoute& route) {
    const auto outcome = decode(bytes, route);
    return outcome ? std::string_view("sound") : word(outcome.error());
}

Message four_entries() {
    return message_of(append_of({entry_of(EntryKind::noop), entry_of(EntryKind::command, 3),
                                 change_of(as_many(2, 1), 2), entry_of(EntryKind::settled)}));
}

// ---- Sizes -------------------------------------------------------------------------------------

std::size_t bus_bytes_max(LedgerSort sort) {
    return bus::body_bytes_max(sort == LedgerSort::chunk ? bus::Kind::snapshot : bus::Kind::ledger);
}

TEST_CASE("a ledger's message fits the bus, and leaves what is to be left free") {
    CHECK(bus::header_bytes <= envelope_bytes_max);
    CHECK(message_bytes_max == bus::message_bytes_max);
    CHECK(chunk_message_bytes_max == bus::long_message_bytes_max);
    for (const LedgerSort sort : {LedgerSort::ordinary, LedgerSort::chunk}) {
        CHECK(ledger_body_bytes_max(sort) <= bus_bytes_max(sort));
    }
}

TEST_CASE("each type of message has the length that the layout says") {
    SnapshotChunk largest = chunk_of(chunk_room_bytes);
    largest.membership.now = most_members();
    largest.membership.before = some_members<Voters>(voters_max);
    struct Row {
        const char* why;
        Message::Body body;
        std::size_t expect;
    };
    // clang-format off
    const Row rows[] = {
        {"a vote is asked for", VoteRequest{give, Index{3}, Term{2}}, 27},
        {"and given", VoteReply{give, VoteReply::Answer::yes}, 12},
        {"the leader still leads", append_of({}), 35},
        {"a noop", append_of({entry_of(EntryKind::noop)}), 35 + 11},
        {"one of each kind", four_entries().body, 35 + 4 * 11 + 3 + (2 + 6 + 2)},
        {"as many entries as there can be",
         append_of(std::vector(append_entries_max, entry_of(EntryKind::noop))),
         35 + 11 * append_entries_max},
        {"the longest command", append_of({entry_of(EntryKind::command, command_bytes_max)}), 1120},
        {"the longest change", append_of({change_of(most_members(), change_bytes_max)}), 1120},
        {"accepted", AppendAccepted{Index{3}}, 18},
        {"refused", AppendRefused{Index{3}, Index{2}}, 26},
        {"a chunk without a byte", chunk_of(0), 44 + (2 + 8) + (1 + 4) + 16},
        {"the largest chunk", largest, 60 * 1024 - 80},
        {"taken", ChunkTaken{Index{3}, 2}, 26},
        {"a stranger", NotMember{Index{3}}, 18},
    };
    // clang-format on
    std::set<std::size_t> types;
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Message message = message_of(row.body);
        REQUIRE(sound(message));
        const Bytes bytes = encoded(message);
        CHECK(bytes.size() == row.expect);
        CHECK(bytes.size() == body_bytes(message));
        CHECK(bytes.size() <= ledger_body_bytes_max(sort_of(message)));
        const auto read = decode(bytes, route_of(message));
        REQUIRE(read.has_value());
        CHECK(*read == message);
        types.insert(row.body.index());
    }
    CHECK_MESSAGE(types.size() == std::variant_size_v<Message::Body>, "every type has a row");
}

TEST_CASE("one byte or entry more than the largest has no form") {
    std::vector<Entry> too_many(append_entries_max + 1, entry_of(EntryKind::noop));
    SnapshotChunk at_the_end = chunk_of(10);
    at_the_end.total_bytes = at_the_end.offset_bytes + 10;
    SnapshotChunk past_the_end = at_the_end;
    --past_the_end.total_bytes;
    SnapshotChunk begins_past_the_end = chunk_of(0);
    begins_past_the_end.offset_bytes = begins_past_the_end.total_bytes + 1;
    struct Row {
        const char* why;
        Message::Body body;
        bool expect;
    };
    // clang-format off
    const Row rows[] = {
        {"the longest command", append_of({entry_of(EntryKind::command, command_bytes_max)}), true},
        {"longer", append_of({entry_of(EntryKind::command, command_bytes_max + 1)}), false},
        {"the longest change", append_of({change_of(most_members(), change_bytes_max)}), true},
        {"longer", append_of({change_of(most_members(), change_bytes_max + 1)}), false},
        {"two that share the room",
         append_of({entry_of(EntryKind::command, 500),
                    entry_of(EntryKind::command, command_bytes_max - 511)}), true},
        {"one byte too many for both",
         append_of({entry_of(EntryKind::command, 501),
                    entry_of(EntryKind::command, command_bytes_max - 511)}), false},
        {"too many entries", append_of(std::move(too_many)), false},
        {"the largest chunk", chunk_of(chunk_room_bytes), true},
        {"larger", chunk_of(chunk_room_bytes + 1), false},
        {"a chunk up to the end", at_the_end, true},
        {"past it", past_the_end, false},
        {"a chunk that begins past it", begins_past_the_end, false},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(sound(message_of(row.body)) == row.expect);
    }
}

TEST_CASE("ledgers whose chunks would not fit a message are refused") {
    Settings settings;
    settings.self = MemberId{1};
    settings.chunk_bytes_max = chunk_room_bytes;
    CHECK(settings.sound());
    ++settings.chunk_bytes_max;
    CHECK_FALSE(settings.sound());
}

/// A change with the longest content there may be, in a cluster that it makes as large as one can
/// be.
TEST_CASE("the largest Append that a ledger makes fits one datagram") {
    Restored restored = beginning(some_members<Voters>(voters_max));
    Members members = as_many(voters_max, 0);
    members.learners = some_members<decltype(members.learners)>(members_max - voters_max - 1, 300);
    restored.snapshot.membership.now = members;
    test::LedgerOne one(restored);
    one.step(Wake{});
    one.now = one.ledger.next_deadline();
    one.step(Wake{});
    for (const auto stage : {would_you, give}) {
        one.persisted();
        for (const int voter : {2, 3}) {
            one.receive(voter, one.ledger.term().value, VoteReply{stage, VoteReply::Answer::yes});
        }
    }
    one.persisted();
    REQUIRE(one.ledger.role() == Role::leader);
    for (const int voter : {2, 3}) one.receive(voter, 1, AppendAccepted{Index{1}});
    one.forget();
    const Change taken_in{Change::Kind::add_learner, MemberId{500}};
    one.step(ProposeChange{1, taken_in, Bytes(change_bytes_max)});
    const std::vector<Append> appends = one.sent<Append>(2);
    REQUIRE(appends.size() == 1);
    REQUIRE(appends[0].entries.size() == 1);
    const Members& told = appends[0].entries[0].members;
    CHECK(told.voters.size() + told.learners.size() == members_max);
    const Message message = message_of(appends[0]);
    const Bytes bytes = encoded(message);
    CHECK(bytes.size() == ledger_body_bytes_max(LedgerSort::ordinary));
    CHECK(bus::header_bytes + bytes.size() <= bus::message_bytes_max);
    CHECK(decode(bytes, ordinary) == message);
}

// ---- The layout --------------------------------------------------------------------------------

void check_bytes(const Message& message, const std::vector<unsigned>& expected) {
    const Bytes bytes = encoded(message);
    REQUIRE(bytes.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(std::to_integer<unsigned>(bytes[i]) == expected[i]);
    }
}

TEST_CASE("the layout of an Append is the one that the header documents") {
    Append append{Index{0x1112}, Term{0x2122}, Index{0x3132}, {}};
    append.entries.push_back(change_of(as_many(1, 1), 2));
    append.entries.back().index = append.previous + 1;
    append.entries.back().term = Term{0x4142};
    Message message = message_of(append);
    message.term = Term{0x0102030405060708};
    // clang-format off
    check_bytes(message, {
        1, 3, 8, 7, 6, 5, 4, 3, 2, 1,     // version, type, term
        0x12, 0x11, 0, 0, 0, 0, 0, 0,     // previous
        0x22, 0x21, 0, 0, 0, 0, 0, 0,     // its term
        0x32, 0x31, 0, 0, 0, 0, 0, 0,     // commit
        1,                                // entries
        0x42, 0x41, 0, 0, 0, 0, 0, 0,     // the entry's term
        2, 2, 0,                          // kind, bytes
        1, 1, 1, 0, 0x2c, 0x01,           // members: 1 votes, 300 learns
        0xa5, 0xa5});
    // clang-format on
}

TEST_CASE("the layout of a SnapshotChunk is the one that the header documents") {
    SnapshotChunk chunk = chunk_of(3);
    chunk.membership.now = as_many(2, 1);
    // clang-format off
    check_bytes(message_of(chunk), {
        1, 6, 7, 0, 0, 0, 0, 0, 0, 0,     // version, type, term
        90, 0, 0, 0, 0, 0, 0, 0,          // index
        6, 0, 0, 0, 0, 0, 0, 0,           // its term
        0xa0, 0x86, 0x01, 0, 0, 0, 0, 0,  // total
        0xe8, 0x03, 0, 0, 0, 0, 0, 0,     // offset
        3, 0,                             // bytes
        2, 1, 1, 0, 2, 0, 0x2c, 0x01,     // members
        2, 1, 0, 2, 0,                    // before
        80, 0, 0, 0, 0, 0, 0, 0,          // changed
        81, 0, 0, 0, 0, 0, 0, 0,          // settled
        0x5a, 0x5a, 0x5a});
    // clang-format on
}

TEST_CASE("the layouts of the small messages are those that the header documents") {
    const auto row = [](Message::Body body, std::vector<unsigned> expected) {
        const std::vector<unsigned> term{7, 0, 0, 0, 0, 0, 0, 0};
        expected.insert(expected.begin() + 1, term.begin(), term.end());
        expected.insert(expected.begin(), 1);
        check_bytes(message_of(body), expected);
    };
    // clang-format off
    row(VoteRequest{give, Index{3}, Term{2}},
        {1, 1, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0});
    row(VoteReply{would_you, VoteReply::Answer::yes}, {2, 0, 1});
    row(AppendAccepted{Index{3}}, {4, 3, 0, 0, 0, 0, 0, 0, 0});
    row(AppendRefused{Index{3}, Index{2}}, {5, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0});
    row(ChunkTaken{Index{3}, 4}, {7, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0});
    row(NotMember{Index{3}}, {8, 3, 0, 0, 0, 0, 0, 0, 0});
    // clang-format on
}

// ---- Round trips -------------------------------------------------------------------------------

TEST_CASE("what is encoded is decoded unchanged") {
    LedgerMessageMaker maker(seed);
    std::set<std::size_t> types;
    for (int trial = 0; trial < 20'000; ++trial) {
        CAPTURE(trial);
        const Message message = maker.next();
        REQUIRE(sound(message));
        const Bytes bytes = encoded(message);
        const auto read = decode(bytes, route_of(message));
        REQUIRE(read.has_value());
        REQUIRE(*read == message);
        types.insert(message.body.index());
    }
    CHECK(types.size() == std::variant_size_v<Message::Body>);
}

TEST_CASE("who speaks to whom is what the bus says") {
    const Bytes bytes = encoded(message_of(NotMember{Index{3}}));
    const auto read = decode(bytes, {MemberId{8}, MemberId{9}, LedgerSort::ordinary});
    REQUIRE(read.has_value());
    CHECK(read->from == MemberId{8});
    CHECK(read->to == MemberId{9});
}

TEST_CASE("what is decoded is encoded to the same bytes: a message has one form") {
    LedgerMessageMaker maker(seed);
    Random random(seed);
    int accepted = 0;
    int refused = 0;
    for (int trial = 0; trial < 50'000; ++trial) {
        CAPTURE(trial);
        const Message message = maker.next();
        Bytes bytes = encoded(message);
        for (std::uint64_t changes = 1 + random.next() % 3; changes > 0; --changes) {
            const std::size_t changed = random.next() % bytes.size();
            bytes[changed] ^= static_cast<std::byte>(1U << random.next() % 8);
        }
        if (random.next() % 8 == 0) bytes.resize(random.next() % (bytes.size() + 20));
        const auto read = decode(bytes, route_of(message));
        ++(read ? accepted : refused);
        if (!read) continue;
        REQUIRE(sound(*read));
        REQUIRE(encoded(*read) == bytes);
    }
    CHECK(accepted > 10'000);
    CHECK(refused > 10'000);
}

TEST_CASE("random bytes with a good beginning are answered") {
    Random random(seed);
    for (int trial = 0; trial < 50'000; ++trial) {
        CAPTURE(trial);
        Bytes bytes(random.next() % 200);
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
        if (bytes.size() > 2) put(bytes, 0, ledger_version);
        if (bytes.size() > 2) put(bytes, 1, 1 + trial % 8);
        const auto route = trial % 8 == 5 ? of_a_chunk : ordinary;
        const auto read = decode(bytes, route);
        if (read) REQUIRE(encoded(*read) == bytes);
    }
}

TEST_CASE("any truncation is refused as such, and so is what is longer") {
    LedgerMessageMaker maker(seed);
    for (int trial = 0; trial < 200; ++trial) {
        CAPTURE(trial);
        const Message message = maker.next();
        Bytes bytes = encoded(message);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            CAPTURE(length);
            REQUIRE(verdict_on(std::span(bytes).first(length), route_of(message)) == "truncated");
        }
        bytes.push_back(std::byte{0});
        REQUIRE(verdict_on(bytes, route_of(message)) == "malformed");
    }
}

// ---- Refusals ----------------------------------------------------------------------------------

// Offsets in four_entries().
constexpr std::size_t entries = 34;
constexpr std::size_t first_entry = 35;
constexpr std::size_t command_entry = first_entry + 11;
constexpr std::size_t change_entry = command_entry + 11 + 3;
constexpr std::size_t change_members = change_entry + 11;
constexpr std::size_t last_entry = change_members + 8 + 2;

TEST_CASE("what is no message of a ledger is refused with its word, the first reason first") {
    struct Row {
        const char* why;
        ChangeBytes change;
        std::string_view expect;
    };
    // clang-format off
    const Row rows[] = {
        {"nothing was changed", [](Bytes&) {}, "sound"},
        {"nothing at all", [](Bytes& b) { b.clear(); }, "truncated"},
        {"an older version", [](Bytes& b) { put(b, 0, 0); }, "version"},
        {"a newer version", [](Bytes& b) { put(b, 0, 2); }, "version"},
        {"a newer version may be shorter", [](Bytes& b) { put(b, 0, 2), b.resize(1); }, "version"},
        {"and longer", [](Bytes& b) { put(b, 0, 2), b.resize(70'000); }, "version"},
        {"too long", [](Bytes& b) { b.resize(1121); }, "oversized"},
        {"as long as can be, and not what it says", [](Bytes& b) { b.resize(1120); }, "malformed"},
        {"too long for a type that there is not", [](Bytes& b) { put(b, 1, 9), b.resize(1121); },
         "oversized"},
        {"no whole header, whatever the type", [](Bytes& b) { put(b, 1, 9), b.resize(9); },
         "truncated"},
        {"type 0", [](Bytes& b) { put(b, 1, 0); }, "type"},
        {"the first type that there is not", [](Bytes& b) { put(b, 1, 9); }, "type"},
        {"the last", [](Bytes& b) { put(b, 1, 255); }, "type"},
        {"a chunk in an ordinary message", [](Bytes& b) { put(b, 1, 6); }, "misplaced"},
        {"a header alone", [](Bytes& b) { b.resize(10); }, "truncated"},
        {"without its last entry", [](Bytes& b) { b.resize(last_entry); }, "truncated"},
        {"more entries than came", [](Bytes& b) { put(b, entries, 5); }, "truncated"},
        {"as many as a byte can say", [](Bytes& b) { put(b, entries, 255); }, "truncated"},
        {"fewer entries than came", [](Bytes& b) { put(b, entries, 3); }, "malformed"},
        {"a kind that there is not", [](Bytes& b) { put(b, first_entry + 8, 4); }, "malformed"},
        {"a noop with a content", [](Bytes& b) { put(b, command_entry + 8, 0); }, "malformed"},
        {"a noop that is called settled", [](Bytes& b) { put(b, first_entry + 8, 3); }, "sound"},
        {"a settled that is called a noop", [](Bytes& b) { put(b, last_entry + 8, 0); }, "sound"},
        {"a content that goes on past the end", [](Bytes& b) { put(b, command_entry + 10, 255); },
         "truncated"},
        {"more voters than there can be", [](Bytes& b) { put(b, change_members, 6); }, "malformed"},
        {"more learners than there can be", [](Bytes& b) { put(b, change_members + 1, 33); },
         "malformed"},
        {"no voter", [](Bytes& b) {
             put(b, change_members, 0);
             put(b, change_members + 1, 3);
         }, "malformed"},
        {"nobody votes", [](Bytes& b) { put(b, change_members + 2, 0); }, "malformed"},
        {"a voter twice", [](Bytes& b) { put(b, change_members + 4, 1); }, "malformed"},
        {"voters out of order", [](Bytes& b) { put(b, change_members + 2, 3); }, "malformed"},
        {"a voter that also learns", [](Bytes& b) {
             put(b, change_members + 6, 2);
             put(b, change_members + 7, 0);
         }, "malformed"},
        {"another learner", [](Bytes& b) { put(b, change_members + 6, 3); }, "sound"},
        {"something behind its end", [](Bytes& b) { b.push_back({}); }, "malformed"},
    };
    // clang-format on
    std::set<std::string_view> seen;
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Bytes bytes = encoded(four_entries());
        row.change(bytes);
        const std::string_view verdict = verdict_on(bytes, ordinary);
        CHECK(verdict == row.expect);
        seen.insert(verdict);
    }
    CHECK_MESSAGE(seen.size() == ledger_refusals + 1, "each has a row, and a word of its own");
}

TEST_CASE("the small messages' refusals") {
    struct Row {
        const char* why;
        Message::Body body;
        ChangeBytes change;
        std::string_view expect;
    };
    // clang-format off
    const Row rows[] = {
        {"a stage that there is not", VoteRequest{give, {}, {}},
         [](Bytes& b) { put(b, 10, 2); }, "malformed"},
        {"the other stage", VoteRequest{give, {}, {}}, [](Bytes& b) { put(b, 10, 0); }, "sound"},
        {"a reply to a stage that there is not", VoteReply{},
         [](Bytes& b) { put(b, 10, 2); }, "malformed"},
        {"perhaps", VoteReply{}, [](Bytes& b) { put(b, 11, 2); }, "malformed"},
        {"yes", VoteReply{}, [](Bytes& b) { put(b, 11, 1); }, "sound"},
        {"a hint that is before", AppendRefused{Index{3}, Index{2}}, [](Bytes&) {}, "sound"},
        {"one that is not", AppendRefused{Index{3}, Index{2}},
         [](Bytes& b) { put(b, 18, 3); }, "malformed"},
        {"of a lower term", AppendRefused{}, [](Bytes&) {}, "sound"},
        {"a hint without a request", AppendRefused{},
         [](Bytes& b) { put(b, 18, 1); }, "malformed"},
        {"a request become a reply", VoteRequest{}, [](Bytes& b) { put(b, 1, 2); }, "malformed"},
        {"a reply become a request", VoteReply{}, [](Bytes& b) { put(b, 1, 1); }, "truncated"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Bytes bytes = encoded(message_of(row.body));
        row.change(bytes);
        CHECK(verdict_on(bytes, ordinary) == row.expect);
    }
}

TEST_CASE("a chunk's refusals") {
    constexpr std::size_t members = 44;
    constexpr std::size_t before = members + 2 + 2 * 4;
    struct Row {
        const char* why;
        ChangeBytes change;
        std::string_view expect;
    };
    // clang-format off
    const Row rows[] = {
        {"nothing was changed", [](Bytes&) {}, "sound"},
        {"an ordinary message in its place", [](Bytes& b) { put(b, 1, 3); }, "misplaced"},
        {"too long", [](Bytes& b) { b.resize(60 * 1024 - 80 + 1); }, "oversized"},
        {"as long as can be", [](Bytes& b) { b.resize(60 * 1024 - 80); }, "malformed"},
        {"more bytes than came", [](Bytes& b) { put(b, 42, 21); }, "truncated"},
        {"fewer", [](Bytes& b) { put(b, 42, 19); }, "malformed"},
        {"it ends past the end of the whole", [](Bytes& b) { put(b, 28, 0), put(b, 27, 0); },
         "malformed"},
        {"the offset and its bytes overflow",
         [](Bytes& b) { std::fill_n(b.begin() + 26, 16, std::byte{0xff}); }, "malformed"},
        {"a member too many", [](Bytes& b) { put(b, members + 1, 33); }, "malformed"},
        {"before: more than there can be", [](Bytes& b) { put(b, before, 6); }, "malformed"},
        {"before: nobody", [](Bytes& b) { put(b, before + 1, 0); }, "malformed"},
        {"before: out of order", [](Bytes& b) { put(b, before + 1, 2); }, "malformed"},
        {"before: another", [](Bytes& b) { put(b, before + 3, 9); }, "sound"},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Bytes bytes = encoded(message_of(chunk_of(20)));
        row.change(bytes);
        CHECK(verdict_on(bytes, of_a_chunk) == row.expect);
    }
}

TEST_CASE("a snapshot of a member that knew of no cluster can be sent") {
    SnapshotChunk chunk = chunk_of(20);
    chunk.membership = {};
    const Message message = message_of(chunk);
    REQUIRE(sound(message));
    CHECK(decode(encoded(message), of_a_chunk) == message);
}

TEST_CASE("more members than a cluster may have are refused, however they are split") {
    struct Row {
        const char* why;
        std::size_t voters;
        std::size_t learners;
        bool expect;
    };
    constexpr Row rows[] = {
        {"one voter", 1, 0, true},
        {"all voters", voters_max, 0, true},
        {"as many as may be", voters_max, members_max - voters_max, true},
        {"one more", voters_max, members_max - voters_max + 1, false},
        {"one voter, all others learn", 1, members_max - 1, true},
        {"one more", 1, members_max, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Members members = as_many(row.voters, row.learners);
        CHECK(sound(members) == row.expect);
        Bytes bytes(ledger::encoded_bytes(members));
        ByteWriter writer(bytes);
        write(writer, members);
        CHECK(writer.room_bytes() == 0);
        ByteReader reader(bytes);
        Members again;
        CHECK(read(reader, again) == row.expect);
        CHECK(reader.at_end());
        if (row.expect) CHECK(again == members);
    }
}

}  // namespace
}  // namespace inquest::wire
