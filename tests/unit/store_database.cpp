// ledger.db: what one run makes durable, the next one reads; and the file stays small.
#include "tests/unit/store_files.hpp"

#include <sys/stat.h>

namespace inquest::store {
namespace {

using ledger::Persist;

/// Does `story` to a new ledger, and returns what the next run reads.
ledger::Restored after_story(const std::vector<Persist>& story) {
    const StoreFolder folder;
    create_ledger(folder);
    Database database = open_ledger(folder).database;
    for (const Persist& persist : story) commit(database, persist);
    database.close();
    return open_ledger(folder).restored;
}

std::vector<std::uint64_t> indexes(const ledger::Restored& restored) {
    std::vector<std::uint64_t> result;
    for (const ledger::Entry& e : restored.entries) result.push_back(e.index.value);
    return result;
}

using Indexes = std::vector<std::uint64_t>;

TEST_SUITE("store: database") {
    TEST_CASE("a new ledger has its beginning in it, and only inquestd may read it") {
        const StoreFolder folder;
        create_ledger(folder);
        struct stat status {};
        REQUIRE(::stat(folder.ledger().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
        CHECK(!std::filesystem::exists(folder.path() / "ledger.db.new"));
        CHECK(same(open_ledger(folder).restored, three_voters()));
    }

    TEST_CASE("a whole ledger can be the beginning: a backup") {
        const StoreFolder folder;
        const ledger::Restored backup{.term = ledger::Term(7),
                                      .vote = MemberId(2),
                                      .commit = ledger::Index(12),
                                      .snapshot = snapshot(10, 5),
                                      .entries = {entry(11, 6), entry(12, 7), entry(13, 7)}};
        REQUIRE(Database::create(folder.ledger(), own, backup).has_value());
        CHECK(same(open_ledger(folder).restored, backup));
    }

    const ledger::Restored another{.term = ledger::Term(9),
                                   .vote = MemberId(1),
                                   .commit = ledger::Index(20),
                                   .snapshot = snapshot(20, 9)};

    TEST_CASE("a ledger that was closed is replaced in one step, and kept") {
        const StoreFolder folder;
        create_ledger(folder);
        Database database = open_ledger(folder).database;
        commit(database, {.number = 1, .appended = {entry(1, 1)}});
        database.close();
        // What a replacing that was killed has left behind is no hindrance.
        write_file(folder.path() / "ledger.db-next", "half");
        REQUIRE(Database::replace(folder.ledger(), own, another).has_value());
        CHECK(same(open_ledger(folder).restored, another));
        CHECK(!std::filesystem::exists(folder.path() / "ledger.db-next"));
        std::filesystem::rename(folder.path() / "ledger.db-old", folder.ledger());
        std::filesystem::remove(folder.log());
        CHECK(open_ledger(folder).restored.entries == std::vector{entry(1, 1)});
    }

    TEST_CASE("a ledger that was not closed is not replaced") {
        const StoreFolder folder;
        create_ledger(folder);
        const pid_t child = begin_child([&] {
            Database database = open_ledger(folder).database;
            commit(database, {.number = 1, .appended = {entry(1, 1)}});
            ::_exit(0);  // as a crash: nothing is closed
            return 1;
        });
        REQUIRE(end_of(child) == 0);
        const auto refused = Database::replace(folder.ledger(), own, another);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().line.find("not closed") != std::string::npos);
        CHECK(open_ledger(folder).restored.entries == std::vector{entry(1, 1)});
    }

    TEST_CASE("all that a transaction says is read by the next run") {
        ledger::Entry change = entry(2, 1);
        change.kind = ledger::EntryKind::membership;
        change.members = snapshot(1, 1).membership.now;
        const ledger::Entry empty{
            .index = ledger::Index(3), .term = ledger::Term(1), .kind = ledger::EntryKind::settled};
        const ledger::Restored restored =
            after_story({{.number = 1, .ballot = ballot(1, 3), .appended = {entry(1, 1), change}},
                         {.number = 2, .appended = {empty}, .commit = ledger::Index(2)},
                         {.number = 3, .ballot = ballot(4, 0)}});
        CHECK(restored.term == ledger::Term(4));
        CHECK(restored.vote == nobody);
        CHECK(restored.commit == ledger::Index(2));
        CHECK(restored.entries == std::vector{entry(1, 1), change, empty});
    }

    TEST_CASE("entries are removed, covered and appended in this order") {
        const Persist four{.number = 1,
                           .appended = {entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)}};
        const auto then = [&](const Persist& persist) { return after_story({four, persist}); };

        SUBCASE("others take the place of those from an index on") {
            const auto restored =
                then({.number = 2, .truncate_from = ledger::Index(3), .appended = {entry(3, 2)}});
            CHECK(restored.entries == std::vector{entry(1, 1), entry(2, 1), entry(3, 2)});
        }
        SUBCASE("all of them") {
            const auto restored =
                then({.number = 2, .truncate_from = ledger::Index(1), .appended = {entry(1, 2)}});
            CHECK(restored.entries == std::vector{entry(1, 2)});
        }
        SUBCASE("none: there is no entry so high") {
            CHECK(indexes(then({.number = 2, .truncate_from = ledger::Index(5)})) ==
                  Indexes{1, 2, 3, 4});
        }
        SUBCASE("compaction keeps what the snapshot does not cover") {
            const auto restored = then({.number = 2, .snapshot = snapshot(3, 1)});
            CHECK(restored.snapshot.membership == snapshot(3, 1).membership);
            CHECK(restored.snapshot.bytes == snapshot(3, 1).bytes);
            CHECK(indexes(restored) == Indexes{4});
        }
        SUBCASE("a snapshot of all of them, and the log goes on") {
            const auto restored =
                then({.number = 2, .snapshot = snapshot(4, 1), .appended = {entry(5, 2)}});
            CHECK(indexes(restored) == Indexes{5});
        }
        SUBCASE("a leader's snapshot that lies beyond the log") {
            const auto restored = then({.number = 2,
                                        .truncate_from = ledger::Index(10),
                                        .snapshot = snapshot(9, 3),
                                        .appended = {entry(10, 3)}});
            CHECK(restored.snapshot.index == ledger::Index(9));
            CHECK(indexes(restored) == Indexes{10});
        }
        SUBCASE("a leader's snapshot in place of a log that is not the leader's") {
            const auto restored = then({.number = 2,
                                        .truncate_from = ledger::Index(3),
                                        .snapshot = snapshot(2, 2),
                                        .appended = {entry(3, 2)}});
            CHECK(restored.entries == std::vector{entry(3, 2)});
        }
    }

    TEST_CASE("the log goes on after a snapshot, over many runs") {
        const StoreFolder folder;
        create_ledger(folder);
        for (std::uint64_t run = 0; run < 6; ++run) {
            CAPTURE(run);
            auto [database, restored] = open_ledger(folder);
            REQUIRE(last_of(restored) == ledger::Index(3 * run));
            for (std::uint64_t i = 3 * run + 1; i <= 3 * run + 3; ++i) {
                commit(database, {.ballot = ballot(i, 1), .appended = {entry(i, i)}});
            }
            if (run % 2 == 0) commit(database, {.snapshot = snapshot(3 * run + 2, 3 * run + 2)});
            if (run % 3 == 0) database.close();  // else as after a crash
        }
        const auto restored = open_ledger(folder).restored;
        CHECK(restored.snapshot.index == ledger::Index(14));
        CHECK(indexes(restored) == Indexes{15, 16, 17, 18});
    }

    TEST_CASE("several transactions become one, and the last word on each thing holds") {
        const StoreFolder folder;
        create_ledger(folder);
        Database database = open_ledger(folder).database;
        const Persist group[] = {
            {.number = 1, .ballot = ballot(1, 1), .appended = {entry(1, 1), entry(2, 1)}},
            {.number = 2, .truncate_from = ledger::Index(2), .appended = {entry(2, 2)}},
            {.number = 3, .ballot = ballot(2, 3), .commit = ledger::Index(1)}};
        REQUIRE(database.commit(group).has_value());
        database.close();
        const auto restored = open_ledger(folder).restored;
        CHECK(restored.entries == std::vector{entry(1, 1), entry(2, 2)});
        CHECK(restored.term == ledger::Term(2));
        CHECK(restored.vote == MemberId(3));
        CHECK(restored.commit == ledger::Index(1));
    }

    TEST_CASE("100,000 entries, compacted every thousand, take no more room than two thousand") {
        const StoreFolder folder;
        create_ledger(folder);
        Database database = open_ledger(folder).database;
        std::uintmax_t largest = 0;
        for (std::uint64_t i = 0; i < 100'000; i += 100) {
            Persist persist;
            if (i > 0 && i % 1000 == 0) persist.snapshot = snapshot(i, 1, 100'000);
            for (std::uint64_t j = 1; j <= 100; ++j) {
                persist.appended.push_back(entry(i + j, 1, 200));
            }
            commit(database, persist);
            REQUIRE(database.tend().has_value());
            largest = std::max(largest, std::filesystem::file_size(folder.log()));
        }
        // At most 1,100 entries and two snapshots at a time, of 300 and 100,000 bytes.
        CHECK(std::filesystem::file_size(folder.ledger()) < 1 << 20);
        CHECK(largest < 6 << 20);
        database.close();
        CHECK(!std::filesystem::exists(folder.log()));
        CHECK(open_ledger(folder).restored.snapshot.index == ledger::Index(99'000));
    }
}

}  // namespace
}  // namespace inquest::store
