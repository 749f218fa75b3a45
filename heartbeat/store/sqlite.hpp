// SQLite's C API, wrapped where it is called: a connection, a statement, errors as codes. Who uses
// these does not see <sqlite3.h>.
//
// A connection belongs to one thread at a time. Source: sqlite.org/c3ref/intro.html.
#pragma once

#include "heartbeat/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace inquest::store {

using ByteView = std::span<const std::byte>;

/// SQLite's extended result codes.
const std::error_category& sqlite_category();

bool is_full(const std::error_code& error);     ///< the disk, or a quota
bool is_locked(const std::error_code& error);   ///< by another connection
bool is_missing(const std::error_code& error);  ///< a row that must be there
bool is_damage(const std::error_code& error);   ///< pages or tables are not what they should be

class Statement {
 public:
    Statement() = default;

    /// Binds the values in order, runs to the end, and is ready for the next run.
    template <typename... Values>
    [[nodiscard]] Result<void> run(const Values&... values) {
        bind(values...);
        const Result<bool> row = step();
        reset();
        if (!row) return tl::unexpected(row.error());
        return {};
    }

    /// For statements that answer: bind, then step() while it says that there is a row, then
    /// reset().
    template <typename... Values>
    void bind(const Values&... values) {
        int place = 0;
        (bind_one(++place, values), ...);
    }
    [[nodiscard]] Result<bool> step();
    void reset();

    /// Of the row at which the statement stands; views live until the next step.
    std::uint64_t number(int column) const;
    std::string_view text(int column) const;
    ByteView bytes(int column) const;

 private:
    friend class Connection;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    void bind_one(int place, std::uint64_t value);
    void bind_one(int place, std::string_view value);
    void bind_one(int place, ByteView value);

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Connection {
 public:
    enum class Closing : std::uint8_t {
        leave,  ///< the files stay as they are, as after a crash
        tidy,   ///< the write-ahead log is moved into the database and removed
    };
    enum class Durable : std::uint8_t {
        against_kill,   ///< a commit survives the end of the process
        against_power,  ///< and the loss of power
    };

    Connection() = default;

    /// Pre: the file exists; it may be empty.
    [[nodiscard]] static Result<Connection> open(const std::filesystem::path& file,
                                                 Durable durable);
    void close(Closing closing);

    /// Statements without an answer, several separated by semicolons.
    [[nodiscard]] Result<void> execute(const std::string& sql);
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// Prepared, and standing at its first row; an error where there is none.
    [[nodiscard]] Result<Statement> first_row(std::string_view sql);
    /// The first column of the first row.
    [[nodiscard]] Result<std::string> text(std::string_view sql);
    [[nodiscard]] Result<std::uint64_t> number(std::string_view sql);
    /// Undoes the open transaction, if there is one.
    void roll_back();

    /// Pages in the write-ahead log, as of the last commit.
    int log_pages() const { return *log_pages_; }
    /// Moves the write-ahead log into the database; the log is then written from its start again.
    [[nodiscard]] Result<void> checkpoint();

 private:
    struct Leave {
        void operator()(sqlite3* connection) const;
    };

    std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);  ///< SQLite keeps its address
    std::unique_ptr<sqlite3, Leave> connection_;
};

}  // namespace inquest::store
