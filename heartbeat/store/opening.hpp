// What is looked at before SQLite touches a file: SQLite would take an empty file for a new
// database, mend what it thinks was left half done, and ignore a damaged write-ahead log.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/store/refusal.hpp"
#include "heartbeat/store/sqlite.hpp"
#include "heartbeat/store/write_ahead.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace inquest::store {

/// What a database is for, in the fields of its header that SQLite leaves to programs.
struct Purpose {
    std::string_view noun;      ///< for the line of a refusal
    std::uint32_t application;  ///< application_id
    std::uint32_t version;      ///< user_version: of the tables
    std::string_view remedy;    ///< what to do where it is damaged
};

struct Examined {
    Descriptor lock;  ///< keeps the file this process's own while it is open
    WriteAhead write_ahead;
};

std::filesystem::path write_ahead_file(const std::filesystem::path& file);

/// Is there a sound file of this purpose, free to be used? Changes nothing.
OrRefusal<Examined> examine(const std::filesystem::path& file, const Purpose& purpose);

/// Makes a new database: `fill` makes its tables and rows. It gets its name only when it is
/// complete and durable. Refuses where there is anything of that name, or a log that belongs to it.
OrRefusal<void> make(const std::filesystem::path& file, const Purpose& purpose,
                     const std::function<Result<void>(Connection&)>& fill);

/// An open database: pages and indexes are sound, and commits go to the write-ahead log.
OrRefusal<Connection> connect(const std::filesystem::path& file, const Purpose& purpose,
                              Connection::Durable durable);

Refusal damaged(const std::filesystem::path& file, const Purpose& purpose, std::string_view what);
/// What an error of SQLite means for an opening.
Refusal refusal(const std::filesystem::path& file, const Purpose& purpose,
                const std::error_code& error);

}  // namespace inquest::store
