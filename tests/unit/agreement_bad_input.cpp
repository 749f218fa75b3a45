// What should not come: histories that differ, entries of a later version, bytes that mean nothing.
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/ledger_codec.hpp"
#include "tests/unit/agreement_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace inquest::test {

using namespace agreement;

namespace {

wire::Bytes some_bytes(Random& random, std::size_t most) {
    wire::Bytes bytes(random.next() % (most + 1));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
    return bytes;
}

/// The body of a ledger's message.
wire::Bytes body_of(const ledger::Message& message) {
    wire::Bytes body(wire::body_bytes(message));
    body.resize(wire::encode(message, body));
    return body;
}

/// The index of the last report among these.
std::optional<std::uint64_t> reported(const Actions& actions) {
    std::optional<std::uint64_t> index;
    for (const Action& action : actions) {
        const auto* message = std::get_if<SendMessage>(&action);
        if (message == nullptr || message->channel != Channel::request) continue;
        const auto request = decode_request(message->body);
        REQUIRE(request.has_value());
        if (const auto* report = std::get_if<Report>(&*request)) index = report->index;
    }
    return index;
}

wire::Bytes changed_somewhere(wire::Bytes bytes, Random& random) {
    if (bytes.empty()) return bytes;
    const std::size_t place = random.next() % bytes.size();
    bytes[place] ^= static_cast<std::byte>(1 + random.next() % 255);
    if (random.next() % 4 == 0) bytes.resize(random.next() % bytes.size());
    return bytes;
}

/// Small bounds, so that a newcomer needs a snapshot.
Settings small_log() {
    Settings settings;
    settings.ledger.log_bytes_max = 16 << 10;
    settings.ledger.log_bytes_compact = 2 << 10;
    settings.ledger.kept_entries = 2;
    settings.ledger.chunk_bytes_max = 200;
    return settings;
}

}  // namespace

TEST_CASE("agreement: two histories that differ are told, once for each place") {
    AgreementWorld world(40);
    world.grow_to(3);
    const MemberId leader = world.coordinator();
    const std::uint64_t index = world.state(leader.value).index;
    const std::uint64_t hash = world.state(leader.value).hash;
    const MemberId other = world.follower();
    const auto report = [&](std::uint64_t at, std::uint64_t of) {
        world.inject(leader, other, Channel::request, encode(Request(Report{at, of})));
        return world.heard(leader.value).diverged.size();
    };
    CHECK(report(index, hash) == 0);
    CHECK(report(index + 1, hash) == 0);
    REQUIRE(report(index, hash + 1) == 1);
    CHECK(world.heard(leader.value).diverged[0].member == other);
    CHECK(world.heard(leader.value).diverged[0].index == index);
    CHECK(report(index, hash + 1) == 1);
    CHECK(world.fault() == "");
}

TEST_CASE(
    "agreement: what is told by strangers, or to one who does not lead, counts and is nothing") {
    AgreementWorld world(41);
    world.grow_to(2);
    const MemberId leader = world.coordinator();
    const MemberId other = world.follower();
    const wire::Bytes report = encode(Request(Report{1, 1}));
    const auto strange = [&](MemberId to) { return world.member(to.value).refusals().not_for_us; };
    const std::uint64_t before = strange(leader) + strange(other);
    world.inject(leader, id(9), Channel::request, report);
    world.inject(other, leader, Channel::request, report);
    ClusterEntry said = entry(ArmedSet{Armed::yes}, 5);
    said.asked_by = id(9);
    world.inject(leader, id(9), Channel::request, encode(Request(said)));
    said.asked_by = leader;
    world.inject(leader, other, Channel::request, encode(Request(said)));
    said = entry(ArmedSet{Armed::yes}, 0);
    said.asked_by = other;
    world.inject(leader, other, Channel::request, encode(Request(said)));
    CHECK(strange(leader) + strange(other) == before + 5);
    CHECK_FALSE(world.member(leader.value).applied_by(id(9)).has_value());
    world.run(1s);
    CHECK(world.state(1).armed == Armed::no);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a reply counts only of the coordinator, and of its term") {
    AgreementWorld world(42);
    world.grow_to(3);
    const MemberId leader = world.coordinator();
    const MemberId asks = world.follower();
    world.isolate(leader);
    const RequestId request = world.ask(asks, ArmedSet{Armed::yes});
    const std::uint64_t term = world.member(asks.value).ledger().term().value;
    const auto refused = [&](MemberId from, std::uint64_t of_term) {
        const Reply reply{.request = request,
                          .term = of_term,
                          .refusal = EntryRefusal::already,
                          .holdup = Holdup::none};
        world.inject(asks, from, Channel::reply, encode(Answer(reply)));
        return world.answer(request).has_value();
    };
    MemberId third = nobody;
    for (const MemberId id : world.running()) {
        if (id != leader && id != asks) third = id;
    }
    REQUIRE(world.member(asks.value).coordinator() == leader);
    CHECK_FALSE(refused(third, term));
    CHECK_FALSE(refused(leader, term - 1));
    CHECK_FALSE(refused(leader, term + 1));
    REQUIRE(refused(leader, term));
    CHECK(world.answer(request)->stage == Handling::Stage::refused);
    CHECK(world.answer(request)->outcome == EntryRefusal::already);
}

TEST_CASE("agreement: an entry of a later version ends a member, and it says where") {
    AgreementWorld world(43);
    world.grow_to(1);
    world.run(1s);
    world.crash(id(1));
    ledger::Restored& kept = world.disk(id(1)).kept;
    const ledger::Index index = world.disk(id(1)).last() + 1;
    kept.entries.push_back({.index = index,
                            .term = kept.term,
                            .kind = ledger::EntryKind::command,
                            .members = {},
                            .bytes = wire::encode(entry(ArmedSet{Armed::yes}))});
    kept.entries.back().bytes[0] = std::byte{wire::entry_version + 1};
    world.start(id(1));
    world.run(5s);
    CHECK(world.heard(1).unreadable == std::vector<std::uint64_t>{index.value});
    CHECK(world.state(1).index == index.value - 1);
    CHECK(world.member(1).next_deadline() == never);
    const std::size_t told = world.heard(1).applied.size();
    world.ask(id(1), ArmedSet{Armed::yes});
    world.run(1s);
    CHECK(world.heard(1).applied.size() == told);
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: a snapshot that is none of ours is refused at the beginning") {
    ledger::Restored restored = ledger::blank();
    restored.snapshot.index = ledger::Index(5);
    restored.snapshot.term = ledger::Term(1);
    Settings settings;
    settings.ledger.self = id(1);
    CHECK_FALSE(Agreement::open(settings, restored, at(1s)).has_value());
    Told told = cluster_of(2);
    told.state.index = 4;
    restored.snapshot.bytes = wire::encode(told.state);
    CHECK_FALSE(Agreement::open(settings, restored, at(1s)).has_value());
    told.state.index = 5;
    restored.snapshot.bytes = wire::encode(told.state);
    const auto opened = Agreement::open(settings, restored, at(1s));
    REQUIRE(opened.has_value());
    CHECK(opened->state() == told.state);
}

TEST_CASE("agreement: a snapshot of a later version ends a newcomer") {
    AgreementWorld world(44);
    world.grow_to(2);
    const int other = world.follower().value;
    const ledger::Ledger& ledger = world.member(other).ledger();
    ledger::SnapshotChunk chunk;
    chunk.index = ledger.log().last() + 10;
    chunk.term = ledger.term();
    chunk.membership = ledger.membership();
    chunk.bytes = wire::Bytes{std::byte{wire::state_version + 1}};
    chunk.total_bytes = 1;
    const ledger::Message message{world.coordinator(), id(other), ledger.term(), chunk};
    world.inject(id(other), world.coordinator(), Channel::snapshot, body_of(message));
    CHECK(world.heard(other).unreadable == std::vector{chunk.index.value});
    CHECK(world.member(other).next_deadline() == never);
}

TEST_CASE("agreement: a member reports only what no crash can take away") {
    AgreementWorld world(48);
    world.grow_to(2);
    const MemberId self = world.follower();
    const MemberId leader = world.coordinator();
    world.run(5s);
    world.crash(self);
    Settings settings;
    settings.ledger.self = self;
    auto opened = Agreement::open(settings, world.disk(self).kept, at(100s));
    REQUIRE(opened.has_value());
    const ledger::Index last = opened->ledger().log().last();
    const ledger::Term term = opened->ledger().term();

    ledger::Append append{last, opened->ledger().log().last_term(), last + 1, {}};
    append.entries.push_back({.index = last + 1,
                              .term = term,
                              .kind = ledger::EntryKind::command,
                              .members = {},
                              .bytes = wire::encode(entry(KeyAdded{key(2)}))});
    Actions actions;
    const wire::Bytes body = body_of({leader, self, term, append});
    opened->step(at(100s), Heard{leader, Channel::ledger, body}, actions);
    REQUIRE(opened->state().index == last.value + 1);
    std::uint64_t write = 0;
    for (const Action& action : actions) {
        if (const auto* persist = std::get_if<ledger::Persist>(&action)) write = persist->number;
    }
    REQUIRE(write > 0);
    opened->step(at(100s), Wake{}, actions);
    REQUIRE(reported(actions).has_value());
    CHECK(*reported(actions) <= last.value);
    opened->step(at(100s), ledger::Persisted{write}, actions);
    opened->step(opened->next_deadline(), Wake{}, actions);
    CHECK(reported(actions) == last.value + 1);
}

TEST_CASE("agreement: a member that has lost its numbers reports nothing") {
    AgreementWorld world(49);
    world.grow_to(2);
    const MemberId self = world.follower();
    const MemberId leader = world.coordinator();
    REQUIRE(world.fate(world.ask(self, IncarnationBegun{self, Incarnation(2), 7})) == "accepted");
    world.run(5s);
    world.crash(self);
    struct Row {
        const char* why;
        std::optional<IncarnationBegun> boot;
        bool reports;
    };
    const Row rows[] = {
        {"the boot that is agreed on", IncarnationBegun{self, Incarnation(2), 7}, true},
        {"the next one, of which nobody knows yet", IncarnationBegun{self, Incarnation(3), 8},
         true},
        {"one that counts from one again", IncarnationBegun{self, Incarnation(1), 8}, false},
        {"one that has come to the same number", IncarnationBegun{self, Incarnation(2), 8}, false},
        {"one that nobody can tell from another", std::nullopt, true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        Settings settings;
        settings.ledger.self = self;
        settings.boot = row.boot;
        auto opened = Agreement::open(settings, world.disk(self).kept, at(100s));
        REQUIRE(opened.has_value());
        const ledger::Log& log = opened->ledger().log();
        const ledger::Append append{log.last(), log.last_term(), log.last(), {}};
        const wire::Bytes body = body_of({leader, self, opened->ledger().term(), append});
        Actions actions;
        opened->step(at(100s), Heard{leader, Channel::ledger, body}, actions);
        for (Instant now = at(100s); now < at(103s); now = opened->next_deadline())
            opened->step(now, Wake{}, actions);
        CHECK(reported(actions).has_value() == row.reports);
    }
}

TEST_CASE("agreement: bytes that mean nothing are counted on every channel, and harm nothing") {
    AgreementWorld world(45);
    world.grow_to(3);
    Random random(45);
    ClusterEntry said = entry(MaintenanceSet{id(2), Maintenance::on}, 77);
    said.asked_by = id(2);
    const wire::Bytes sound[] = {encode(Request(said)), encode(Request(Report{3, 4})),
                                 encode(Answer(Reply{.request = RequestId(77)}))};
    const Channel channels[] = {Channel::ledger, Channel::snapshot, Channel::request,
                                Channel::reply};
    for (int i = 0; i < 20'000; ++i) {
        const wire::Bytes& whole = sound[random.next() % std::size(sound)];
        const wire::Bytes bytes =
            random.next() % 2 == 0 ? some_bytes(random, 80) : changed_somewhere(whole, random);
        const MemberId to = id(1 + static_cast<int>(random.next() % 3));
        const Channel channel = channels[random.next() % std::size(channels)];
        world.inject(to, id(static_cast<int>(random.next() % 5)), channel, bytes);
        if (i % 100 == 0) world.run(10ms);
    }
    for (int number = 1; number <= 3; ++number) {
        CHECK(world.member(number).refusals().malformed > 1000);
    }
    REQUIRE(world.run_until(20s, [&] { return world.all_settled(); }));
    CHECK(world.fate(world.ask(id(3), ArmedSet{Armed::yes})) == "accepted");
    CHECK(world.fault() == "");
}

TEST_CASE("agreement: messages have one form each") {
    Random random(46);
    ClusterEntry said = entry(Invited{newcomer(2)}, 77);
    const wire::Bytes sound[] = {encode(Request(said)), encode(Request(Report{3, 4}))};
    const Reply reply{RequestId(9), 8, EntryRefusal::already, Holdup::members_behind};
    CHECK(decode_request(sound[0]) == Request(said));
    CHECK(decode_request(sound[1]) == Request(Report{3, 4}));
    CHECK(decode_answer(encode(Answer(reply))) == Answer(reply));
    const Answer clock = ClockShown{-1};
    CHECK(decode_answer(encode(clock)) == clock);
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        const wire::Bytes request = changed_somewhere(sound[i % 2], random);
        if (const auto read = decode_request(request)) {
            REQUIRE(encode(*read) == request);
            ++taken;
        }
        const wire::Bytes answer = changed_somewhere(encode(Answer(reply)), random);
        if (const auto read = decode_answer(answer)) REQUIRE(encode(*read) == answer);
    }
    CHECK(taken > 1000);
}

TEST_CASE("agreement: a snapshot carries a newcomer, and one that was away") {
    AgreementWorld world(47, small_log());
    world.grow_to(3);
    const MemberId away = world.follower();
    world.crash(away);
    for (int i = 0; i < 100; ++i) {
        const Armed armed = i % 2 == 0 ? Armed::yes : Armed::no;
        CHECK(world.fate(world.ask(world.coordinator(), ArmedSet{armed})) == "accepted");
    }
    world.start(away);
    REQUIRE(world.run_until(20s, [&] { return world.all_settled(); }));
    CHECK(world.heard(away.value).replaced > 0);
    CHECK(world.fate(world.ask(world.coordinator(), Invited{newcomer(4)})) == "accepted");
    REQUIRE(world.run_until(20s, [&] { return world.all_settled(); }));
    CHECK(world.heard(4).replaced > 0);
    CHECK(world.state(4) == world.state(1));
    // What is on its disk is enough to begin again.
    world.crash(id(4));
    world.start(id(4));
    REQUIRE(world.run_until(20s, [&] { return world.all_settled(); }));
    CHECK(world.state(4) == world.state(1));
    CHECK(world.fault() == "");
}

}  // namespace inquest::test
