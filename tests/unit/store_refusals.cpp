// Files that are not what they should be: refused with a line that says what to do, and left alone.
#include "heartbeat/store/write_ahead.hpp"
#include "tests/unit/store_files.hpp"

#include <map>
#include <sys/stat.h>

namespace inquest::store {
namespace {

using Reason = Refusal::Reason;

/// All files of a folder but the empty ones, which SQLite may leave beside a file that it read.
std::map<std::string, std::string> everything(const StoreFolder& folder) {
    std::map<std::string, std::string> result;
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
        if (!file.is_regular_file()) continue;
        std::string text = contents(file.path());
        if (!text.empty()) result[file.path().filename()] = std::move(text);
    }
    return result;
}

/// The refusal's line where it is of this reason, names the file, and changed nothing.
std::string refused(const StoreFolder& folder, Reason reason, const Identity& identity = own) {
    const auto before = everything(folder);
    const auto opened = Database::open(folder.ledger(), identity, no_reserve);
    REQUIRE(!opened.has_value());
    const std::string line = opened.error().line;
    INFO(line);
    CHECK(static_cast<int>(opened.error().reason) == static_cast<int>(reason));
    CHECK(line.find(folder.ledger().string()) == 0);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(everything(folder) == before);
    return line;
}

bool has(const std::string& line, const char* part) { return line.find(part) != line.npos; }

/// A ledger with a history, as a crash leaves it: the last transactions stand in its log alone.
void live_ledger(const StoreFolder& folder, std::uint64_t commits = 6) {
    create_ledger(folder);
    Database database = open_ledger(folder).database;
    for (std::uint64_t i = 1; i <= commits; ++i) {
        commit(database, {.ballot = ballot(i, 1), .appended = {entry(i, i, 200)}});
        if (i == 3) commit(database, {.snapshot = snapshot(2, 2, 6000)});
    }
}

void closed_ledger(const StoreFolder& folder) {
    live_ledger(folder);
    open_ledger(folder).database.close();
}

/// Runs SQL on the closed file as a person with a tool would.
void meddle(const StoreFolder& folder, const std::string& sql,
            Connection::Closing closing = Connection::Closing::tidy) {
    auto connection = Connection::open(folder.ledger(), Connection::Durable::against_kill);
    REQUIRE(connection.has_value());
    const auto done = connection->execute(sql);
    if (!done) FAIL(done.error().message());
    connection->close(closing);
}

TEST_SUITE("store: refusals") {
    TEST_CASE("no file is no blank ledger") {
        const StoreFolder folder;
        CHECK(has(refused(folder, Reason::missing), "invite it anew"));
        CHECK(std::filesystem::is_empty(folder.path()));
    }

    TEST_CASE("nothing is ever overwritten by a new ledger") {
        const StoreFolder folder;
        SUBCASE("a ledger") { closed_ledger(folder); }
        SUBCASE("any file") { write_file(folder.ledger(), ""); }
        SUBCASE("a log without its ledger") { write_file(folder.log(), "x"); }
        SUBCASE("a link that leads nowhere") {
            std::filesystem::create_symlink("nowhere", folder.ledger());
        }
        const auto before = everything(folder);
        const auto created = Database::create(folder.ledger(), own, three_voters());
        REQUIRE(!created.has_value());
        CHECK(created.error().reason == Reason::exists);
        CHECK(has(created.error().line, "is there already"));
        CHECK(everything(folder) == before);
    }

    TEST_CASE("a creation that a crash ended half-way does not hinder the next") {
        const StoreFolder folder;
        write_file(folder.path() / "ledger.db.new", "half");
        write_file(folder.path() / "ledger.db.new-journal", "half");
        create_ledger(folder);
        CHECK(same(open_ledger(folder).restored, three_voters()));
    }

    TEST_CASE("a folder that is not there holds no ledger") {
        const auto created = Database::create("/nonexistent/ledger.db", own, three_voters());
        REQUIRE(!created.has_value());
        CHECK(has(created.error().line, "/nonexistent/ledger.db"));
    }

    TEST_CASE("no ordinary file") {
        const StoreFolder folder;
        SUBCASE("a folder") { std::filesystem::create_directory(folder.ledger()); }
        SUBCASE("a link") {
            create_ledger(folder);
            std::filesystem::rename(folder.ledger(), folder.path() / "elsewhere");
            std::filesystem::create_symlink("elsewhere", folder.ledger());
        }
        SUBCASE("a pipe") { REQUIRE(::mkfifo(folder.ledger().c_str(), 0600) == 0); }
        CHECK(has(refused(folder, Reason::not_a_file), "no ordinary file"));
    }

    TEST_CASE("the folder may be a link") {
        const StoreFolder folder;
        closed_ledger(folder);
        const std::filesystem::path link = folder.path() / "link";
        std::filesystem::create_directory_symlink(folder.path(), link);
        CHECK(Database::open(link / "ledger.db", own, no_reserve).has_value());
    }

    TEST_CASE("another program's file") {
        const StoreFolder folder;
        const char* part = "no SQLite database";
        SUBCASE("empty") { write_file(folder.ledger(), ""); }
        SUBCASE("plain text") { write_file(folder.ledger(), std::string(5000, 't')); }
        SUBCASE("cut off within its header") {
            closed_ledger(folder);
            std::filesystem::resize_file(folder.ledger(), 99);
        }
        SUBCASE("a database of somebody else") {
            part = "not this node's ledger";
            write_file(folder.ledger(), "");
            meddle(folder, "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('a');");
        }
        SUBCASE("one with a log") {
            part = "not this node's ledger";
            write_file(folder.ledger(), "");
            auto other = Connection::open(folder.ledger(), Connection::Durable::against_kill);
            REQUIRE(other->execute("PRAGMA journal_mode=WAL; CREATE TABLE songs (title TEXT);")
                        .has_value());
            other->close(Connection::Closing::leave);
        }
        CHECK(has(refused(folder, Reason::foreign), part));
    }

    TEST_CASE("a newer Inquest's file") {
        const StoreFolder folder;
        closed_ledger(folder);
        Connection::Closing closing = Connection::Closing::tidy;
        SUBCASE("closed") {}
        SUBCASE("its version stands in its log alone") { closing = Connection::Closing::leave; }
        meddle(folder, "PRAGMA user_version=2", closing);
        CHECK(has(refused(folder, Reason::newer), "newer Inquest"));
    }

    TEST_CASE("another cluster's, another member's") {
        const StoreFolder folder;
        closed_ledger(folder);
        const std::string cluster =
            refused(folder, Reason::other_cluster, {.cluster = "home", .member = MemberId(1)});
        CHECK(has(cluster, "of member 1 of cluster lab, this node is member 1 of cluster home"));
        refused(folder, Reason::other_member, {.cluster = "lab", .member = MemberId(2)});
        open_ledger(folder);
    }

    TEST_CASE("a file that is in use") {
        const StoreFolder folder;
        closed_ledger(folder);
        SUBCASE("by another daemon") {
            const Database::Opened opened = open_ledger(folder);
            CHECK(has(refused(folder, Reason::locked), "another program uses it"));
        }
        SUBCASE("by a person with a tool") {
            int ready[2];
            int done[2];
            REQUIRE((::pipe(ready) == 0 && ::pipe(done) == 0));
            const pid_t child = begin_child([&] {
                ::close(done[1]);
                auto tool = Connection::open(folder.ledger(), Connection::Durable::against_kill);
                char byte = tool->execute("BEGIN IMMEDIATE") ? 'y' : 'n';
                if (::write(ready[1], &byte, 1) != 1) return 1;
                return ::read(done[0], &byte, 1) == 0 && byte == 'y' ? 0 : 1;
            });
            char byte = 0;
            REQUIRE(::read(ready[0], &byte, 1) == 1);
            const auto opened = Database::open(folder.ledger(), own, no_reserve);
            REQUIRE(!opened.has_value());
            CHECK(opened.error().reason == Reason::locked);
            for (const int fd : {ready[0], ready[1], done[0], done[1]}) ::close(fd);
            CHECK(end_of(child) == 0);
        }
        open_ledger(folder);
    }

    TEST_CASE("a file that may not be written") {
        const StoreFolder folder;
        closed_ledger(folder);
        bool file = false;
        SUBCASE("the file") { file = true; }
        SUBCASE("its folder") {}
        REQUIRE(::chmod(folder.ledger().c_str(), file ? 0444 : 0666) == 0);
        REQUIRE(::chmod(folder.path().c_str(), file ? 0777 : 0555) == 0);
        const pid_t child = begin_child([&] {
            // Root may write everything.
            if (::geteuid() == 0 && ::setuid(65534) != 0) return 2;
            const auto opened = Database::open(folder.ledger(), own, no_reserve);
            return !opened && opened.error().reason == Reason::not_permitted ? 0 : 1;
        });
        CHECK(end_of(child) == 0);
        REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
    }

    TEST_CASE("rows that were tampered with, or got lost") {
        struct Row {
            const char* why;
            const char* sql;
            const char* part;
        };
        const Row rows[] = {
            {"the last entry is gone", "DELETE FROM entry WHERE place = 6", "ends at 5"},
            {"one in the middle", "DELETE FROM entry WHERE place = 4", "goes on with 5 where 4"},
            {"the first", "DELETE FROM entry WHERE place = 3", "goes on with 4 where 3"},
            {"all of them", "DELETE FROM entry", "ends at 2"},
            {"other bytes", "UPDATE entry SET bytes = x'00' WHERE place = 5", "entry 5"},
            {"another term", "UPDATE entry SET term = 9 WHERE place = 6", "entry 6"},
            {"an unknown kind", "UPDATE entry SET kind = 4 WHERE place = 6", "entry 6"},
            {"members", "UPDATE entry SET members = x'FF' WHERE place = 6", "entry 6"},
            {"two changed places",
             "UPDATE entry SET place = 99 WHERE place = 4; UPDATE entry SET place = 4 WHERE place "
             "= 5; UPDATE entry SET place = 5 WHERE place = 99",
             "entry 4"},
            {"an older term", "UPDATE state SET term = 5", "term and vote is damaged"},
            {"no vote", "UPDATE state SET vote = 0", "term and vote is damaged"},
            {"no term and vote", "DELETE FROM state", "term and vote is missing"},
            {"the snapshot is gone", "DELETE FROM snapshot", "the snapshot is missing"},
            {"its state", "UPDATE snapshot SET bytes = x''", "the snapshot is damaged"},
            {"its place", "UPDATE snapshot SET place = 3; DELETE FROM entry WHERE place = 3",
             "the snapshot is damaged"},
            {"its members", "UPDATE snapshot SET membership = x'0102'", "members are damaged"},
            {"whose it is", "DELETE FROM identity", "whose it is is missing"},
            {"a table", "DROP TABLE entry", "cannot be read"},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            const StoreFolder folder;
            closed_ledger(folder);
            meddle(folder, row.sql);
            const std::string line = refused(folder, Reason::damaged);
            INFO(line);
            CHECK(has(line, row.part));
        }
    }

    TEST_CASE("a row of an older time, as a disk leaves it that lost a write") {
        const StoreFolder folder;
        closed_ledger(folder);
        meddle(folder, "CREATE TABLE old AS SELECT * FROM entry WHERE place = 5");
        Database database = open_ledger(folder).database;
        commit(database, {.truncate_from = ledger::Index(5),
                          .appended = {entry(5, 9), entry(6, 9), entry(7, 9)}});
        database.close();
        meddle(folder, "REPLACE INTO entry SELECT * FROM old");
        CHECK(has(refused(folder, Reason::damaged), "entry 6 is damaged"));
    }

    TEST_CASE("a file that was cut off") {
        const StoreFolder folder;
        closed_ledger(folder);
        const std::string whole = contents(folder.ledger());
        for (std::size_t size = 512; size < whole.size(); size += 1536) {
            CAPTURE(size);
            write_file(folder.ledger(), whole.substr(0, size));
            refused(folder, Reason::damaged);
        }
    }

    TEST_CASE("the log of a ledger that was not closed must be there") {
        const StoreFolder folder;
        live_ledger(folder);
        const std::string log = contents(folder.log());
        SUBCASE("removed") { std::filesystem::remove(folder.log()); }
        SUBCASE("emptied") { write_file(folder.log(), ""); }
        SUBCASE("overwritten") { write_file(folder.log(), std::string(log.size(), '\0')); }
        CHECK(has(refused(folder, Reason::incomplete), "put that file back"));
        write_file(folder.log(), log);
        CHECK(last_of(open_ledger(folder).restored) == ledger::Index(6));
    }
}

// ---- Any byte ----------------------------------------------------------------------------------

/// What an opening finds after a byte was changed.
struct Found {
    int refused = 0;
    int same = 0;
    int before_last = 0;  ///< all but the last transaction
    int lost = 0;         ///< acknowledged writes are gone, and nobody says so
};

Found flip_each(const std::filesystem::path& file, std::size_t step, const StoreFolder& folder,
                const ledger::Restored& all, const ledger::Restored& all_but_one) {
    Found found;
    const auto files = everything(folder);
    std::string text = contents(file);
    for (std::size_t place = 0; place < text.size(); place += step) {
        for (const auto& [name, whole] : files) write_file(folder.path() / name, whole);
        for (const char* name : {"ledger.db", "ledger.db-wal"}) {
            if (!files.contains(name)) std::filesystem::remove(folder.path() / name);
        }
        std::string changed = text;
        changed[place] = static_cast<char>(changed[place] ^ 0x41);
        write_file(file, changed);
        const auto opened = Database::open(folder.ledger(), own, no_reserve);
        if (!opened) {
            ++found.refused;
        } else if (same(opened->restored, all)) {
            ++found.same;
        } else if (same(opened->restored, all_but_one)) {
            ++found.before_last;
        } else {
            ++found.lost;
            MESSAGE("byte ", place, " of ", file.string());
        }
    }
    return found;
}

TEST_SUITE("store: any byte") {
    TEST_CASE("a byte of the file is changed: all is there, or it is refused") {
        const StoreFolder folder;
        closed_ledger(folder);
        Database::Opened opened = open_ledger(folder);
        opened.database.close();
        const Found found = flip_each(folder.ledger(), 97, folder, opened.restored, {});
        CHECK(found.lost == 0);
        CHECK(found.before_last == 0);
        CHECK(found.refused > 50);
    }

    TEST_CASE("a byte of the log is changed: only the last transaction can pass for torn") {
        StoreFolder but_one;
        live_ledger(but_one, 5);
        const ledger::Restored five = open_ledger(but_one).restored;
        const StoreFolder folder;
        live_ledger(folder, 6);
        const auto files = everything(folder);
        const ledger::Restored six = open_ledger(folder).restored;
        for (const auto& [name, whole] : files) write_file(folder.path() / name, whole);
        const std::size_t last = 2 * (4096 + 24);  // its entry's page and the state's
        const Found found = flip_each(folder.log(), 97, folder, six, five);
        CHECK(found.lost == 0);
        CHECK(found.before_last <= static_cast<int>(last / 97 + 1));
        CHECK(found.refused > 100);
    }

    TEST_CASE("a log that is torn anywhere holds whole transactions, in order") {
        const StoreFolder folder;
        live_ledger(folder);
        const auto files = everything(folder);
        std::uint64_t before = 0;
        for (std::size_t size = 32; size <= files.at("ledger.db-wal").size(); size += 997) {
            CAPTURE(size);
            for (const auto& [name, whole] : files) write_file(folder.path() / name, whole);
            std::filesystem::resize_file(folder.log(), size);
            const ledger::Restored restored = open_ledger(folder).restored;
            const std::uint64_t last = last_of(restored).value;
            CHECK(restored.term == ledger::Term(last));  // one transaction wrote both
            CHECK(last >= before);
            before = last;
        }
        CHECK(before >= 5);
    }
}

}  // namespace
}  // namespace inquest::store
