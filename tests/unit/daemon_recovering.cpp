// A lost majority is given up: what is confirmed, what comes of it, and what a kill between two
// steps leaves.
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/reader.hpp"
#include "heartbeat/core/cluster_rules.hpp"
#include "heartbeat/daemon/beginning.hpp"
#include "heartbeat/daemon/recovering.hpp"
#include "heartbeat/daemon/small_file.hpp"
#include "heartbeat/wire/cluster_codec.hpp"
#include "heartbeat/wire/ledger_backup.hpp"
#include "tests/unit/agreed_cluster.hpp"
#include "tests/unit/store_files.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace inquest::daemon {
namespace {

const Identity self{.self = MemberId(1), .incarnation = Incarnation(3), .boot_tag = 77};
const std::string keys_file = "1 " + std::string(64, '5') + "\n";

config::HostConfig here() {
    const auto read =
        config::read({std::string("node = \"n1\"\n"), config::render(agreed_cluster())});
    REQUIRE(read.has_value());
    return *read;
}

/// n1's ledger in a cluster of two voters: the agreed cluster, and one entry of which n1 does not
/// know whether it is agreed on.
ledger::Restored ledger_of_two() {
    ledger::Restored restored;
    restored.term = ledger::Term(5);
    restored.vote = MemberId(2);
    restored.commit = ledger::Index(17);
    restored.snapshot.index = restored.commit;
    restored.snapshot.term = restored.term;
    restored.snapshot.membership.now.voters.push_back(MemberId(1));
    restored.snapshot.membership.now.voters.push_back(MemberId(2));
    restored.snapshot.bytes = wire::encode(agreed_cluster());
    ClusterEntry armed{.asked_by = MemberId(2)};
    armed.body = ArmedSet{Armed::yes};
    restored.entries.push_back({.index = ledger::Index(18),
                                .term = restored.term,
                                .kind = ledger::EntryKind::command,
                                .members = {},
                                .bytes = wire::encode(armed)});
    return restored;
}

const ConfirmedRecovery confirmed{.generation = 2,
                                  .term = ledger::Term(5),
                                  .vote = MemberId(2),
                                  .last = ledger::Index(18),
                                  .incarnation = self.incarnation,
                                  .boot_tag = self.boot_tag,
                                  .wall_seconds = 1'764'000'000,
                                  .person = "root"};

/// A node whose cluster is lost, with a file for each thing that a start looks at.
struct LostCluster {
    LostCluster() {
        const auto created = store::Database::create(folder.ledger(), identity, ledger_of_two());
        REQUIRE(created.has_value());
    }
    void confirm(const ConfirmedRecovery& what) const {
        REQUIRE_FALSE(write_small_file(recover_file(folder.path()), recovery_text(what),
                                       config::Readers::owner));
    }
    bool is_confirmed() const { return std::filesystem::exists(recover_file(folder.path())); }
    /// What a start makes of it; the ledger is closed behind it.
    tl::expected<Recovering, std::string> start(const Identity& as = self) const {
        auto opened = store::Database::open(folder.ledger(), identity, store::no_reserve);
        REQUIRE(opened.has_value());
        auto recovered = recover(folder.path(), as, here(), std::move(*opened));
        if (recovered) recovered->opened.database.close();
        return recovered;
    }
    ClusterState state() const {
        auto opened = store::Database::open(folder.ledger(), identity, store::no_reserve);
        REQUIRE(opened.has_value());
        opened->database.close();
        const auto whole = whole_state(MemberId(1), opened->restored);
        REQUIRE(whole.has_value());
        return *whole;
    }

    store::StoreFolder folder;
    store::Identity identity{"lab", MemberId(1)};
};

}  // namespace

TEST_SUITE("daemon: recovering") {
    TEST_CASE("what is confirmed is written in one form") {
        const std::string text = recovery_text(confirmed);
        const auto again = parse_recovery(text);
        REQUIRE(again.has_value());
        CHECK(*again == confirmed);
        for (std::size_t length = 0; length < text.size(); ++length) {
            CAPTURE(length);
            CHECK_FALSE(parse_recovery(text.substr(0, length)).has_value());
        }
        for (const std::string& other :
             {text + text, "found" + text.substr(7), std::string("recover -1 5 2 18 3 77 1 root\n"),
              text.substr(0, text.size() - 1) + " more\n"}) {
            CAPTURE(other);
            CHECK_FALSE(parse_recovery(other).has_value());
        }
    }

    TEST_CASE("the whole ledger counts, also what nobody knows to be agreed on") {
        const auto whole = whole_state(MemberId(1), ledger_of_two());
        REQUIRE(whole.has_value());
        CHECK(whole->index == 18);
        CHECK(whole->armed == Armed::yes);
        ledger::Restored later = ledger_of_two();
        later.entries[0].bytes[0] = std::byte{99};
        const auto refused = whole_state(MemberId(1), later);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().find("entry 18") != std::string::npos);
    }

    TEST_CASE("a new generation goes on behind the last entry, in a higher term, with one voter") {
        const auto base = whole_state(MemberId(1), ledger_of_two());
        REQUIRE(base.has_value());
        AgreedKey key{.number = KeyNumber(2)};
        key.key.fill(std::byte{0x22});
        const auto begun = new_generation(*base, ledger::Term(6),
                                          {.generation = 2,
                                           .survivor = MemberId(1),
                                           .key = key,
                                           .person = "root",
                                           .wall_seconds = 5});
        REQUIRE(begun.has_value());
        CHECK(begun->term == ledger::Term(6));
        CHECK(begun->vote == MemberId(1));
        CHECK(begun->snapshot.index == ledger::Index(19));
        CHECK(begun->commit == begun->snapshot.index);
        CHECK(begun->entries.empty());
        const auto& voters = begun->snapshot.membership.now.voters;
        REQUIRE(voters.size() == 1);
        CHECK(voters[0] == MemberId(1));
        const auto after = wire::decode_state(begun->snapshot.bytes);
        REQUIRE(after.has_value());
        CHECK(after->index == 19);
        CHECK(after->keys[0] == key);
        CHECK_FALSE(new_generation(*base, ledger::Term(6), {.generation = 4}).has_value());
    }

    TEST_CASE("without a word nothing is begun") {
        const LostCluster lost;
        const auto recovered = lost.start();
        REQUIRE(recovered.has_value());
        CHECK(recovered->word.empty());
        CHECK_FALSE(recovered->began);
        CHECK(lost.state().generation == 1);
    }

    TEST_CASE("what was confirmed is carried out once, and told until it is ended") {
        const LostCluster lost;
        lost.confirm(confirmed);
        AgreedKey key;
        // The second start finds what a kill behind step 2 has left.
        for (int start = 0; start < 2; ++start) {
            CAPTURE(start);
            const auto recovered = lost.start();
            REQUIRE(recovered.has_value());
            CHECK(recovered->began);
            CHECK(recovered->word.find("generation 2 began with n1 alone, without n2, n3; root") ==
                  0);
            const ClusterState state = lost.state();
            CHECK(state.generation == 2);
            CHECK(state.members.size() == 1);
            CHECK((start == 0 || state.keys[0] == key));
            key = state.keys[0];
            CHECK(key != agreed_cluster().keys[0]);
        }
        CHECK(std::filesystem::exists(lost.folder.path() / "ledger.db-old"));
        end_recovery(lost.folder.path());
        CHECK_FALSE(lost.is_confirmed());
        CHECK(lost.start()->word.empty());
        CHECK(lost.state().generation == 2);
    }

    TEST_CASE("what was confirmed of another moment is given up, and the old ledger goes on") {
        struct Row {
            const char* why;
            void (*change)(ConfirmedRecovery&);
            const char* told;
        };
        const Row rows[] = {
            {"a boot has begun", [](auto& c) { c.incarnation = Incarnation(2); }, "booted"},
            {"another machine's boot", [](auto& c) { c.boot_tag = 1; }, "booted"},
            {"a term has begun", [](auto& c) { c.term = ledger::Term(4); }, "gone on"},
            {"a vote was given", [](auto& c) { c.vote = nobody; }, "gone on"},
            {"an entry was followed", [](auto& c) { c.last = ledger::Index(17); }, "gone on"},
            {"another generation", [](auto& c) { c.generation = 3; }, "another generation"},
            {"the one of now", [](auto& c) { c.generation = 1; }, "another generation"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const LostCluster lost;
            ConfirmedRecovery then = confirmed;
            row.change(then);
            lost.confirm(then);
            const auto recovered = lost.start();
            REQUIRE(recovered.has_value());
            CHECK(recovered->word.find(row.told) != std::string::npos);
            CHECK(lost.state().generation == 1);
            CHECK(lost.state().members.size() == 3);
            CHECK_FALSE(recovered->began);
            CHECK_FALSE(lost.is_confirmed());
        }
    }

    TEST_CASE("a damaged word is refused, and names its file") {
        const LostCluster lost;
        REQUIRE_FALSE(
            write_small_file(recover_file(lost.folder.path()), "recover", config::Readers::owner));
        const auto refused = lost.start();
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().find("/recover") != std::string::npos);
        CHECK(lost.state().generation == 1);
    }

    TEST_CASE("a person whose name has no form is refused by the rules, and nothing is lost") {
        const LostCluster lost;
        ConfirmedRecovery then = confirmed;
        then.person = std::string(name_bytes_max + 1, 'r');
        lost.confirm(then);
        const auto recovered = lost.start();
        REQUIRE(recovered.has_value());
        CHECK(recovered->word.find("malformed") != std::string::npos);
        CHECK(lost.state().generation == 1);
    }
}

namespace {

/// A node whose ledger is lost, with a backup to begin from.
struct RestoringNode {
    explicit RestoringNode(const ClusterState& state = agreed_cluster()) {
        const wire::LedgerBackup backup{.node = "n2",
                                        .term = 9,
                                        .made = "2026-11-26T07:00:00Z",
                                        .state = wire::without_secrets(state)};
        put("restore", wire::encode(backup));
        put("begin", "restore 1764000000 root\n");
        put("member", "member 1\n");
    }
    void put(const char* file, const std::string& text) const {
        REQUIRE_FALSE(write_small_file(folder.path() / file, text, config::Readers::owner));
    }
    tl::expected<Membership, std::string> start() const {
        return begin_membership(folder.path(), here(), keys_file, 1);
    }
    store::StoreFolder folder;
};

}  // namespace

TEST_SUITE("daemon: restoring") {
    TEST_CASE("a backup begins a new generation, and its node counts its boots anew") {
        ClusterState backed_up = agreed_cluster();
        backed_up.members[0].incarnation = Incarnation(40);
        backed_up.members[0].boot_tag = 4;
        const RestoringNode node(backed_up);
        const auto found = node.start();
        REQUIRE(found.has_value());
        CHECK(found->mode == Membership::Mode::ledger);
        CHECK(found->generation_began);
        CHECK(found->word.find("generation 2 began with n1 alone") == 0);
        REQUIRE(found->opened.has_value());
        CHECK(found->opened->restored.term == ledger::Term(10));
        const auto state = whole_state(MemberId(1), found->opened->restored);
        REQUIRE(state.has_value());
        CHECK(state->generation == 2);
        CHECK(state->index == backed_up.index + 1);
        REQUIRE(state->members.size() == 1);
        CHECK(state->members[0].incarnation == Incarnation{});
        // Those who come back are told under the key that this host still has.
        REQUIRE(state->keys.size() == 2);
        CHECK(state->keys[1].number == KeyNumber(1));
        CHECK(state->keys[0].number == KeyNumber(2));
        CHECK_FALSE(std::filesystem::exists(node.folder.path() / "begin"));
    }

    TEST_CASE("a start after it begins nothing more") {
        const RestoringNode node;
        REQUIRE(node.start().has_value());
        const auto found = node.start();
        REQUIRE(found.has_value());
        CHECK_FALSE(found->generation_began);
        const auto state = whole_state(MemberId(1), found->opened->restored);
        REQUIRE(state.has_value());
        CHECK(state->generation == 2);
    }

    TEST_CASE("what cannot be restored makes no ledger, and says why") {
        struct Row {
            const char* why;
            void (*change)(const RestoringNode&);
            const char* told;
        };
        const Row rows[] = {
            {"no backup",
             [](const RestoringNode& n) { remove_small_file(n.folder.path() / "restore"); },
             "not here"},
            {"a damaged one", [](const RestoringNode& n) { n.put("restore", "hello"); },
             "no-backup"},
            {"another cluster's",
             [](const RestoringNode& n) {
                 ClusterState other = agreed_cluster();
                 other.name = "prod";
                 n.put("restore", wire::encode({.node = "n2",
                                                .term = 9,
                                                .made = "now",
                                                .state = wire::without_secrets(other)}));
             },
             "of the cluster prod"},
            {"one without this node",
             [](const RestoringNode& n) {
                 ClusterState other = agreed_cluster();
                 other.members.erase(other.members.begin());
                 n.put("restore", wire::encode({.node = "n2",
                                                .term = 9,
                                                .made = "now",
                                                .state = wire::without_secrets(other)}));
             },
             "no-member"},
            {"a damaged mark", [](const RestoringNode& n) { n.put("begin", "restore x"); },
             "wants a time"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.why);
            const RestoringNode node;
            row.change(node);
            const auto found = node.start();
            REQUIRE_FALSE(found.has_value());
            CHECK(found.error().find(row.told) != std::string::npos);
            CHECK_FALSE(std::filesystem::exists(node.folder.ledger()));
        }
    }
}

}  // namespace inquest::daemon
