// Beats as bytes and back: sizes, round trips, the one form, and every refusal with its word.
#include "tests/unit/wire_beats.hpp"

namespace inquest::wire {
namespace {

constexpr std::uint64_t seed = 20261122;

/// Change one beat, or its bytes, in a way that the table names.
using ChangeBytes = void (*)(Bytes&);
using ChangeBeat = void (*)(Beat&);

void put(Bytes& bytes, std::size_t offset, unsigned value) {
    bytes.at(offset) = static_cast<std::byte>(value);
}

// Offsets of the first and second row of a beat for four members on three paths.
constexpr std::size_t first_row = beat_header_bytes;
constexpr std::size_t second_row = first_row + beat_row_bytes + 3;

TEST_CASE("a beat is small") {
    struct Row {
        const char* why;
        std::size_t members;
        std::uint8_t paths;
        std::size_t expect;
        std::size_t limit;
    };
    // clang-format off
    constexpr Row rows[] = {
        {"alone: header and MAC, no row", 1, 1, 66, 160},
        {"the small cluster", 4, 3, 156, 160},
        {"the large one", 32, 4, 1027, 1200},
        {"the largest there can be, in an Ethernet frame", 32, 16, 1399, 1452},
    };
    // clang-format on
    const Keyring keyring = test_keyring();
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Bytes bytes = encoded(calm_beat(row.members, row.paths), keyring);
        CHECK(bytes.size() == row.expect);
        CHECK(bytes.size() <= row.limit);
    }
}

TEST_CASE("the layout is the one that the header documents") {
    Beat beat = calm_beat(2, 2);
    beat.path = PathId{1};
    beat.via = MemberId{0x0203};
    beat.stalled = true;
    beat.sequence = Sequence{0x0102030405060708};
    beat.row[0].left = true;
    beat.row[0].cells[1] = {PathState::blind, BlindReason::stall};
    constexpr TestKey key{9, 0x11};
    const Bytes bytes = encoded(beat, test_keyring({key}));
    const std::uint32_t tag = cluster_tag("lab").value;
    const std::vector<unsigned> expected{'I',
                                         'N',
                                         'Q',
                                         2,  // magic, version
                                         tag & 0xff,
                                         tag >> 8 & 0xff,
                                         tag >> 16 & 0xff,
                                         tag >> 24,  // cluster
                                         9,
                                         2,
                                         0x11,
                                         1,  // key, flags, path, rows
                                         1,
                                         0,
                                         3,
                                         2,  // sender, via
                                         0x07,
                                         0xb0,
                                         0x07,
                                         0xb0,  // boot tag
                                         0x00,
                                         0x16,
                                         0xff,
                                         0xc0,  // config hash
                                         4,
                                         0,
                                         0,
                                         0,  // incarnation
                                         2,
                                         0,
                                         0,
                                         0,  // session
                                         8,
                                         7,
                                         6,
                                         5,
                                         4,
                                         3,
                                         2,
                                         1,  // sequence
                                         1,
                                         0,
                                         2,
                                         0,
                                         0,
                                         0,
                                         0,
                                         0,
                                         0,
                                         0,  // electorate
                                         2,
                                         0,
                                         7,
                                         0,
                                         0,
                                         0,
                                         50,
                                         0,  // peer, incarnation, age
                                         14,
                                         0xe7,
                                         0x03,
                                         0x40,
                                         0x42,
                                         0x0f,
                                         0x00,  // flags, echo
                                         3,
                                         0,
                                         0,
                                         0,
                                         0xe6,
                                         0x03,
                                         0,
                                         0,
                                         0,
                                         0,
                                         0,
                                         0,     // grant
                                         0x00,  // two cells
                                         0x23};
    REQUIRE(bytes.size() == expected.size() + mac_bytes);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(std::to_integer<unsigned>(bytes[i]) == expected[i]);
    }
}

TEST_CASE("what is encoded is decoded unchanged, also into a used Beat") {
    const Keyring keyring = test_keyring();
    BeatMaker maker(seed);
    Beat decoded;
    for (int trial = 0; trial < 5000; ++trial) {
        CAPTURE(trial);
        const Beat beat = maker.next();
        REQUIRE(sound(beat));
        const Bytes bytes = encoded(beat, keyring);
        const auto signature = decode(bytes, keyring, decoded);
        REQUIRE(signature.has_value());
        REQUIRE(decoded == beat);
        REQUIRE(*signature == Signature{KeyId{1}, Signature::Key::signing});
    }
}

TEST_CASE("any change of one bit is refused") {
    const Keyring keyring = test_keyring();
    const Bytes sent = encoded(calm_beat(4, 3), keyring);
    for (std::size_t offset = 0; offset < sent.size(); ++offset) {
        for (int bit = 0; bit < 8; ++bit) {
            CAPTURE(offset);
            CAPTURE(bit);
            Bytes bytes = sent;
            bytes[offset] ^= std::byte{1} << bit;
            CHECK(verdict_on(bytes, keyring) != "sound");
        }
    }
}

TEST_CASE("any truncation is refused as such, and so is a longer datagram") {
    const Keyring keyring = test_keyring();
    BeatMaker maker(seed);
    for (int trial = 0; trial < 20; ++trial) {
        Bytes bytes = encoded(maker.next(), keyring);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            CAPTURE(length);
            CHECK(verdict_on(std::span(bytes).first(length), keyring) == "truncated");
        }
        bytes.push_back(std::byte{0});
        CHECK(verdict_on(bytes, keyring) == "malformed");
    }
}

TEST_CASE("each refusal has its word, the first reason first") {
    struct Row {
        const char* why;
        ChangeBytes change;
        std::string_view expect;
    };
    // clang-format off
    const Row rows[] = {
        {"nothing was changed", [](Bytes&) {}, "sound"},
        {"garbage", [](Bytes& bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{0x5a}); },
         "magic"},
        {"one byte of garbage", [](Bytes& bytes) { bytes.assign(1, std::byte{0x5a}); }, "magic"},
        {"the magic's last byte", [](Bytes& bytes) { put(bytes, 2, 'q'); }, "magic"},
        {"an empty datagram", [](Bytes& bytes) { bytes.clear(); }, "truncated"},
        {"nothing but the magic", [](Bytes& bytes) { bytes.resize(3); }, "truncated"},
        {"an older version", [](Bytes& bytes) { put(bytes, 3, 1); }, "version"},
        {"a newer version", [](Bytes& bytes) { put(bytes, 3, 3); }, "version"},
        {"a newer version may be shorter", [](Bytes& bytes) { put(bytes, 3, 3), bytes.resize(8); },
         "version"},
        {"another cluster", [](Bytes& bytes) { bytes[4] ^= std::byte{1}; }, "other-cluster"},
        {"another cluster with a key of its own",
         [](Bytes& bytes) { bytes[7] ^= std::byte{1}, put(bytes, 8, 77); }, "other-cluster"},
        {"a key that is not here", [](Bytes& bytes) { put(bytes, 8, 2); }, "key"},
        {"key id 0", [](Bytes& bytes) { put(bytes, 8, 0); }, "key"},
        {"more rows promised than came", [](Bytes& bytes) { put(bytes, 11, 4); }, "truncated"},
        {"fewer rows promised than came", [](Bytes& bytes) { put(bytes, 11, 2); }, "malformed"},
        {"more paths promised than came", [](Bytes& bytes) { put(bytes, 10, 0x30); }, "truncated"},
        {"a changed cell", [](Bytes& bytes) { put(bytes, first_row + 15, 2); }, "mac"},
        {"a changed MAC", [](Bytes& bytes) { bytes.back() ^= std::byte{0x80}; }, "mac"},
    };
    // clang-format on
    const Keyring keyring = test_keyring();
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Bytes bytes = encoded(calm_beat(4, 3), keyring);
        row.change(bytes);
        CHECK(verdict_on(bytes, keyring) == row.expect);
    }
}

TEST_CASE("well signed and yet no beat") {
    struct Row {
        const char* why;
        ChangeBytes change;
        std::string_view expect;
    };
    // clang-format off
    const Row rows[] = {
        {"signed again without a change", [](Bytes&) {}, "sound"},
        {"a flag without a meaning", [](Bytes& bytes) { put(bytes, 9, 8); }, "malformed"},
        {"a keeper that names voters", [](Bytes& bytes) { put(bytes, 9, 4); }, "malformed"},
        {"the highest flag", [](Bytes& bytes) { put(bytes, 9, 0x80); }, "malformed"},
        {"the last path", [](Bytes& bytes) { put(bytes, 10, 0x22); }, "sound"},
        {"a path behind the last", [](Bytes& bytes) { put(bytes, 10, 0x23); }, "malformed"},
        {"sender 0", [](Bytes& bytes) { put(bytes, 12, 0); }, "malformed"},
        {"relayed by another", [](Bytes& bytes) { put(bytes, 14, 2); }, "sound"},
        {"relayed by its own sender", [](Bytes& bytes) { put(bytes, 14, 1); }, "malformed"},
        {"incarnation 0", [](Bytes& bytes) { put(bytes, 24, 0); }, "malformed"},
        {"session 0", [](Bytes& bytes) { put(bytes, 28, 0); }, "malformed"},
        {"a row about nobody", [](Bytes& bytes) { put(bytes, first_row, 0); }, "malformed"},
        {"a row about the sender", [](Bytes& bytes) { put(bytes, first_row, 1); }, "malformed"},
        {"two rows about one peer", [](Bytes& bytes) { put(bytes, second_row, 2); }, "malformed"},
        {"another peer with the same low bits",
         [](Bytes& bytes) { put(bytes, second_row, 2 + 64); }, "sound"},
        {"rows in another order",
         [](Bytes& bytes) { put(bytes, first_row, 9), put(bytes, second_row, 8); }, "sound"},
        {"a row's flag without a meaning",
         [](Bytes& bytes) { put(bytes, first_row + 8, 4 | 8 | 16); }, "malformed"},
        {"echo bytes without an echo", [](Bytes& bytes) { put(bytes, first_row + 8, 8); },
         "malformed"},
        {"grant bytes without a grant", [](Bytes& bytes) { put(bytes, first_row + 8, 4); },
         "malformed"},
        {"a grant for no session", [](Bytes& bytes) { put(bytes, first_row + 15, 0); },
         "malformed"},
        {"a grant to one who was never heard", [](Bytes& bytes) { put(bytes, first_row + 2, 0); },
         "malformed"},
        {"a voter after a gap", [](Bytes& bytes) { put(bytes, 48, 4); }, "malformed"},
        {"a fourth voter", [](Bytes& bytes) { put(bytes, 46, 4); }, "sound"},
        {"voters out of order", [](Bytes& bytes) { put(bytes, 44, 2); }, "malformed"},
        {"who grants is no voter", [](Bytes& bytes) { put(bytes, 12, 5); }, "malformed"},
        {"grants among nobody",
         [](Bytes& bytes) { std::fill_n(bytes.begin() + 40, 10, std::byte{0}); }, "malformed"},
        {"an echo of zeros is an echo",
         [](Bytes& bytes) { std::fill_n(bytes.begin() + first_row + 9, 6, std::byte{0}); },
         "sound"},
        {"frozen", [](Bytes& bytes) { put(bytes, first_row + 27, 4); }, "sound"},
        {"a state that there is not", [](Bytes& bytes) { put(bytes, first_row + 27, 5); },
         "malformed"},
        {"blind without a reason", [](Bytes& bytes) { put(bytes, first_row + 28, 3); },
         "malformed"},
        {"blind with the last reason", [](Bytes& bytes) { put(bytes, first_row + 28, 3 | 5 << 3); },
         "sound"},
        {"a reason that there is not", [](Bytes& bytes) { put(bytes, first_row + 28, 3 | 6 << 3); },
         "malformed"},
        {"a reason far beyond", [](Bytes& bytes) { put(bytes, first_row + 29, 0xff); },
         "malformed"},
        {"a reason without blindness", [](Bytes& bytes) { put(bytes, first_row + 29, 1 << 3); },
         "malformed"},
    };
    // clang-format on
    const Keyring keyring = test_keyring();
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Bytes bytes = encoded(calm_beat(4, 3), keyring);
        row.change(bytes);
        sign_again(bytes, keyring);
        CHECK(verdict_on(bytes, keyring) == row.expect);
    }
}

TEST_CASE("more rows than a cluster has members are refused, however well signed") {
    const Keyring keyring = test_keyring();
    for (const std::uint8_t rows : {std::uint8_t{31}, std::uint8_t{32}, std::uint8_t{255}}) {
        CAPTURE(rows);
        Bytes bytes = encoded(calm_beat(32, 1), keyring);
        const Bytes last_row(bytes.end() - mac_bytes - beat_row_bytes - 1, bytes.end() - mac_bytes);
        bytes.resize(beat_bytes(31, 1) - mac_bytes);
        for (unsigned row = 31; row < rows; ++row) {
            bytes.insert(bytes.end(), last_row.begin(), last_row.end());
            put(bytes, bytes.size() - last_row.size(), row + 2);
        }
        bytes.resize(bytes.size() + mac_bytes);
        put(bytes, 11, rows);
        sign_again(bytes, keyring);
        CHECK(verdict_on(bytes, keyring) == (rows == 31 ? "sound" : "malformed"));
    }
}

TEST_CASE("what is decoded is encoded to the same bytes: a beat has one form") {
    const Keyring keyring = test_keyring();
    BeatMaker maker(seed);
    Random random(seed);
    Beat beat;
    int accepted = 0;
    for (int trial = 0; trial < 20000; ++trial) {
        CAPTURE(trial);
        Bytes bytes = encoded(maker.next(), keyring);
        const std::size_t changed = 9 + random.next() % (bytes.size() - 9);
        bytes[changed] ^= static_cast<std::byte>(1U << random.next() % 8);
        sign_again(bytes, keyring);
        if (!decode(bytes, keyring, beat)) continue;
        ++accepted;
        REQUIRE(sound(beat));
        REQUIRE(encoded(beat, keyring) == bytes);
    }
    CHECK(accepted > 1000);
}

TEST_CASE("random bytes are refused, with and without a good beginning") {
    const Keyring keyring = test_keyring();
    Random random(seed);
    for (int trial = 0; trial < 20000; ++trial) {
        Bytes bytes(random.next() % 1280);
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
        if (trial % 2 == 0 && bytes.size() > 9) {
            const Bytes good = encoded(calm_beat(1, 1), keyring);
            std::copy_n(good.begin(), 9, bytes.begin());
        }
        REQUIRE(verdict_on(bytes, keyring) != "sound");
    }
}

TEST_CASE("a retired key is accepted and told apart; a stranger's is not") {
    struct Row {
        const char* why;
        std::initializer_list<TestKey> sender;
        std::initializer_list<TestKey> listener;
        std::string_view expect;
        Signature::Key key;
    };
    // clang-format off
    const Row rows[] = {
        {"one key everywhere", {{1, 7}}, {{1, 7}}, "sound", Signature::Key::signing},
        {"the new key is known and not yet used",
         {{1, 7}},
         {{1, 7}, {2, 8}},
         "sound",
         Signature::Key::signing},
        {"the listener has moved on", {{1, 7}}, {{2, 8}, {1, 7}}, "sound", Signature::Key::retired},
        {"the sender has moved on",
         {{2, 8}, {1, 7}},
         {{1, 7}, {2, 8}},
         "sound",
         Signature::Key::retired},
        {"the listener has dropped it", {{1, 7}}, {{2, 8}}, "key", {}},
        {"the same id, another key", {{1, 7}}, {{1, 8}}, "mac", {}},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const Keyring listener = test_keyring(row.listener);
        const Bytes bytes = encoded(calm_beat(3, 2), test_keyring(row.sender));
        Beat beat;
        const auto signature = decode(bytes, listener, beat);
        CHECK((signature ? std::string_view("sound") : word(signature.error())) == row.expect);
        if (signature) CHECK(*signature == Signature{KeyId{row.sender.begin()->id}, row.key});
    }
}

TEST_CASE("a beat is sound only if it has a form") {
    struct Row {
        const char* why;
        bool expect;
        ChangeBeat change;
    };
    // clang-format off
    const Row rows[] = {
        {"as it is", true, [](Beat&) {}},
        {"no sender", false, [](Beat& beat) { beat.sender = nobody; }},
        {"relayed by itself", false, [](Beat& beat) { beat.via = beat.sender; }},
        {"no path at all", false, [](Beat& beat) { beat.paths = 0; }},
        {"a path behind the last", false, [](Beat& beat) { beat.path = PathId{3}; }},
        {"more paths than there can be", false, [](Beat& beat) { beat.paths = 17; }},
        {"never booted", false, [](Beat& beat) { beat.incarnation = {}; }},
        {"no session", false, [](Beat& beat) { beat.session = {}; }},
        {"a row with a cell too few", false, [](Beat& beat) { beat.row[1].cells.resize(2); }},
        {"a row with a cell too many", false, [](Beat& beat) { beat.row[1].cells.resize(4); }},
        {"one peer twice", false, [](Beat& beat) { beat.row[2].peer = beat.row[0].peer; }},
        {"about itself", false, [](Beat& beat) { beat.row[2].peer = beat.sender; }},
        {"blind for no reason", false,
         [](Beat& beat) {
             beat.row[0].cells[0] = {PathState::blind, BlindReason::none};
         }},
        {"fresh for a reason", false,
         [](Beat& beat) {
             beat.row[0].cells[0] = {PathState::fresh, BlindReason::off};
         }},
        {"off", true, [](Beat& beat) { beat.row[0].cells[0] = off_cell; }},
        {"a peer never heard", true, 
         [](Beat& beat) {
             beat.row[0].incarnation = {};
             beat.row[0].grant.reset();
         }},
        {"a grant to a peer never heard", false, [](Beat& beat) { beat.row[0].incarnation = {}; }},
        {"a grant for no session", false, [](Beat& beat) { beat.row[0].grant->session = {}; }},
        {"grants among nobody", false, [](Beat& beat) { beat.electorate.clear(); }},
        {"voters out of order", false,
         [](Beat& beat) { std::swap(beat.electorate[0], beat.electorate[1]); }},
        {"a voter twice", false, [](Beat& beat) { beat.electorate[1] = beat.electorate[0]; }},
        {"among others alone", false, [](Beat& beat) { beat.electorate[0] = MemberId{7}; }},
    };
    // clang-format on
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Beat beat = calm_beat(4, 3);
        row.change(beat);
        CHECK(sound(beat) == row.expect);
    }
}

TEST_CASE("every refusal has a word of its own") {
    std::vector<std::string_view> words;
    for (int i = 0; i < refusals; ++i) words.push_back(word(static_cast<Refusal>(i)));
    std::sort(words.begin(), words.end());
    CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
    CHECK(std::find(words.begin(), words.end(), "?") == words.end());
}

}  // namespace
}  // namespace inquest::wire
