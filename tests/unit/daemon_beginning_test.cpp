// How a node's part in the ledger begins, and that it never begins by itself.
#include "heartbeat/agreement/agreement.hpp"
#include "heartbeat/config/reader.hpp"
#include "heartbeat/daemon/asked_changes.hpp"
#include "heartbeat/daemon/beginning.hpp"
#include "heartbeat/daemon/small_file.hpp"
#include "heartbeat/wire/agreed_keys.hpp"
#include "tests/unit/store_files.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace inquest;
using namespace inquest::daemon;
using namespace std::chrono_literals;

namespace {

constexpr const char* cluster_toml = R"(
cluster = "prod"
[[path]]
name = "lan-a"
kind = "udp"
fate = "sw-a"
[[path]]
name = "lan-b"
kind = "udp"
fate = "sw-b"
[[node]]
name = "n1"
id = 1
[node.address]
lan-a = "192.0.2.1"
lan-b = "198.51.100.1"
)";

const std::string keys_file = "# a comment\n1 " + std::string(64, '5') + "\n";
const std::string uuid_hex(32, 'a');
constexpr std::int64_t some_time = 1'764'000'000;

config::HostConfig here() {
    const auto read = config::read({std::string("node = \"n1\"\n"), std::string(cluster_toml)});
    REQUIRE(read.has_value());
    return *read;
}

ClusterState founded() {
    agreement::Settings settings;
    settings.ledger.self = MemberId(1);
    auto agreement = agreement::Agreement::open(
        settings, founding(here(), ClusterUuid{}, keys_file, some_time), at(1s));
    REQUIRE(agreement.has_value());
    agreement::Actions past;
    agreement->step(at(1s), ledger::Persisted{}, past);
    return agreement->state();
}

}  // namespace

TEST_CASE("STATE/begin says what is to be begun, or is refused") {
    struct Row {
        const char* why;
        std::string text;
        bool sound;
    };
    const Row rows[] = {
        {"a founding", "found " + uuid_hex + "\n", true},
        {"an invitation", "join 4 " + uuid_hex, true},
        {"the highest member there can be", "join 65535 " + uuid_hex, true},
        {"nothing at all", "", false},
        {"another verb", "start " + uuid_hex, false},
        {"a short number", "found abc", false},
        {"a number that is too long", "found " + uuid_hex + "aa", false},
        {"nobody joins", "join 0 " + uuid_hex, false},
        {"a member beyond all", "join 65536 " + uuid_hex, false},
        {"a secret that is none", "join 4 xyz", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        CHECK(parse_begin(row.text).has_value() == row.sound);
    }
}

TEST_CASE("the first entries make a cluster of one member as its files describe it") {
    const ClusterState state = founded();
    CHECK(state.founded());
    CHECK(state.name == "prod");
    CHECK(state.armed == Armed::no);
    REQUIRE(state.paths.size() == 2);
    CHECK(state.paths[1].fate == "sw-b");
    REQUIRE(state.members.size() == 1);
    CHECK(state.members[0].votes == Vote::yes);
    CHECK(state.members[0].standing == AgreedMember::Standing::joined);
    CHECK(state.members[0].addresses.size() == 2);
    REQUIRE(state.keys.size() == 1);
    CHECK(state.keys == wire::agreed_keys(keys_file));
    CHECK(state.key_waiting == KeyNumber{});
}

TEST_CASE("a node without a word of a ledger has none, and makes none") {
    const store::StoreFolder folder;
    const auto found = begin_membership(folder.path(), here(), keys_file, some_time);
    REQUIRE(found.has_value());
    CHECK(found->mode == Membership::Mode::files_only);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "ledger.db"));
}

TEST_CASE("a founding is begun once, and goes on where it was killed") {
    const store::StoreFolder folder;
    const auto begin = folder.path() / "begin";
    REQUIRE_FALSE(write_small_file(begin, "found " + uuid_hex, Readers::owner));
    for (int run = 0; run < 2; ++run) {
        CAPTURE(run);
        const auto found = begin_membership(folder.path(), here(), keys_file, some_time);
        REQUIRE(found.has_value());
        CHECK(found->mode == Membership::Mode::ledger);
        CHECK(found->opened.has_value());
        CHECK_FALSE(std::filesystem::exists(begin));
    }
}

TEST_CASE("a joining node keeps its secret until it is a member") {
    const store::StoreFolder folder;
    REQUIRE_FALSE(write_small_file(folder.path() / "begin", "join 1 " + uuid_hex, Readers::owner));
    for (int run = 0; run < 2; ++run) {
        CAPTURE(run);
        const auto found = begin_membership(folder.path(), here(), keys_file, some_time);
        REQUIRE(found.has_value());
        CHECK(found->secret.has_value());
    }
    end_beginning(folder.path());
    const auto found = begin_membership(folder.path(), here(), keys_file, some_time);
    REQUIRE(found.has_value());
    CHECK_FALSE(found->secret.has_value());
}

TEST_CASE("a member that lost its ledger begins no new one") {
    const store::StoreFolder folder;
    REQUIRE_FALSE(write_small_file(folder.path() / "begin", "found " + uuid_hex, Readers::owner));
    REQUIRE(begin_membership(folder.path(), here(), keys_file, some_time).has_value());
    for (const char* part : {"ledger.db", "ledger.db-wal"})
        std::filesystem::remove(folder.path() / part);
    const auto found = begin_membership(folder.path(), here(), keys_file, some_time);
    REQUIRE(found.has_value());
    CHECK(found->mode == Membership::Mode::ledger_lost);
    CHECK_FALSE(found->word.empty());
}

TEST_CASE("a node that was removed stays so until it is reset") {
    const store::StoreFolder folder;
    mark_removed(folder.path(), "entry 42 has removed this node");
    const auto found = begin_membership(folder.path(), here(), keys_file, some_time);
    REQUIRE(found.has_value());
    CHECK(found->mode == Membership::Mode::removed);
    CHECK(found->word == "entry 42 has removed this node");
}

TEST_CASE("keys go from the file into the ledger and back") {
    const auto keys =
        wire::agreed_keys("2 " + std::string(64, '7') + "\n1 " + std::string(64, '5') + " # old\n");
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].number == KeyNumber(2));
    CHECK(wire::agreed_keys(wire::keys_text(keys)) == keys);
    const AgreedKey drawn = wire::draw_key(keys);
    CHECK(drawn.number == KeyNumber(3));
    CHECK(drawn.key != wire::draw_key(keys).key);
}

TEST_CASE("what is asked for becomes a sentence, or says what is wrong") {
    const ClusterState state = founded();
    const auto invited = sentence_of(
        wire::InviteChange{.name = "n2",
                           .addresses = {{"lan-b", "198.51.100.2"}, {"lan-a", "192.0.2.2"}}},
        state);
    REQUIRE(invited.has_value());
    const auto* sentence = std::get_if<Invited>(&invited->body);
    REQUIRE(sentence != nullptr);
    REQUIRE(invited->secret.has_value());
    CHECK(sentence->member.id == MemberId(2));
    CHECK(sentence->member.invitation == wire::digest(*invited->secret));
    CHECK(sentence->member.addresses[0].path == PathId(0));

    const wire::Change wrong[] = {
        wire::InviteChange{.name = "n2", .addresses = {{"lan-c", "192.0.2.2"}}},
        wire::InviteChange{.name = "n2", .addresses = {{"lan-a", "not an address"}}},
        wire::RemoveChange{"n9"},
        wire::MaintenanceChange{"n9", Maintenance::on},
    };
    for (const wire::Change& change : wrong) {
        const auto refused = sentence_of(change, state);
        REQUIRE_FALSE(refused.has_value());
        CHECK_FALSE(refused.error().why.empty());
        CHECK_FALSE(refused.error().remedy.empty());
    }
}

TEST_CASE("a node that is invited already is invited anew, under its number") {
    ClusterState state = founded();
    AgreedMember waiting{.id = MemberId(2), .name = "n2"};
    state.members.push_back(waiting);
    state.newest_id = waiting.id;
    const wire::InviteChange change{.name = "n2",
                                    .role = Role::witness,
                                    .vote = Vote::no,
                                    .addresses = {{"lan-a", "192.0.2.2"}}};
    const auto asked = sentence_of(change, state);
    REQUIRE(asked.has_value());
    const auto* anew = std::get_if<InvitedAnew>(&asked->body);
    REQUIRE(anew != nullptr);
    REQUIRE(asked->secret.has_value());
    CHECK(anew->member == MemberId(2));
    CHECK(anew->invitation == wire::digest(*asked->secret));
    CHECK((anew->role == Role::witness && anew->may_vote == Vote::no));
    CHECK(anew->addresses.size() == 1);

    state.members.back().standing = AgreedMember::Standing::joined;
    const auto taken = sentence_of(change, state);
    REQUIRE(taken.has_value());
    CHECK(std::holds_alternative<Invited>(taken->body));
}

TEST_CASE("a small file is written whole, read within its bound, and said to be missing") {
    const store::StoreFolder folder;
    const auto file = folder.path() / "some";
    const auto missing = read_small_file(file, 10);
    REQUIRE(missing.has_value());
    CHECK_FALSE(missing->has_value());
    REQUIRE_FALSE(write_small_file(file, "0123456789", Readers::owner));
    const auto whole = read_small_file(file, 10);
    REQUIRE((whole.has_value() && whole->has_value()));
    CHECK(**whole == "0123456789");
    CHECK_FALSE(read_small_file(file, 9).has_value());
    const auto mode = std::filesystem::status(file).permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(write_small_file(folder.path() / "no/such", "x", Readers::owner).has_value());
}
