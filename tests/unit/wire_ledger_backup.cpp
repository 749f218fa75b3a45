// A backup: there and back, nothing secret in it, and no damage that goes unnoticed.
#include "heartbeat/wire/ledger_backup.hpp"
#include "tests/unit/agreed_cluster.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::wire {
namespace {

LedgerBackup backup_of(const ClusterState& state) {
    return {
        .node = "n1", .term = 7, .made = "2026-11-26T07:00:00Z", .state = without_secrets(state)};
}

std::string word_of(std::string_view text) {
    const auto read = decode_backup(text);
    return read ? "read" : std::string(word(read.error()));
}

TEST_SUITE("wire: ledger backup") {
    TEST_CASE("there and back, with a line for people") {
        const LedgerBackup backup = backup_of(agreed_cluster());
        const std::string text = encode(backup);
        const auto again = decode_backup(text);
        REQUIRE(again.has_value());
        CHECK(*again == backup);
        CHECK(
            text.starts_with("inquest-ledger-backup 1\ncluster=lab generation=1 term=7 entry=17 "
                             "node=n1 made=2026-11-26T07:00:00Z\n"));
        CHECK(text.ends_with("\n"));
    }

    TEST_CASE("no key, no invitation and no request is in it") {
        ClusterState state = agreed_cluster();
        state.members[2].invitation.fill(std::byte{0x77});
        state.requests = {{RequestId(5), EntryRefusal::none, 3}};
        state.key_waiting = state.keys[0].number;
        const ClusterState bare = without_secrets(state);
        CHECK(bare.keys.empty());
        CHECK(bare.key_waiting == KeyNumber{});
        CHECK(bare.requests.empty());
        CHECK(bare.members[2].invitation == SecretDigest{});
        CHECK(bare.members[2].addresses == state.members[2].addresses);
        CHECK(bare.index == state.index);
    }

    TEST_CASE("every letter that is changed, and every end that is missing, is noticed") {
        const std::string text = encode(backup_of(agreed_cluster()));
        for (std::size_t at = 0; at < text.size(); ++at) {
            CAPTURE(at);
            std::string changed = text;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            CHECK(word_of(changed) != "read");
            CHECK(word_of(text.substr(0, at)) != "read");
        }
        CHECK(word_of(text + "\n") == "damaged");
        CHECK(word_of(text + text) == "damaged");
    }

    TEST_CASE("each refusal says why") {
        const std::string text = encode(backup_of(agreed_cluster()));
        CHECK(word_of("") == "no-backup");
        CHECK(word_of("hello\n") == "no-backup");
        CHECK(word_of("inquest-join-1.abc") == "no-backup");
        std::string newer = text;
        newer.replace(text.find(" 1\n"), 3, " 2\n");
        CHECK(word_of(newer) == "version");
        CHECK(word_of(text.substr(0, text.size() / 2)) == "damaged");
        std::string other = text;
        other.replace(other.find("cluster=lab"), 11, "cluster=bal");
        CHECK(word_of(other) == "damaged");
        CHECK(word_of(text + std::string(backup_text_max, 'x')) == "damaged");
        CHECK(word_of(encode(backup_of(ClusterState{}))) == "malformed");
    }

    TEST_CASE("the largest cluster's backup is read") {
        ClusterState state = agreed_cluster();
        for (std::size_t i = state.tombstones.size(); i < tombstones_max; ++i)
            state.tombstones.push_back({MemberId(3), std::string(name_bytes_max, 't'), 1000});
        const std::string text = encode(backup_of(state));
        CHECK(text.size() < backup_text_max);
        CHECK(word_of(text) == "read");
    }
}

}  // namespace
}  // namespace inquest::wire
