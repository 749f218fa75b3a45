// When an entry of the ledger is accepted, and what it makes of the state: one table for each.
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/core/expected_votes.hpp"
#include "tests/unit/core_cluster_states.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace inquest::test {

namespace {

using Refusal = EntryRefusal;

/// An entry that a state of three members meets.
struct Row {
    const char* why;
    ClusterEntry::Body body;
    Refusal expect;
};

void judge(const std::vector<Row>& rows, const Told& before) {
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Told told = before;
        CHECK(word(told.tell(row.body)) == word(row.expect));
        ClusterState state = told.state;
        state.index = before.state.index;
        state.hash = before.state.hash;
        CHECK((state == before.state) == (row.expect != Refusal::none));
    }
}

template <typename Change>
AgreedMember changed(AgreedMember member, Change change) {
    change(member);
    return member;
}

AgreedMember called(int number, std::string name) {
    AgreedMember member = newcomer(number);
    member.name = std::move(name);
    return member;
}

AgreedMember witness(int number) {
    AgreedMember member = newcomer(number);
    member.role = Role::witness;
    return member;
}

std::vector<int> expected(const ClusterState& state, Counting counting = Counting::joined_only) {
    std::vector<int> numbers;
    for (const MemberId voting : expected_votes(state, counting)) numbers.push_back(voting.value);
    return numbers;
}

}  // namespace

TEST_CASE("cluster rules: a cluster is founded once, and everything else comes after it") {
    Told told;
    CHECK(told.tell(ArmedSet{Armed::yes}) == Refusal::not_founded);
    CHECK(told.tell(Founded{"", {}, {}}) == Refusal::malformed);
    CHECK(told.tell(Founded{std::string(name_bytes_max + 1, 'a'), {}, {}}) == Refusal::malformed);
    CHECK_FALSE(told.state.founded());
    told.accept(Founded{std::string(name_bytes_max, 'a'), {std::byte{9}}, Timing::fast()});
    CHECK(told.state.founded());
    CHECK(told.state.uuid[0] == std::byte{9});
    CHECK(told.state.timing == Timing::fast());
    CHECK(told.state.armed == Armed::no);
    CHECK(told.tell(Founded{"lab", {}, {}}) == Refusal::founded_already);
}

TEST_CASE("cluster rules: paths") {
    AgreedPath off = path("a", "sw-a");
    off.admin = Switched::off;
    AgreedPath deaf = path("c", "sw-c");
    deaf.port = 0;
    AgreedPath leg = path("c", "sw-c");
    leg.kind = PathKind::l2;
    const std::string longest(name_bytes_max, 'p');
    judge(
        {
            {"at the end", PathSet{path_id(2), path("c", "sw-c")}, Refusal::none},
            {"the longest name", PathSet{path_id(2), path(longest, "sw-c")}, Refusal::none},
            {"longer", PathSet{path_id(2), path(longest + "p", "sw-c")}, Refusal::malformed},
            {"no name", PathSet{path_id(2), path("", "sw-c")}, Refusal::malformed},
            {"the longest fate", PathSet{path_id(2), path("c", longest)}, Refusal::none},
            {"longer", PathSet{path_id(2), path("c", longest + "p")}, Refusal::malformed},
            {"no fate", PathSet{path_id(2), path("c", "")}, Refusal::malformed},
            {"no port", PathSet{path_id(2), deaf}, Refusal::malformed},
            {"a gap before it", PathSet{path_id(3), path("c", "sw-c")}, Refusal::no_path},
            {"a name twice", PathSet{path_id(2), path("a", "sw-c")}, Refusal::unsound},
            {"a kind that is not there yet", PathSet{path_id(2), leg}, Refusal::unsound},
            {"another fate", PathSet{path_id(0), path("a", "sw-x")}, Refusal::none},
            {"switched off, one is left", PathSet{path_id(0), off}, Refusal::none},
            {"as it is", PathSet{path_id(0), path("a", "sw-a")}, Refusal::already},
            {"another name", PathSet{path_id(0), path("c", "sw-a")}, Refusal::kind_fixed},
        },
        cluster_of(3));

    Told told = cluster_of(3);
    told.accept(PathSet{path_id(0), off});
    AgreedPath last = path("b", "sw-b");
    last.admin = Switched::off;
    CHECK(told.tell(PathSet{path_id(1), last}) == Refusal::unsound);
}

TEST_CASE("cluster rules: so many paths and no more") {
    Told told = cluster_of(1);
    for (int number = 2; number < static_cast<int>(paths_max); ++number) {
        const std::string letter(1, static_cast<char>('a' + number));
        told.accept(PathSet{path_id(number), path(letter, "sw-" + letter)});
    }
    CHECK(told.state.paths.size() == paths_max);
    CHECK(told.tell(PathSet{path_id(paths_max), path("z", "sw-z")}) == Refusal::no_room);
}

TEST_CASE("cluster rules: timings keep their relations") {
    Timing edge;
    edge.path_limit = limit_intervals_min * edge.beat_interval;
    Timing below = edge;
    below.path_limit -= Duration(1);
    const Duration most = Duration::max();
    const Duration least = Duration::min();
    judge(
        {
            {"another profile", TimingSet{Timing::fast()}, Refusal::none},
            {"as they are", TimingSet{Timing{}}, Refusal::already},
            {"three intervals", TimingSet{edge}, Refusal::none},
            {"less than three", TimingSet{below}, Refusal::unsound},
            {"nothing but zeros", TimingSet{{0ms, 0ms, 0ms, 0ms}}, Refusal::unsound},
            {"so long that sums overflow", TimingSet{{most, most, most, most}}, Refusal::unsound},
            {"so negative", TimingSet{{least, least, least, least}}, Refusal::unsound},
        },
        cluster_of(3));
}

TEST_CASE("cluster rules: invitations") {
    const auto with = [](auto change) { return Invited{changed(newcomer(4), change)}; };
    const std::string longest(address_bytes_max, '1');
    judge(
        {
            {"the next one", Invited{newcomer(4)}, Refusal::none},
            {"a witness", Invited{witness(4)}, Refusal::none},
            {"an id that is in use", Invited{newcomer(3)}, Refusal::id_taken},
            {"an id that comes later", Invited{newcomer(5)}, Refusal::id_taken},
            {"nobody", Invited{newcomer(0)}, Refusal::id_taken},
            {"a name that is in use", Invited{called(4, "n3")}, Refusal::name_taken},
            {"no name", Invited{called(4, "")}, Refusal::malformed},
            {"the longest name", Invited{called(4, std::string(name_bytes_max, 'n'))},
             Refusal::none},
            {"longer", Invited{called(4, std::string(name_bytes_max + 1, 'n'))},
             Refusal::malformed},
            {"no such name can be", Invited{called(4, "N 4")}, Refusal::unsound},
            {"a word of commands", Invited{called(4, "coordinator")}, Refusal::unsound},
            {"a vote beforehand", with([](auto& m) { m.votes = Vote::yes; }), Refusal::malformed},
            {"joined beforehand",
             with([](auto& m) { m.standing = AgreedMember::Standing::joined; }),
             Refusal::malformed},
            {"a boot beforehand", with([](auto& m) { m.boot_tag = 1; }), Refusal::malformed},
            {"a floor", with([](auto& m) { m.incarnation = Incarnation(7); }), Refusal::none},
            {"on no path", with([](auto& m) { m.addresses.clear(); }), Refusal::unsound},
            {"on one of two", with([](auto& m) { m.addresses.pop_back(); }), Refusal::none},
            {"a path that is not there", with([](auto& m) { m.addresses[1].path = path_id(2); }),
             Refusal::no_path},
            {"a path twice", with([](auto& m) { m.addresses[1].path = path_id(0); }),
             Refusal::malformed},
            {"paths in another order",
             with([](auto& m) { std::swap(m.addresses[0], m.addresses[1]); }), Refusal::malformed},
            {"no address", with([](auto& m) { m.addresses[0].address = ""; }), Refusal::malformed},
            {"the longest address", with([&](auto& m) { m.addresses[0].address = longest; }),
             Refusal::none},
            {"longer", with([&](auto& m) { m.addresses[0].address = longest + "1"; }),
             Refusal::malformed},
            {"an address that is in use",
             with([](auto& m) { m.addresses[0].address = "192.0.2.2"; }), Refusal::address_taken},
            {"the same address on another path",
             with([](auto& m) { m.addresses[1].address = "192.0.2.2"; }), Refusal::none},
            {"a witness that must not vote",
             Invited{changed(witness(4), [](auto& m) { m.may_vote = Vote::no; })},
             Refusal::unsound},
        },
        cluster_of(3));
}

TEST_CASE("cluster rules: an invitation that nobody has used is made anew, and the first is void") {
    Told told = cluster_of(3);
    told.accept(Invited{newcomer(4)});
    const auto again = [](auto change) {
        AgreedMember member = newcomer(4);
        member.invitation = secret_of(9);
        return anew(changed(member, change));
    };
    const auto nothing = [](auto&) {};
    judge(
        {
            {"another secret", again(nothing), Refusal::none},
            {"another address", again([](auto& m) { m.addresses[0].address = "192.0.2.99"; }),
             Refusal::none},
            {"another role", again([](auto& m) { m.role = Role::witness; }), Refusal::none},
            {"an address of another", again([](auto& m) { m.addresses = newcomer(2).addresses; }),
             Refusal::address_taken},
            {"nobody of that id", again([](auto& m) { m.id = id(5); }), Refusal::no_member},
            {"one who has joined", again([](auto& m) { m.id = id(2); }), Refusal::joined_already},
        },
        told);
    told.accept(again(nothing));
    CHECK(told.state.members.size() == 4);
    CHECK(told.tell(Joined{id(4), secret_of(4)}) == Refusal::wrong_invitation);
    told.accept(Joined{id(4), secret_of(9)});
    CHECK(told.tell(again(nothing)) == Refusal::joined_already);
}

TEST_CASE("cluster rules: so many members and no more, and no id comes back") {
    Told told = cluster_of(static_cast<int>(members_max));
    CHECK(told.tell(Invited{newcomer(33)}) == Refusal::no_room);
    told.accept(Removed{id(32), key(200)});
    CHECK(told.tell(Invited{newcomer(32)}) == Refusal::id_taken);
    told.accept(Invited{called(33, "n32")});
    CHECK(told.state.member("n32")->id == id(33));

    told.accept(Removed{id(33), key(201)});
    told.state.newest_id = MemberId(0xfffe);
    AgreedMember last = newcomer(100);
    last.id = MemberId(0xffff);
    told.accept(Invited{last});
    told.accept(Removed{last.id, key(203)});
    CHECK(told.tell(Invited{newcomer(101)}) == Refusal::no_room);
    last.id = nobody;
    CHECK(told.tell(Invited{last}) == Refusal::no_room);
}

TEST_CASE("cluster rules: joining, once, with the secret that was given out") {
    Told told = cluster_of(3);
    told.accept(Invited{newcomer(4)});
    CHECK(told.tell(Joined{id(4), secret_of(5)}) == Refusal::wrong_invitation);
    CHECK(told.tell(Joined{id(5), secret_of(5)}) == Refusal::no_member);
    CHECK(told.state.member(id(4))->standing == AgreedMember::Standing::invited);
    told.accept(Joined{id(4), secret_of(4)});
    CHECK(told.state.member(id(4))->standing == AgreedMember::Standing::joined);
    CHECK(told.tell(Joined{id(4), secret_of(4)}) == Refusal::joined_already);
    CHECK(told.tell(Joined{id(4), secret_of(5)}) == Refusal::joined_already);
}

TEST_CASE("cluster rules: votes") {
    Told told = cluster_of(6);
    AgreedMember silent = newcomer(7);
    silent.may_vote = Vote::no;
    told.accept(Invited{silent});
    told.accept(Joined{id(7), secret_of(7)});
    told.accept(Invited{newcomer(8)});
    CHECK(told.tell(VoteSet{id(6), Vote::yes}) == Refusal::no_room);
    told.accept(VoteSet{id(5), Vote::no});
    judge(
        {
            {"one of the joined", VoteSet{id(6), Vote::yes}, Refusal::none},
            {"back again", VoteSet{id(5), Vote::yes}, Refusal::none},
            {"it votes", VoteSet{id(4), Vote::yes}, Refusal::already},
            {"it votes not", VoteSet{id(5), Vote::no}, Refusal::already},
            {"it never may", VoteSet{id(7), Vote::yes}, Refusal::unsound},
            {"it has not joined", VoteSet{id(8), Vote::yes}, Refusal::unsound},
            {"there is none", VoteSet{id(9), Vote::yes}, Refusal::no_member},
        },
        told);
    Told alone = cluster_of(2);
    alone.accept(VoteSet{id(1), Vote::no});
    CHECK(alone.tell(VoteSet{id(2), Vote::no}) == Refusal::last_member);
}

TEST_CASE("cluster rules: removed members are remembered, the last vote stays") {
    Told told = cluster_of(3);
    CHECK(told.tell(Removed{id(4), key(200)}) == Refusal::no_member);
    told.accept(Removed{id(2), key(200)});
    CHECK(told.state.member(id(2)) == nullptr);
    REQUIRE(told.state.tombstone(id(2)) != nullptr);
    CHECK(*told.state.tombstone(id(2)) == Tombstone{id(2), "n2", told.state.index});
    CHECK(told.tell(Removed{id(2), key(200)}) == Refusal::no_member);

    told.accept(VoteSet{id(3), Vote::no});
    CHECK(told.tell(Removed{id(1), key(200)}) == Refusal::last_member);
    told.accept(Removed{id(3), key(201)});
    CHECK(told.tell(Removed{id(1), key(202)}) == Refusal::last_member);
    CHECK(told.state.tombstone(id(1)) == nullptr);
}

TEST_CASE("cluster rules: of the removed, the newest are remembered") {
    Told told = cluster_of(1);
    const int many = static_cast<int>(tombstones_max) + 1;
    for (int number = 2; number <= many + 1; ++number) {
        AgreedMember member = called(number, "again");
        member.addresses = {{path_id(0), "192.0.2.2"}};
        told.accept(Invited{member});
        told.accept(Removed{id(number), key(200 + number % 2)});
    }
    CHECK(told.state.tombstones.size() == tombstones_max);
    CHECK(told.state.tombstone(id(2)) == nullptr);
    CHECK(told.state.tombstone(id(3)) != nullptr);
    CHECK(told.state.tombstones.back().id == id(many + 1));
}

TEST_CASE("cluster rules: a key is added, takes over, and only the next one ends the one before") {
    Told told = cluster_of(1);
    const auto numbers = [&] {
        std::vector<int> found;
        for (const AgreedKey& known : told.state.keys) found.push_back(known.number.value);
        return found;
    };
    CHECK(numbers() == std::vector{1});
    CHECK(told.state.key_waiting == KeyNumber{});
    CHECK(told.tell(KeyTakesOver{KeyNumber{1}}) == Refusal::already);
    CHECK(told.tell(KeyTakesOver{KeyNumber{2}}) == Refusal::no_key);
    CHECK(told.tell(KeyTakesOver{KeyNumber{0}}) == Refusal::no_key);
    CHECK(told.tell(KeyAdded{key(0)}) == Refusal::malformed);
    CHECK(told.tell(KeyAdded{key(1)}) == Refusal::key_taken);
    AgreedKey same = key(1);
    same.number = KeyNumber{2};
    CHECK(told.tell(KeyAdded{same}) == Refusal::key_taken);

    told.accept(KeyAdded{key(2)});
    CHECK(numbers() == std::vector{1, 2});
    CHECK(told.state.key_waiting == KeyNumber{2});
    CHECK(told.tell(KeyAdded{key(3)}) == Refusal::key_in_use);
    CHECK(told.tell(KeyTakesOver{KeyNumber{3}}) == Refusal::no_key);
    told.accept(KeyTakesOver{KeyNumber{2}});
    CHECK(numbers() == std::vector{2, 1});
    CHECK(told.state.key_waiting == KeyNumber{});
    CHECK(told.tell(KeyTakesOver{KeyNumber{2}}) == Refusal::already);

    told.accept(KeyAdded{key(3)});
    CHECK(numbers() == std::vector{2, 3});
}

TEST_CASE("cluster rules: a removal brings the next key, in the place of one that still waits") {
    judge(
        {
            {"a key that signs", Removed{id(3), key(1)}, Refusal::key_taken},
            {"no key", Removed{id(3), key(0)}, Refusal::malformed},
            {"a new one", Removed{id(3), key(2)}, Refusal::none},
        },
        cluster_of(3));
    Told told = cluster_of(3);
    told.accept(KeyAdded{key(2)});
    CHECK(told.tell(Removed{id(3), key(2)}) == Refusal::key_taken);
    told.accept(Removed{id(3), key(3)});
    CHECK(told.state.key_waiting == KeyNumber{3});
    CHECK(told.tell(KeyTakesOver{KeyNumber{2}}) == Refusal::no_key);
    told.accept(KeyTakesOver{KeyNumber{3}});
    CHECK(told.state.keys.front().number == KeyNumber{3});
}

TEST_CASE("cluster rules: a key takes over only where there is one") {
    Told told;
    told.accept(Founded{"lab", {}, {}});
    CHECK(told.tell(KeyTakesOver{KeyNumber{1}}) == Refusal::no_key);
}

TEST_CASE("cluster rules: arming and maintenance") {
    judge(
        {
            {"armed", ArmedSet{Armed::yes}, Refusal::none},
            {"not armed, as it is", ArmedSet{Armed::no}, Refusal::already},
            {"maintenance", MaintenanceSet{id(2), Maintenance::on}, Refusal::none},
            {"none, as it is", MaintenanceSet{id(2), Maintenance::off}, Refusal::already},
            {"of nobody", MaintenanceSet{id(9), Maintenance::on}, Refusal::no_member},
        },
        cluster_of(3));
    Told told = cluster_of(2);
    told.accept(ArmedSet{Armed::yes});
    told.accept(MaintenanceSet{id(2), Maintenance::on});
    CHECK(told.state.armed == Armed::yes);
    CHECK(told.state.member(id(2))->maintenance == Maintenance::on);
    told.accept(ArmedSet{Armed::no});
    told.accept(MaintenanceSet{id(2), Maintenance::off});
}

TEST_CASE("cluster rules: incarnations rise, and one belongs to one boot") {
    Told told = cluster_of(2);
    AgreedMember member = newcomer(3);
    member.incarnation = Incarnation(7);
    told.accept(Invited{member});
    const auto begun = [](int number, std::uint32_t boot) {
        return IncarnationBegun{id(3), Incarnation(static_cast<std::uint32_t>(number)), boot};
    };
    judge(
        {
            {"below the floor", begun(6, 50), Refusal::old_incarnation},
            {"at the floor", begun(7, 50), Refusal::old_incarnation},
            {"above the floor", begun(8, 50), Refusal::none},
            {"none", begun(0, 50), Refusal::malformed},
            {"no boot", begun(8, 0), Refusal::malformed},
            {"nobody's", IncarnationBegun{id(9), Incarnation(8), 50}, Refusal::no_member},
        },
        told);
    told.accept(begun(8, 50));
    judge(
        {
            {"the same boot again", begun(8, 50), Refusal::already},
            {"another boot with its number", begun(8, 51), Refusal::other_boot},
            {"an older one", begun(7, 51), Refusal::old_incarnation},
            {"the next one", begun(9, 51), Refusal::none},
        },
        told);
}

// ---- Requests, places and hashes ----------------------------------------------------------------

TEST_CASE("cluster rules: a request is carried out once, and its outcome stays known") {
    Told told = cluster_of(2);
    CHECK(told.tell(entry(ArmedSet{Armed::yes}, 77)) == Refusal::none);
    const HandledRequest handled{RequestId(77), Refusal::none, told.state.index};
    CHECK(told.tell(entry(ArmedSet{Armed::no}, 77)) == Refusal::repeated);
    CHECK(told.state.armed == Armed::yes);
    REQUIRE(told.state.request(RequestId(77)) != nullptr);
    CHECK(*told.state.request(RequestId(77)) == handled);

    // A refused one is remembered as refused, even when it would be accepted by now.
    CHECK(told.tell(entry(Removed{id(9), key(200)}, 78)) == Refusal::no_member);
    CHECK(told.state.request(RequestId(78))->outcome == Refusal::no_member);
    CHECK(told.tell(entry(ArmedSet{Armed::no}, 78)) == Refusal::repeated);
    CHECK(told.state.requests.size() == 2);
    CHECK(told.state.request(RequestId{}) == nullptr);
}

TEST_CASE("cluster rules: of the requests, the newest are remembered") {
    Told told = cluster_of(1);
    for (std::uint64_t request = 1; request <= requests_max + 1; ++request) {
        told.tell(entry(ArmedSet{Armed::no}, request));
    }
    CHECK(told.state.requests.size() == requests_max);
    CHECK(told.state.request(RequestId(1)) == nullptr);
    CHECK(told.state.request(RequestId(2)) != nullptr);
    CHECK(told.state.request(RequestId(requests_max + 1)) != nullptr);
}

TEST_CASE("cluster rules: the hash tells histories apart, whatever they made of the state") {
    const std::array<std::byte, 2> one{std::byte{1}, std::byte{2}};
    const std::array<std::byte, 2> other{std::byte{1}, std::byte{3}};
    const std::span<const std::byte> none;
    struct Step {
        std::uint64_t index;
        std::span<const std::byte> bytes;
    };
    const std::vector<std::vector<Step>> histories = {
        {},
        {{1, none}},
        {{2, none}},
        {{1, none}, {2, none}},
        {{1, one}},
        {{1, other}},
        {{1, std::span(one).first(1)}, {2, std::span(one).last(1)}},
        {{1, one}, {2, other}},
        {{1, other}, {2, one}},
    };
    std::set<std::uint64_t> hashes;
    for (const auto& history : histories) {
        ClusterState state;
        for (const Step& step : history) pass(state, step.index, step.bytes);
        CHECK(state.index == (history.empty() ? 0 : history.back().index));
        hashes.insert(state.hash);
    }
    CHECK(hashes.size() == histories.size());
}

TEST_CASE("cluster rules: a refused entry has its place in the hash too") {
    Told once = cluster_of(2);
    Told again = once;
    apply(once.state, 50, entry(Removed{id(9), key(200)}), std::as_bytes(std::span("x")));
    pass(again.state, 50, std::as_bytes(std::span("x")));
    CHECK(once.state == again.state);
    CHECK(once.state.index == 50);
}

TEST_CASE("cluster rules: the core's configuration is of what the state says") {
    const Told told = cluster_of(6);
    const ClusterConfig cluster = configuration(told.state);
    CHECK(problems(cluster).empty());
    CHECK(cluster.members[4].votes);
    CHECK_FALSE(cluster.members[5].votes);
    CHECK(cluster.hash != 0);
    Told later = told;
    later.accept(ArmedSet{Armed::yes});
    CHECK(configuration(later.state).hash == cluster.hash);
    later.accept(PathSet{path_id(0), path("a", "sw-x")});
    CHECK(configuration(later.state).hash != cluster.hash);
}

// ---- Who should vote ----------------------------------------------------------------------------

TEST_CASE("expected votes: five of those who may, in the order in which they came") {
    CHECK(expected(ClusterState{}).empty());
    CHECK(expected(cluster_of(1).state) == std::vector{1});
    CHECK(expected(cluster_of(4).state) == std::vector{1, 2, 3, 4});
    CHECK(expected(cluster_of(5).state) == std::vector{1, 2, 3, 4, 5});
    CHECK(expected(cluster_of(7).state) == std::vector{1, 2, 3, 4, 5});
    Told told = cluster_of(7);
    told.accept(Removed{id(2), key(200)});
    CHECK(expected(told.state) == std::vector{1, 3, 4, 5, 6});
}

TEST_CASE("expected votes: witnesses first, invited ones when they have joined") {
    Told told = cluster_of(5);
    told.accept(Invited{witness(6)});
    CHECK(expected(told.state) == std::vector{1, 2, 3, 4, 5});
    CHECK(expected(told.state, Counting::invited_too) == std::vector{1, 2, 3, 4, 6});
    told.accept(Joined{id(6), secret_of(6)});
    CHECK(expected(told.state) == std::vector{1, 2, 3, 4, 6});
}

TEST_CASE("expected votes: who may not vote never does") {
    Told told = cluster_of(1);
    AgreedMember silent = newcomer(2);
    silent.may_vote = Vote::no;
    told.accept(Invited{silent});
    told.accept(Joined{id(2), secret_of(2)});
    CHECK(expected(told.state) == std::vector{1});
    CHECK(expected(told.state, Counting::invited_too) == std::vector{1});
}

// ---- Words --------------------------------------------------------------------------------------

TEST_CASE("cluster rules: every refusal has a word of its own") {
    std::set<std::string_view> words;
    for (std::size_t i = 0; i < entry_refusals; ++i) {
        words.insert(word(static_cast<EntryRefusal>(i)));
    }
    CHECK(words.size() == entry_refusals);
    CHECK_FALSE(words.contains("?"));
}

TEST_CASE("sentences: what an entry says, in the words of before it") {
    const Told told = cluster_of(3);
    AgreedPath off = path("a", "sw-a");
    off.admin = Switched::off;
    struct Said {
        ClusterEntry::Body body;
        const char* expect;
    };
    const Said all[] = {
        {Founded{"lab", {}, {}}, "founded the cluster lab"},
        {PathSet{path_id(0), off}, "set path a (fate sw-a, port 7740, off)"},
        {TimingSet{Timing{}},
         "set timings: beat_interval 100ms, path_limit 400ms, condemn_after 3s, boot_grace 30s, "
         "lease 30s, restart_grace 3s, watchdog 10s, margin 500ms"},
        {Invited{newcomer(4)}, "invited n4 as member 4"},
        {anew(newcomer(3)), "invited n3 anew"},
        {Joined{id(2), {}}, "n2 joined"},
        {VoteSet{id(2), Vote::yes}, "n2 votes"},
        {VoteSet{id(2), Vote::no}, "n2 votes no more"},
        {Removed{id(3), key(200)}, "removed n3"},
        {Removed{id(9), key(200)}, "removed member 9"},
        {KeyAdded{key(2)}, "added key 2"},
        {KeyTakesOver{KeyNumber{2}}, "key 2 signs"},
        {ArmedSet{Armed::yes}, "armed"},
        {ArmedSet{Armed::no}, "disarmed"},
        {MaintenanceSet{id(2), Maintenance::on}, "maintenance of n2 on"},
        {IncarnationBegun{id(2), Incarnation(4), 1}, "n2 began incarnation 4"},
    };
    for (const Said& said : all) CHECK(sentence(entry(said.body), told.state) == said.expect);
}

}  // namespace inquest::test
