// The diary: what is written, what is not, and what a reader sees of both.
#include "heartbeat/daemon/diary.hpp"
#include "heartbeat/daemon/run_file.hpp"
#include "heartbeat/endings/evidence.hpp"
#include "tests/unit/endings_files.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace inquest::daemon {
namespace {

using endings::clock_at;
using endings::Folder;
using Words = std::vector<std::string>;

Diary diary_in(const Folder& folder, std::size_t unsaved_max = 100) {
    return Diary({.file = folder.path() / "events.db",
                  .store = {},
                  .unsaved_max = unsaved_max,
                  .page_max = 3});
}

/// Notes events "first".."last", each at as many seconds.
void add(Diary& diary, int first, int last) {
    for (int i = first; i <= last; ++i) diary.add(clock_at(i), std::to_string(i));
}

Words words(int first, int last) {
    Words result;
    for (int i = first; i <= last; ++i) result.push_back(std::to_string(i));
    return result;
}

/// All that a reader gets, page by page; between two pages something happens.
template <typename Between>
Words read(Diary& diary, std::optional<endings::Wall> since, Between between) {
    Words all;
    std::optional<Bookmark> bookmark = diary.begin(since);
    while (bookmark) {
        Page page = diary.read(*bookmark);
        CHECK(page.trouble.empty());
        all.insert(all.end(), page.events.begin(), page.events.end());
        bookmark = page.rest;
        if (bookmark) between();
    }
    return all;
}
Words read(Diary& diary, std::optional<endings::Wall> since = {}) {
    return read(diary, since, [] {});
}

TEST_SUITE("diary") {
    TEST_CASE("what is saved outlives the run, and is read before what is not saved yet") {
        const Folder folder;
        {
            Diary diary = diary_in(folder);
            CHECK(read(diary).empty());
            add(diary, 1, 7);
            diary.save();
            CHECK(diary.health() == Diary::Health{});
            CHECK(read(diary) == words(1, 7));
        }
        Diary diary = diary_in(folder);
        CHECK(read(diary) == words(1, 7));
        add(diary, 8, 12);
        CHECK(read(diary) == words(1, 12));
        CHECK(diary.unsaved() == 5);
    }

    TEST_CASE("since an instant, wherever it lies") {
        const Folder folder;
        Diary diary = diary_in(folder);
        add(diary, 1, 5);
        diary.save();
        add(diary, 6, 9);
        struct Row {
            const char* why;
            int since;
            int first;
        };
        const Row rows[] = {
            {"before all", -5, 1},           {"the first one's own instant", 1, 1},
            {"amid the saved ones", 3, 3},   {"the last saved one", 5, 5},
            {"the first unsaved one", 6, 6}, {"the last one", 9, 9},
            {"after all", 10, 10},
        };
        for (const Row& row : rows) {
            INFO(std::string(row.why));
            CHECK(read(diary, clock_at(row.since)) == words(row.first, 9));
        }
        CHECK(read(diary, endings::Wall(Duration(-1))) == words(1, 9));
    }

    TEST_CASE("a reader sees what there was when it asked, once, whatever happens meanwhile") {
        const Folder folder;
        Diary diary = diary_in(folder);
        add(diary, 1, 8);
        diary.save();
        add(diary, 9, 10);
        int next = 11;
        const Words seen = read(diary, {}, [&] {
            add(diary, next, next);
            diary.save();
            ++next;
        });
        CHECK(seen == words(1, 10));
    }

    TEST_CASE("a disk that refuses: the newest stay in memory, the oldest are lost and counted") {
        const Folder folder;
        const Folder elsewhere;
        std::filesystem::create_directories(folder.path() / "events.db");
        Diary diary = diary_in(folder, 10);
        add(diary, 1, 14);
        diary.save();
        CHECK(diary.health().trouble.find("no ordinary file") != std::string::npos);
        CHECK(diary.health().unsaved == 10);
        CHECK(diary.health().lost == 4);
        CHECK(read(diary) == words(5, 14));
        std::filesystem::remove(folder.path() / "events.db");
        diary.save();
        CHECK(diary.health() == Diary::Health{.trouble = "", .unsaved = 0, .lost = 4});
        CHECK(read(diary) == words(5, 14));
    }

    TEST_CASE("events that are lost while somebody reads are not seen twice") {
        const Folder folder;
        Diary diary = diary_in(folder, 4);
        add(diary, 1, 6);
        // Four fit; the file does not exist yet, so nothing of them is written.
        const Bookmark bookmark = diary.begin({});
        add(diary, 7, 8);
        const Page page = diary.read(bookmark);
        CHECK(page.events == words(5, 6));
        CHECK_FALSE(page.rest.has_value());
    }

    TEST_CASE("a damaged file is set aside, with a word") {
        const Folder folder;
        {
            Diary diary = diary_in(folder);
            add(diary, 1, 300);
            diary.save();
            diary.close();
        }
        const auto file = folder.path() / "events.db";
        {
            std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
            stream.seekp(4096);
            for (int i = 0; i < 8192; ++i) stream.put('\x5a');
        }
        Diary diary = diary_in(folder);
        add(diary, 301, 302);
        diary.save();
        CHECK(diary.take_set_aside().find("events.db.damaged") != std::string::npos);
        CHECK(diary.take_set_aside().empty());
        CHECK(diary.health() == Diary::Health{});
        CHECK(read(diary) == words(301, 302));
    }

    TEST_CASE("a bookmark of a file that was opened anew ends the reading") {
        const Folder folder;
        Diary diary = diary_in(folder);
        add(diary, 1, 9);
        diary.save();
        const Page first = diary.read(diary.begin({}));
        REQUIRE(first.rest.has_value());
        diary.close();
        diary.save();
        CHECK_FALSE(diary.read(*first.rest).trouble.empty());
    }
}

// ---- The record of a run -----------------------------------------------------------------------

endings::Facts facts_in(const Folder& folder) {
    return endings::gather({.etc = folder.path(),
                            .state = folder.path(),
                            .wtmp = "/nonexistent",
                            .watchdogs = "/nonexistent",
                            .pstore = "/nonexistent",
                            .pstore_archive = "/nonexistent"},
                           clock_at(0));
}

RunFile begin(const Folder& folder, const endings::RunRecord& record) {
    auto file = RunFile::begin(folder.path(), record);
    REQUIRE(file.has_value());
    return std::move(*file);
}

TEST_SUITE("run file") {
    using endings::run_of;
    using endings::Word;

    TEST_CASE("earlier runs keep their places over restarts and boots") {
        const Folder folder;
        begin(folder, run_of("a", 1, 1));
        begin(folder, run_of("a", 1, 2));
        CHECK(facts_in(folder).run == run_of("a", 1, 2));
        CHECK(facts_in(folder).earlier == run_of("a", 1, 1));
        CHECK_FALSE(facts_in(folder).last_boot.has_value());
        begin(folder, run_of("b", 2, 1));
        CHECK(facts_in(folder).last_boot == run_of("a", 1, 2));
        CHECK_FALSE(facts_in(folder).earlier.has_value());
        begin(folder, run_of("b", 2, 2));
        begin(folder, run_of("b", 2, 3));
        CHECK(facts_in(folder).earlier == run_of("b", 2, 2));
        CHECK(facts_in(folder).last_boot == run_of("a", 1, 2));
    }

    TEST_CASE("a damaged record gives way") {
        const Folder folder;
        folder.write("run", std::string(900, 'x'));
        begin(folder, run_of("a", 1, 2));
        CHECK(facts_in(folder).run == run_of("a", 1, 2));
        CHECK_FALSE(facts_in(folder).earlier.has_value());
    }

    TEST_CASE("a sign of life and the ending are noted in place") {
        const Folder folder;
        RunFile file = begin(folder, run_of("a", 1, 1));
        REQUIRE(file.alive(clock_at(90)).has_value());
        REQUIRE(file.ending({Word::told, SIGTERM}).has_value());
        CHECK(facts_in(folder).run == run_of("a", 1, 1, {Word::told, SIGTERM}, 90));
    }

    TEST_CASE("a fatal signal is noted, and still ends the process as it would have") {
        for (const int signal : {SIGABRT, SIGXCPU}) {
            const Folder folder;
            const pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                auto file = RunFile::begin(folder.path(), run_of("a", 1, 1));
                if (!file) ::_exit(1);
                file->catch_fatal_signals();
                ::raise(signal);
                ::_exit(2);
            }
            int status = 0;
            REQUIRE(::waitpid(child, &status, 0) == child);
            CHECK(WIFSIGNALED(status));
            CHECK(WTERMSIG(status) == signal);
            CHECK(facts_in(folder).run == run_of("a", 1, 1, {Word::died, signal}));
        }
    }
}

}  // namespace
}  // namespace inquest::daemon
