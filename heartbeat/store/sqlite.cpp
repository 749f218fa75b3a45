#include "heartbeat/store/sqlite.hpp"

#include <cerrno>
#include <sqlite3.h>

namespace inquest::store {
namespace {

class SqliteCategory : public std::error_category {
 public:
    const char* name() const noexcept override { return "sqlite"; }
    std::string message(int code) const override {
        return std::string(sqlite3_errstr(code)) + " (code " + std::to_string(code) + ")";
    }
};

tl::unexpected<std::error_code> refused(int code) {
    return tl::unexpected(std::error_code(code, sqlite_category()));
}

bool is_primary(const std::error_code& error, int code) {
    return error.category() == sqlite_category() && (error.value() & 0xff) == code;
}

int count_pages(void* pages, sqlite3*, const char*, int in_log) {
    *static_cast<int*>(pages) = in_log;
    return SQLITE_OK;
}

/// A view of nothing has no address, and SQLite would take that for NULL.
const void* address(const void* data) { return data != nullptr ? data : ""; }

/// EXCLUSIVE keeps every other program out for as long as the file is open, and with it the
/// wal-index in memory: no -shm file. The size limit gives the room of an unusually long log back.
constexpr const char* settings =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;"
    "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=4194304; PRAGMA wal_autocheckpoint=0;";

}  // namespace

const std::error_category& sqlite_category() {
    static const SqliteCategory category;
    return category;
}

bool is_full(const std::error_code& error) { return is_primary(error, SQLITE_FULL); }
bool is_locked(const std::error_code& error) {
    return is_primary(error, SQLITE_BUSY) || is_primary(error, SQLITE_LOCKED);
}

bool is_missing(const std::error_code& error) { return is_primary(error, SQLITE_NOTFOUND); }
bool is_damage(const std::error_code& error) {
    return is_primary(error, SQLITE_CORRUPT) || is_primary(error, SQLITE_NOTADB) ||
           is_primary(error, SQLITE_ERROR) ||
           error == std::error_code(SQLITE_IOERR_SHORT_READ, sqlite_category());
}

// ---- Statements --------------------------------------------------------------------------------

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

// Binding fails only for a wrong place, or for more bytes than a row may have; the step that
// follows then breaks a NOT NULL.
void Statement::bind_one(int place, std::uint64_t value) {
    sqlite3_bind_int64(statement_.get(), place, static_cast<sqlite3_int64>(value));
}
void Statement::bind_one(int place, std::string_view value) {
    sqlite3_bind_text64(statement_.get(), place, static_cast<const char*>(address(value.data())),
                        value.size(), SQLITE_STATIC, SQLITE_UTF8);
}
void Statement::bind_one(int place, ByteView value) {
    sqlite3_bind_blob64(statement_.get(), place, address(value.data()), value.size(),
                        SQLITE_STATIC);
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return refused(code);
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

std::uint64_t Statement::number(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}
std::string_view Statement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_.get(), column);
    return {reinterpret_cast<const char*>(address(text)),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}
ByteView Statement::bytes(int column) const {
    const void* blob = sqlite3_column_blob(statement_.get(), column);
    return {static_cast<const std::byte*>(address(blob)),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

// ---- Connections -------------------------------------------------------------------------------

void Connection::Leave::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Result<Connection> Connection::open(const std::filesystem::path& file, Durable durable) {
    Connection result;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(
        file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    result.connection_.reset(raw);
    if (code != SQLITE_OK) return refused(code);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // Setting wal_autocheckpoint takes SQLite's own hook away; ours stands after it.
    const char* level =
        durable == Durable::against_power ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
    for (const char* sql : {settings, level}) {
        if (auto done = result.execute(sql); !done) return tl::unexpected(done.error());
    }
    sqlite3_wal_hook(raw, count_pages, result.log_pages_.get());
    return result;
}

void Connection::close(Closing closing) {
    if (connection_ && closing == Closing::tidy) {
        sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    }
    connection_.reset();
}

Result<void> Connection::execute(const std::string& sql) {
    const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return refused(code);
    return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
    Statement result;
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    result.statement_.reset(raw);
    if (code != SQLITE_OK) return refused(code);
    return result;
}

Result<Statement> Connection::first_row(std::string_view sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement) return statement;
    const Result<bool> row = statement->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return refused(SQLITE_NOTFOUND);
    return statement;
}

Result<std::string> Connection::text(std::string_view sql) {
    return first_row(sql).map([](const Statement& row) { return std::string(row.text(0)); });
}

Result<std::uint64_t> Connection::number(std::string_view sql) {
    return first_row(sql).map([](const Statement& row) { return row.number(0); });
}

void Connection::roll_back() {
    if (sqlite3_get_autocommit(connection_.get()) == 0) {
        sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

Result<void> Connection::checkpoint() {
    const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code != SQLITE_OK) return refused(code);
    *log_pages_ = 0;
    return {};
}

}  // namespace inquest::store
