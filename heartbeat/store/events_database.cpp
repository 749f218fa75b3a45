#include "heartbeat/store/events_database.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/store/opening.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <tuple>
#include <utility>

namespace inquest::store {
namespace {

using std::filesystem::path;
using Reason = Refusal::Reason;

constexpr Purpose purpose{.noun = "the store of this node's events",
                          .application = 0x496e7165,  // "Inqe"
                          .version = 1,
                          .remedy = "move it aside, a new one is begun"};

/// AUTOINCREMENT: a number is never given twice, also when all events were removed.
constexpr const char* tables = R"(
CREATE TABLE event (number INTEGER PRIMARY KEY AUTOINCREMENT, wall_ns INTEGER NOT NULL,
    body TEXT NOT NULL) STRICT;
)";

/// Of the write-ahead log, before it is moved into the file.
constexpr int log_pages_max = 1000;

/// Under a name of its own. What was set aside before gives way: it would fill the disk.
OrRefusal<std::string> set_aside(const path& file, const Refusal& why) {
    const path aside = file.string() + ".damaged";
    const path log = write_ahead_file(file);
    const bool moved = std::rename(file.c_str(), aside.c_str()) == 0;
    const int error = errno;
    const bool log_moved = std::rename(log.c_str(), write_ahead_file(aside).c_str()) == 0;
    if (!moved || (!log_moved && errno != ENOENT)) {
        return tl::unexpected(
            Refusal{Reason::failed, fmt::format("{}: cannot be moved aside ({}): make its folder "
                                                "writable for inquestd",
                                                file.string(), std::strerror(error))});
    }
    return fmt::format("{}; it was moved to {} and a new one begun", why.line,
                       aside.filename().string());
}

}  // namespace

// ---- Opening -----------------------------------------------------------------------------------

OrRefusal<EventsDatabase::Opened> EventsDatabase::open(const path& file, const Options& options) {
    std::optional<std::string> said;
    auto events = open_existing(file, options);
    if (!events && events.error().reason == Reason::damaged) {
        auto aside = set_aside(file, events.error());
        if (!aside) return tl::unexpected(aside.error());
        said = std::move(*aside);
    }
    if (!events && (said || events.error().reason == Reason::missing)) {
        events = make(file, purpose, [](Connection& connection) {
                     return connection.execute(tables);
                 }).and_then([&] { return open_existing(file, options); });
    }
    if (!events) return tl::unexpected(events.error());
    return Opened{std::move(*events), std::move(said)};
}

OrRefusal<EventsDatabase> EventsDatabase::open_existing(const path& file, const Options& options) {
    INQUEST_ASSERT(options.rows_max > 0);
    auto examined = examine(file, purpose);
    if (!examined) return tl::unexpected(examined.error());
    auto connection = connect(file, purpose, Connection::Durable::against_kill);
    if (!connection) return tl::unexpected(connection.error());
    EventsDatabase events(options);
    events.lock_ = std::move(examined->lock);
    events.connection_ = std::move(*connection);
    const auto ready = events.connection_.execute("PRAGMA journal_mode=WAL")
                           .and_then([&] { return events.prepare(); })
                           .and_then([&] { return events.count(); });
    if (!ready) return tl::unexpected(refusal(file, purpose, ready.error()));
    return events;
}

Result<void> EventsDatabase::prepare() {
    const std::pair<Statement*, const char*> all[] = {
        {&put_, "INSERT INTO event VALUES (?, ?, ?)"},
        {&sizes_, "SELECT number, length(CAST(body AS BLOB)) FROM event ORDER BY number"},
        {&remove_before_, "DELETE FROM event WHERE number < ?"},
        {&read_,
         "SELECT number, wall_ns, body FROM event WHERE number >= ? ORDER BY number "
         "LIMIT ?"},
        {&since_, "SELECT number FROM event WHERE wall_ns >= ? ORDER BY number LIMIT 1"}};
    for (const auto& [statement, sql] : all) {
        Result<Statement> prepared = connection_.prepare(sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return {};
}

Result<void> EventsDatabase::count() {
    const Result<Statement> row = connection_.first_row(
        "SELECT ifnull(min(number), 1), count(*), ifnull(sum(length(CAST(body AS BLOB))), 0), "
        "ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) + 1 FROM event");
    if (!row) return tl::unexpected(row.error());
    first_ = row->number(0);
    count_ = row->number(1);
    bytes_ = row->number(2);
    next_ = row->number(3);
    return {};
}

// ---- Writing -----------------------------------------------------------------------------------

Result<void> EventsDatabase::append(std::span<const StoredEvent> events) {
    const auto before = std::make_tuple(first_, next_, count_, bytes_);
    auto done = connection_.execute("BEGIN IMMEDIATE")
                    .and_then([&] { return write(events); })
                    .and_then([&] { return make_room(); })
                    .and_then([&] { return connection_.execute("COMMIT"); });
    if (!done) {
        connection_.roll_back();
        std::tie(first_, next_, count_, bytes_) = before;
    } else if (connection_.log_pages() >= log_pages_max) {
        done = connection_.checkpoint();
    }
    return done;
}

Result<void> EventsDatabase::write(std::span<const StoredEvent> events) {
    if (count_ == 0) first_ = next_;
    Result<void> done;
    for (const StoredEvent& event : events) {
        if (done) {
            done = put_.run(next_, static_cast<std::uint64_t>(event.wall_ns),
                            std::string_view(event.body));
        }
        ++next_;
        ++count_;
        bytes_ += event.body.size();
    }
    return done;
}

/// Counts off the oldest until the rest fits, then removes them at once.
Result<void> EventsDatabase::make_room() {
    const auto too_much = [this] {
        return count_ > options_.rows_max || bytes_ > options_.bytes_max;
    };
    if (!too_much()) return {};
    Result<bool> row = true;
    sizes_.bind();
    while (too_much() && (row = sizes_.step()) && *row) {
        first_ = sizes_.number(0) + 1;
        --count_;
        bytes_ -= sizes_.number(1);
    }
    sizes_.reset();
    if (!row) return tl::unexpected(row.error());
    return remove_before_.run(first_);
}

// ---- Reading -----------------------------------------------------------------------------------

Result<void> EventsDatabase::read(std::uint64_t number, std::size_t count,
                                  const std::function<void(const StoredEvent&)>& sink) {
    read_.bind(number, std::uint64_t{count});
    Result<bool> row = read_.step();
    for (; row && *row; row = read_.step()) {
        sink({.number = read_.number(0),
              .wall_ns = static_cast<std::int64_t>(read_.number(1)),
              .body = std::string(read_.text(2))});
    }
    read_.reset();
    if (!row) return tl::unexpected(row.error());
    return {};
}

Result<std::uint64_t> EventsDatabase::since(std::int64_t wall_ns) {
    since_.bind(static_cast<std::uint64_t>(wall_ns));
    const Result<bool> row = since_.step();
    const std::uint64_t number = row && *row ? since_.number(0) : next_;
    since_.reset();
    if (!row) return tl::unexpected(row.error());
    return number;
}

void EventsDatabase::close() {
    for (Statement* statement : {&put_, &sizes_, &remove_before_, &read_, &since_}) {
        *statement = {};
    }
    connection_.close(Connection::Closing::tidy);
    lock_ = {};
}

}  // namespace inquest::store
