// Entries and states of the ledger as bytes: one form each, there and back, and no other.
#include "heartbeat/base/random.hpp"
#include "heartbeat/ledger/message.hpp"
#include "heartbeat/wire/cluster_codec.hpp"
#include "tests/unit/core_cluster_states.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>

namespace inquest::test {

namespace {

using wire::Bytes;

/// Every field at its largest: an address on every path.
AgreedMember largest_member(int number) {
    AgreedMember member = newcomer(number);
    member.name = std::string(name_bytes_max, 'n');
    member.role = Role::witness;
    member.maintenance = Maintenance::on;
    member.incarnation = Incarnation(std::numeric_limits<std::uint32_t>::max());
    member.addresses.clear();
    for (int i = 0; i < static_cast<int>(paths_max); ++i) {
        member.addresses.push_back({path_id(i), std::string(address_bytes_max, 'f')});
    }
    return member;
}

Electorate all_witnesses() {
    Electorate witnesses;
    for (int i = 0; i < static_cast<int>(voters_max); ++i) witnesses.push_back(id(60'000 + i));
    return witnesses;
}

/// Another kind for each number.
Watchdog watchdog(std::size_t number) {
    return {static_cast<WatchdogKind>(number % watchdog_kinds), static_cast<Trusted>(number % 2),
            Duration(100 + static_cast<Duration::rep>(number))};
}

FenceDevice largest_device(const std::string& name) {
    FenceDevice device{.name = name,
                       .agent = std::string(fence_name_bytes_max, 'a'),
                       .proves = FenceProof::storage,
                       .options = {},
                       .plugs = {},
                       .secrets = std::string(name_bytes_max, 's'),
                       .run_by = {},
                       .timeout = Duration(18)};
    device.options = {{"name", std::string(fence_word_bytes_max, 'v')},
                      {std::string(fence_word_bytes_max, 'n'), "value"}};
    for (int i = 1; i <= static_cast<int>(members_max); ++i) {
        device.plugs.push_back({id(i), std::string(8, 'p')});
        device.run_by.push_back(id(i));
    }
    return device;
}

FencePlan largest_plan() {
    FencePlan plan{.levels = {}, .delay = Duration(19), .priority = 255, .fate = {}};
    plan.fate = std::string(name_bytes_max, 'f');
    const FencePart part{FencePart::Kind::device, std::string(fence_name_bytes_max, 'd')};
    plan.levels = std::vector<FenceLevel>(fence_levels_max, FenceLevel(fence_parts_max, part));
    plan.levels.back().back() = {FencePart::Kind::itself, ""};
    return plan;
}

FenceAttempt largest_attempt() {
    FenceAttempt attempt{.index = 99, .level = 3, .tasks = {}, .wall_seconds = -3};
    for (std::size_t i = 0; i < fence_parts_max; ++i)
        attempt.tasks.push_back({.part = {FencePart::Kind::device, "bmc"},
                                 .proves = FenceProof::storage,
                                 .by = id(7),
                                 .result = static_cast<FenceResult>(i % fence_results),
                                 .why = std::string(fence_why_bytes_max, 'w')});
    return attempt;
}

/// One of each sentence, with values that differ from a blank one's.
std::vector<ClusterEntry> one_of_each() {
    const Timing timing{Duration(1), Duration::max(), Duration::min(), Duration(-1),
                        Duration(2), Duration(3),     Duration(4),     Duration(5)};
    std::vector<ClusterEntry> all;
    const auto add = [&](ClusterEntry::Body body) {
        all.push_back(entry(std::move(body), 0x1122334455667788));
        all.back().wall_seconds = -5;
    };
    AgreedPath terms = path("lan-a", "sw-a");
    terms.kind = PathKind::disk;
    terms.admin = Switched::off;
    add(Founded{"lab", {std::byte{1}, std::byte{2}}, timing});
    add(PathSet{path_id(15), terms});
    add(TimingSet{timing});
    add(Invited{largest_member(65535)});
    add(Joined{id(2), secret_of(9)});
    add(VoteSet{id(3), Vote::yes});
    add(Removed{id(4), key(3)});
    add(KeyAdded{key(255)});
    add(KeyTakesOver{KeyNumber{7}});
    add(ArmedSet{Armed::yes});
    add(MaintenanceSet{id(5), Maintenance::on});
    add(IncarnationBegun{id(6), Incarnation(7), 8});
    add(InvitedAnew{id(7), Role::witness, Vote::no, secret_of(8), largest_member(7).addresses});
    add(Recovered{5, id(8), key(4), std::string(name_bytes_max, 'r'), -6});
    add(Condemned{id(9), Incarnation(10), Hold::too_many, Duration(11), all_witnesses(), -7});
    add(Acquitted{id(10), std::uint64_t{1} << 40});
    add(ConfirmedOff{id(11), std::uint64_t{1} << 41, std::string(name_bytes_max, 'p')});
    add(HoldLifted{id(12), std::uint64_t{1} << 42});
    add(TermsSet{id(13),
                 Incarnation(14),
                 std::uint64_t{1} << 43,
                 {WatchdogKind::shared, Trusted::yes, Duration(15)}});
    add(SelfFenceElapsed{id(14), std::uint64_t{1} << 44, Duration(16)});
    add(Released{id(15), std::uint64_t{1} << 45});
    add(FenceDeviceSet{largest_device("d")});
    add(FenceDeviceDropped{std::string(fence_name_bytes_max, 'd')});
    add(FencePlanSet{id(16), largest_plan()});
    add(StormGuardSet{{.limit = 255, .window = Duration(17)}});
    add(FenceBegun{id(17), std::uint64_t{1} << 46, 65535, 255,
                   std::vector<MemberId>(fence_parts_max, id(18)), -8});
    add(FenceAnswered{id(18), std::uint64_t{1} << 47, std::uint64_t{1} << 48, 255, id(19),
                      FenceResult::failed, std::string(fence_why_bytes_max, 'w')});
    return all;
}

/// Every list at its longest, and every word of what is said of members among them.
ClusterState full_state() {
    ClusterState state{.index = 1 << 20, .hash = ~std::uint64_t{0}, .name = "lab"};
    state.generation = 3;
    state.armed = Armed::yes;
    state.timing = Timing::fast();
    state.timing_index = state.index - 1;
    for (int i = 0; i < static_cast<int>(paths_max); ++i) {
        state.paths.push_back(path("lan-" + std::string(1, static_cast<char>('a' + i)), "sw"));
    }
    for (int i = 1; i <= static_cast<int>(members_max); ++i) {
        state.members.push_back(largest_member(i * 2000));
        const auto number = static_cast<std::size_t>(i);
        state.members.back().terms = Terms{.watchdog = watchdog(number), .lease = Duration(i)};
        state.members.back().fence = largest_plan();
        state.members.back().condemnation = {.index = 77,
                                             .incarnation = state.members.back().incarnation,
                                             .hold = Hold::too_many,
                                             .silence = Duration(5),
                                             .witnesses = all_witnesses(),
                                             .wall_seconds = -9,
                                             .receipt = static_cast<Receipt>(number % receipts),
                                             .person = std::string(name_bytes_max, 'p'),
                                             .released = i % 2 == 0,
                                             .attempts = 65535,
                                             .attempt = largest_attempt()};
    }
    for (int i = 0; i < static_cast<int>(tombstones_max); ++i) {
        state.tombstones.push_back({id(i + 1), std::string(name_bytes_max, 't'), 1000});
    }
    state.keys = {key(1), key(2)};
    state.key_waiting = KeyNumber{2};
    for (std::uint64_t i = 1; i <= requests_max; ++i) {
        const auto outcome = static_cast<EntryRefusal>(i % entry_refusals);
        state.requests.push_back({RequestId(i), outcome, i});
    }
    state.newest_id = MemberId(65535);
    for (std::uint32_t i = 1; i <= recoveries_max; ++i)
        state.recoveries.push_back({i + 1, i, id(1), std::string(name_bytes_max, 'r'), -1});
    for (std::size_t i = 0; i < fence_devices_max; ++i)
        state.devices.push_back(largest_device(std::string(1, static_cast<char>('A' + i))));
    state.storm = {.limit = 16, .window = Duration(6)};
    for (std::uint64_t i = 1; i <= recent_fences_max; ++i)
        state.fences.push_back({i, id(1), -static_cast<std::int64_t>(i)});
    return state;
}

/// Some bytes changed, a piece taken out or doubled, the end cut off.
Bytes mutated(Bytes bytes, Random& random) {
    const std::uint64_t changes = 1 + random.next() % 4;
    for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i) {
        const std::size_t place = random.next() % bytes.size();
        const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(place);
        switch (random.next() % 5) {
            case 0: bytes[place] = static_cast<std::byte>(random.next()); break;
            case 1: bytes[place] ^= static_cast<std::byte>(1 << random.next() % 8); break;
            case 2: bytes.erase(at); break;
            case 3: bytes.insert(at, static_cast<std::byte>(random.next())); break;
            case 4: bytes.resize(place); break;
        }
    }
    return bytes;
}

template <typename Decode>
void try_truncations(const Bytes& whole, const Decode& decode) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        CHECK_FALSE(decode(std::span(whole).first(length)).has_value());
    }
    Bytes longer = whole;
    longer.push_back(std::byte{0});
    CHECK_FALSE(decode(longer).has_value());
}

}  // namespace

TEST_CASE("cluster codec: every sentence there and back") {
    std::set<std::size_t> kinds;
    for (const ClusterEntry& said : one_of_each()) {
        CAPTURE(said.body.index());
        const Bytes bytes = wire::encode(said);
        CHECK(bytes.size() <= wire::entry_bytes_max);
        CHECK(wire::decode_entry(bytes) == said);
        try_truncations(bytes, wire::decode_entry);
        kinds.insert(said.body.index());
    }
    CHECK(kinds.size() == std::variant_size_v<ClusterEntry::Body>);
}

TEST_CASE("cluster codec: the largest invitation fits the ledger") {
    std::size_t largest = 0;
    for (const ClusterEntry& said : one_of_each()) {
        largest = std::max(largest, wire::encode(said).size());
    }
    CHECK(largest == 883);
    CHECK(largest <= wire::entry_bytes_max);
    CHECK(wire::entry_bytes_max <= ledger::change_bytes_max);
}

TEST_CASE("cluster codec: times of a state that nobody could wait by are none") {
    struct Row {
        const char* why;
        void (*change)(ClusterState&);
    };
    const Row rows[] = {
        {"no lease", [](ClusterState& state) { state.timing.lease = 0ns; }},
        {"a lease of days", [](ClusterState& state) { state.timing.lease = 48h; }},
        {"a margin without end",
         [](ClusterState& state) { state.timing.margin = Duration::max(); }},
        {"a watchdog that fires before", [](ClusterState& state) { state.timing.watchdog = -1s; }},
        {"set by an entry that is to come",
         [](ClusterState& state) { state.timing_index = state.index + 1; }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        ClusterState state = cluster_of(3).state;
        row.change(state);
        CHECK_FALSE(wire::decode_state(wire::encode(state)).has_value());
    }
}

TEST_CASE("cluster codec: states there and back") {
    for (const ClusterState& state : {ClusterState{}, cluster_of(3).state, full_state()}) {
        const Bytes bytes = wire::encode(state);
        const auto again = wire::decode_state(bytes);
        REQUIRE(again.has_value());
        CHECK(*again == state);
    }
    try_truncations(wire::encode(cluster_of(3).state), wire::decode_state);
}

TEST_CASE("cluster codec: what is longer, or out of its words, has no form") {
    const auto refused = [](const ClusterEntry& said) {
        const auto read = wire::decode_entry(wire::encode(said));
        return read != said;
    };
    CHECK(refused(entry(Founded{std::string(name_bytes_max + 1, 'n'), {}, {}})));
    CHECK(refused(entry(Founded{std::string(300, 'n'), {}, {}})));
    CHECK(refused(entry(VoteSet{id(1), static_cast<Vote>(2)})));
    CHECK(refused(entry(ArmedSet{static_cast<Armed>(2)})));
    AgreedPath terms = path("a", "b");
    terms.kind = static_cast<PathKind>(4);
    CHECK(refused(entry(PathSet{path_id(0), terms})));
    AgreedMember member = largest_member(2);
    member.addresses.push_back({path_id(0), "a"});
    CHECK(refused(entry(Invited{member})));
    TermsSet set{id(1), Incarnation(1), 1, watchdog(0)};
    set.watchdog.kind = static_cast<WatchdogKind>(watchdog_kinds);
    CHECK(refused(entry(set)));
    set.watchdog = {.trusted = static_cast<Trusted>(2)};
    CHECK(refused(entry(set)));
    ClusterState state = full_state();
    state.members[0].condemnation->receipt = static_cast<Receipt>(receipts);
    CHECK(wire::decode_state(wire::encode(state)) != state);

    Bytes bytes = wire::encode(entry(ArmedSet{}));
    bytes[0] = std::byte{wire::entry_version + 1};
    CHECK_FALSE(wire::decode_entry(bytes).has_value());
    bytes[0] = std::byte{wire::entry_version};
    bytes[1] = static_cast<std::byte>(std::variant_size_v<ClusterEntry::Body>);
    CHECK_FALSE(wire::decode_entry(bytes).has_value());
}

TEST_CASE("cluster codec: a state that no rules can have made is refused") {
    struct Row {
        const char* why;
        void (*change)(ClusterState&);
        bool sound;
    };
    const Row rows[] = {
        {"as it is", [](ClusterState&) {}, true},
        {"two members of one id", [](auto& s) { s.members[1].id = s.members[0].id; }, false},
        {"members in another order", [](auto& s) { std::swap(s.members[0], s.members[1]); }, false},
        {"nobody as a member", [](auto& s) { s.members[0].id = nobody; }, false},
        {"the newest id", [](auto& s) { s.newest_id = id(3); }, true},
        {"an id above the newest", [](auto& s) { s.newest_id = id(2); }, false},
        {"a path that is not there", [](auto& s) { s.paths.pop_back(); }, false},
        {"a path twice",
         [](auto& s) { s.members[0].addresses[1].path = s.members[0].addresses[0].path; }, false},
        {"paths in another order",
         [](auto& s) {
             auto& on = s.members[0].addresses;
             std::swap(on[0], on[1]);
         },
         false},
        {"a key waits", [](auto& s) { s.key_waiting = KeyNumber{2}; }, true},
        {"the one that signs waits", [](auto& s) { s.key_waiting = KeyNumber{1}; }, false},
        {"a key waits that is not there", [](auto& s) { s.key_waiting = KeyNumber{3}; }, false},
        {"a key waits alone",
         [](auto& s) {
             s.keys.pop_back();
             s.key_waiting = KeyNumber{1};
         },
         false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        ClusterState state = cluster_of(3).state;
        state.keys.push_back(key(2));
        row.change(state);
        CHECK(wire::decode_state(wire::encode(state)).has_value() == row.sound);
    }
}

TEST_CASE("cluster codec: damaged bytes are refused, or have one form") {
    const std::vector<ClusterEntry> entries = one_of_each();
    ClusterState agreed = cluster_of(4).state;
    agreed.members[2].terms = Terms{watchdog(1), Duration(5)};
    agreed.members[3].condemnation = {.index = 7, .witnesses = all_witnesses(), .person = "p"};
    const Bytes state = wire::encode(agreed);
    Random random(1);
    int taken = 0;
    for (int i = 0; i < 50'000; ++i) {
        const std::size_t which = random.next() % entries.size();
        const Bytes bytes = mutated(wire::encode(entries[which]), random);
        if (const auto read = wire::decode_entry(bytes)) {
            ++taken;
            REQUIRE(wire::encode(*read) == bytes);
        }
        const Bytes snapshot = mutated(state, random);
        if (const auto read = wire::decode_state(snapshot)) {
            ++taken;
            REQUIRE(wire::encode(*read) == snapshot);
        }
    }
    CHECK(taken > 1000);
}

}  // namespace inquest::test
