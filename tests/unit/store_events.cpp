// events.db: a ring of what happened, which outlives the process.
#include "heartbeat/store/events_database.hpp"
#include "tests/unit/store_files.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>

namespace inquest::store {
namespace {

std::filesystem::path file_of(const StoreFolder& folder) { return folder.path() / "events.db"; }

EventsDatabase open_events(const StoreFolder& folder, const EventsDatabase::Options& options = {}) {
    auto opened = EventsDatabase::open(file_of(folder), options);
    if (!opened) FAIL(opened.error().line);
    if (opened->set_aside) FAIL(*opened->set_aside);
    return std::move(opened->events);
}

/// Events whose body tells their number; the clock stands at the number, in seconds.
std::vector<StoredEvent> events(std::uint64_t first, std::uint64_t count, std::size_t size = 20) {
    std::vector<StoredEvent> result;
    for (std::uint64_t number = first; number < first + count; ++number) {
        std::string body = "{\"n\":" + std::to_string(number) + "}";
        body.resize(std::max(size, body.size()), ' ');
        result.push_back({.wall_ns = static_cast<std::int64_t>(number) * 1'000'000'000,
                          .body = std::move(body)});
    }
    return result;
}

std::vector<std::uint64_t> numbers(EventsDatabase& database, std::uint64_t from,
                                   std::size_t count = 1'000'000) {
    std::vector<std::uint64_t> result;
    const auto done = database.read(from, count, [&](const StoredEvent& event) {
        const std::string expected = "{\"n\":" + std::to_string(event.number) + "}";
        CHECK(event.body.substr(0, expected.size()) == expected);
        CHECK(event.wall_ns == static_cast<std::int64_t>(event.number) * 1'000'000'000);
        result.push_back(event.number);
    });
    REQUIRE(done.has_value());
    return result;
}

using Numbers = std::vector<std::uint64_t>;

TEST_SUITE("store: events") {
    TEST_CASE("a new file is empty, and numbers go on over runs") {
        const StoreFolder folder;
        {
            EventsDatabase database = open_events(folder);
            CHECK(numbers(database, 0).empty());
            CHECK(database.first() == 1);
            CHECK(database.next() == 1);
            REQUIRE(database.append(events(1, 3)).has_value());
            REQUIRE(database.append({}).has_value());
            database.close();
            CHECK(!std::filesystem::exists(file_of(folder).string() + "-wal"));
        }
        EventsDatabase database = open_events(folder);
        REQUIRE(database.append(events(4, 2)).has_value());
        CHECK(numbers(database, 0) == Numbers{1, 2, 3, 4, 5});
        CHECK(numbers(database, 4) == Numbers{4, 5});
        CHECK(numbers(database, 2, 2) == Numbers{2, 3});
        CHECK(numbers(database, 6).empty());
    }

    TEST_CASE("since an instant of the clock on the wall") {
        const StoreFolder folder;
        EventsDatabase database = open_events(folder);
        REQUIRE(database.append(events(1, 5)).has_value());
        CHECK(database.since(-7) == 1U);
        CHECK(database.since(3'000'000'000) == 3U);
        CHECK(database.since(3'000'000'001) == 4U);
        CHECK(database.since(5'000'000'001) == 6U);
    }

    TEST_CASE("the oldest go: too many, too large, and both again after a restart") {
        const StoreFolder folder;
        const EventsDatabase::Options options{.rows_max = 10, .bytes_max = 1000};
        {
            EventsDatabase database = open_events(folder, options);
            REQUIRE(database.append(events(1, 10)).has_value());
            CHECK(database.first() == 1);
            REQUIRE(database.append(events(11, 1)).has_value());
            CHECK(database.first() == 2);
            REQUIRE(database.append(events(12, 25)).has_value());
            CHECK(numbers(database, 0) == Numbers{27, 28, 29, 30, 31, 32, 33, 34, 35, 36});
            REQUIRE(database.append(events(37, 1, 850)).has_value());
            CHECK(numbers(database, 0) == Numbers{30, 31, 32, 33, 34, 35, 36, 37});
            CHECK(database.bytes() == 990);
        }
        EventsDatabase database = open_events(folder, options);
        CHECK(database.rows() == 8);
        CHECK(database.bytes() == 990);
        REQUIRE(database.append(events(38, 1)).has_value());
        CHECK(database.first() == 31);
        REQUIRE(database.append(events(39, 1, 1001)).has_value());
        CHECK(numbers(database, 0).empty());
        CHECK(database.first() == 40);
        database.close();
        EventsDatabase emptied = open_events(folder, options);
        CHECK(emptied.next() == 40);
        REQUIRE(emptied.append(events(40, 1)).has_value());
        CHECK(numbers(emptied, 0) == Numbers{40});
    }

    TEST_CASE("a hundred thousand events in a ring of a thousand stay small") {
        const StoreFolder folder;
        EventsDatabase database = open_events(folder, {.rows_max = 1000});
        for (std::uint64_t i = 0; i < 100'000; i += 500) {
            REQUIRE(database.append(events(i + 1, 500, 200)).has_value());
        }
        CHECK(database.rows() == 1000);
        CHECK(std::filesystem::file_size(file_of(folder)) < 1 << 20);
        CHECK(std::filesystem::file_size(file_of(folder).string() + "-wal") < 6 << 20);
    }

    TEST_CASE("kill -9: whatever append returned for is there") {
        const StoreFolder folder;
        std::uint64_t durable = 0;
        for (int round = 1; round <= 8; ++round) {
            int appended[2];
            REQUIRE(::pipe2(appended, O_CLOEXEC) == 0);
            const pid_t child = begin_child([&] {
                auto opened = EventsDatabase::open(file_of(folder), {.rows_max = 500});
                if (!opened) return 1;
                for (;;) {
                    const std::uint64_t first = opened->events.next();
                    if (!opened->events.append(events(first, 7))) return 2;
                    const std::uint64_t next = opened->events.next();
                    if (::write(appended[1], &next, sizeof next) < 0) return 3;
                }
            });
            ::close(appended[1]);
            std::uint64_t next = 0;
            for (int i = 0; ::read(appended[0], &next, sizeof next) == sizeof next; ++i) {
                durable = next;
                if (i == 20 * round) ::kill(child, SIGKILL);
            }
            ::close(appended[0]);
            REQUIRE(end_of(child) == -SIGKILL);
            EventsDatabase database = open_events(folder, {.rows_max = 500});
            CHECK(database.next() >= durable);
            CHECK(numbers(database, 0).size() == std::min<std::uint64_t>(500, database.next() - 1));
        }
    }

    TEST_CASE("a damaged file is set aside, and the diary begins anew") {
        const StoreFolder folder;
        {
            EventsDatabase database = open_events(folder);
            REQUIRE(database.append(events(1, 2000)).has_value());
            database.close();
        }
        std::string text = contents(file_of(folder));
        std::fill_n(text.begin() + 8192, 4096, 'x');
        write_file(file_of(folder), text);
        auto opened = EventsDatabase::open(file_of(folder), {});
        REQUIRE(opened.has_value());
        REQUIRE(opened->set_aside.has_value());
        CHECK(opened->set_aside->find("moved to events.db.damaged") != std::string::npos);
        CHECK(contents(folder.path() / "events.db.damaged") == text);
        CHECK(opened->events.rows() == 0);
        REQUIRE(opened->events.append(events(1, 1)).has_value());
    }

    TEST_CASE("somebody else's file is not set aside, nor the ledger") {
        const StoreFolder folder;
        SUBCASE("text") { write_file(file_of(folder), "my diary"); }
        SUBCASE("a ledger") {
            create_ledger(folder);
            std::filesystem::rename(folder.ledger(), file_of(folder));
        }
        const std::string before = contents(file_of(folder));
        const auto opened = EventsDatabase::open(file_of(folder), {});
        REQUIRE(!opened.has_value());
        CHECK(opened.error().reason == Refusal::Reason::foreign);
        CHECK(contents(file_of(folder)) == before);
    }
}

}  // namespace
}  // namespace inquest::store
