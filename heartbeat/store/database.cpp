#include "heartbeat/store/database.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/store/opening.hpp"
#include "heartbeat/store/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace inquest::store {
namespace {

using std::filesystem::path;
using Reason = Refusal::Reason;

constexpr Purpose purpose{
    .noun = "this node's ledger",
    .application = 0x496e716c,  // "Inql"
    .version = 1,
    .remedy = "keep what is here, remove this member from the cluster and invite it anew"};

constexpr const char* tables = R"(
CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), cluster TEXT NOT NULL,
    member INTEGER NOT NULL) STRICT;
CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), term INTEGER NOT NULL,
    vote INTEGER NOT NULL, committed INTEGER NOT NULL, last INTEGER NOT NULL, chain BLOB NOT NULL,
    in_use INTEGER NOT NULL, checksum BLOB NOT NULL) STRICT;
CREATE TABLE snapshot (one INTEGER PRIMARY KEY CHECK (one = 1), place INTEGER NOT NULL,
    term INTEGER NOT NULL, membership BLOB NOT NULL, chain BLOB NOT NULL, checksum BLOB NOT NULL,
    bytes BLOB NOT NULL) STRICT;
CREATE TABLE entry (place INTEGER PRIMARY KEY, term INTEGER NOT NULL, kind INTEGER NOT NULL,
    members BLOB NOT NULL, checksum BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
)";

path reserve_file(const path& file) { return file.string() + "-reserve"; }

/// What a whole ledger is made of, as one transaction on an empty one.
ledger::Persist all_of(const ledger::Restored& restored) {
    return {.ballot = ledger::Persist::Ballot{restored.term, restored.vote},
            .snapshot = restored.snapshot,
            .appended = restored.entries,
            .commit = std::max(restored.commit, restored.snapshot.index)};
}

std::string named(const Identity& identity) {
    return fmt::format("member {} of cluster {}", identity.member.value, identity.cluster);
}

OrRefusal<void> judge(const path& file, const Contents& contents, const Identity& identity,
                      const WriteAhead& write_ahead) {
    const Identity& found = contents.identity;
    const bool cluster = found.cluster == identity.cluster;
    if (!cluster || found.member != identity.member) {
        return tl::unexpected(
            Refusal{cluster ? Reason::other_member : Reason::other_cluster,
                    fmt::format("{}: it is the ledger of {}, this node is {}: put back this "
                                "node's own file, or correct node.toml",
                                file.string(), named(found), named(identity))});
    }
    const bool has_log = write_ahead.state == WriteAhead::State::whole;
    if (contents.state.use == Use::open && !has_log) {
        return tl::unexpected(Refusal{
            Reason::incomplete,
            fmt::format("{}: it was not closed, and its {} is missing or destroyed, with writes "
                        "that were acknowledged: put that file back, or {}",
                        file.string(), write_ahead_file(file.filename()).string(),
                        purpose.remedy)});
    }
    return {};
}

}  // namespace

// ---- Opening -----------------------------------------------------------------------------------

Database::Database(path file, std::size_t reserve_bytes)
    : file_(std::move(file)), reserve_(reserve_file(file_), reserve_bytes) {}

OrRefusal<void> Database::create(const path& file, const Identity& identity,
                                 const ledger::Restored& beginning) {
    return make(file, purpose, [&](Connection& connection) -> Result<void> {
        Database fresh(file, 0);
        fresh.connection_ = std::move(connection);
        const auto filled =
            fresh.connection_.execute(tables)
                .and_then([&] {
                    return fresh.connection_.prepare("INSERT INTO identity VALUES (1, ?, ?)");
                })
                .and_then([&](Statement put_identity) {
                    return put_identity.run(std::string_view(identity.cluster),
                                            std::uint64_t{identity.member.value});
                })
                .and_then([&] { return fresh.prepare(); })
                .and_then([&] {
                    const ledger::Persist all = all_of(beginning);
                    return fresh.write({&all, 1});
                });
        connection = std::move(fresh.connection_);
        return filled;
    });
}

/// The old one's write-ahead log goes first: it would be taken for the new one's. A ledger that was
/// closed does not need it.
OrRefusal<void> Database::replace(const path& file, const Identity& identity,
                                  const ledger::Restored& beginning) {
    const path next = file.string() + "-next";
    const path old = file.string() + "-old";
    const auto failed_at = [&](const path& where) {
        return tl::unexpected(Refusal{
            Reason::failed, fmt::format("{}: {}: make room or mend the disk, then try again",
                                        where.string(), std::strerror(errno))});
    };
    for (const path& left_over : {next, write_ahead_file(next)}) ::unlink(left_over.c_str());
    if (auto created = create(next, identity, beginning); !created) return created;
    std::error_code none;
    const auto log_bytes = std::filesystem::file_size(write_ahead_file(file), none);
    if (!none && log_bytes > 0) {
        return tl::unexpected(
            Refusal{Reason::incomplete,
                    fmt::format("{}: it was not closed: start and stop inquestd, then try again",
                                file.string())});
    }
    ::unlink(write_ahead_file(file).c_str());
    ::unlink(old.c_str());
    if (::link(file.c_str(), old.c_str()) != 0) return failed_at(old);
    if (::rename(next.c_str(), file.c_str()) != 0) return failed_at(file);
    const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open() || ::fsync(folder.get()) != 0) return failed_at(file);
    return {};
}

OrRefusal<Database::Opened> Database::open(const path& file, const Identity& identity,
                                           const Options& options) {
    auto examined = examine(file, purpose);
    if (!examined) return tl::unexpected(examined.error());
    auto connection = connect(file, purpose, Connection::Durable::against_power);
    if (!connection) return tl::unexpected(connection.error());
    auto contents = read_contents(*connection);
    if (!contents) {
        const Misread& misread = contents.error();
        return tl::unexpected(misread.error ? refusal(file, purpose, misread.error)
                                            : damaged(file, purpose, misread.what));
    }
    if (auto right = judge(file, *contents, identity, examined->write_ahead); !right) {
        return tl::unexpected(right.error());
    }

    Database database(file, options.reserve_bytes);
    database.lock_ = std::move(examined->lock);
    database.connection_ = std::move(*connection);
    database.log_pages_max_ = options.log_pages_max;
    database.state_ = contents->state;
    database.base_ = contents->restored.snapshot.index;
    database.base_chain_ = contents->base_chain;
    const auto ready = database.connection_.execute("PRAGMA journal_mode=WAL")
                           .and_then([&] { return database.prepare(); })
                           .and_then([&] { return database.begin_use(); });
    if (!ready) return tl::unexpected(refusal(file, purpose, ready.error()));
    return Opened{std::move(database), std::move(contents->restored)};
}

Result<void> Database::prepare() {
    const std::pair<Statement*, const char*> all[] = {
        {&put_state_, "REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?)"},
        {&put_snapshot_, "REPLACE INTO snapshot VALUES (1, ?, ?, ?, ?, ?, ?)"},
        {&put_entry_, "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)"},
        {&find_entry_, "SELECT checksum FROM entry WHERE place = ?"},
        {&remove_from_, "DELETE FROM entry WHERE place >= ?"},
        {&remove_through_, "DELETE FROM entry WHERE place <= ?"}};
    for (const auto& [statement, sql] : all) {
        Result<Statement> prepared = connection_.prepare(sql);
        if (!prepared) return tl::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    return {};
}

// ---- Writing -----------------------------------------------------------------------------------

/// Does it, with the reserve's room where there was none; any other failure is the last word.
template <typename Operation>
Result<void> Database::finally(const Operation& operation) {
    if (failure_) return tl::unexpected(*failure_);
    Result<void> done = operation();
    if (!done && is_full(done.error()) && reserve_.give_up() == Reserve::Given::room) {
        done = operation();
    }
    if (!done) failure_ = done.error();
    return done;
}

Result<void> Database::commit(std::span<const ledger::Persist> group) {
    const Result<void> done = finally([&] { return write(group); });
    if (done) reserve_.look();
    return done;
}

Result<void> Database::write(std::span<const ledger::Persist> group) {
    const ledger::Index base = base_;
    const Checksum base_chain = base_chain_;
    State state = state_;
    Result<void> done = connection_.execute("BEGIN IMMEDIATE");
    for (const ledger::Persist& persist : group) {
        if (done) done = apply(state, persist);
    }
    if (done) done = put(state);
    if (done) done = connection_.execute("COMMIT");
    if (done) {
        state_ = state;
        return done;
    }
    connection_.roll_back();
    base_ = base;
    base_chain_ = base_chain;
    return done;
}

/// The order of ledger::Persist.
Result<void> Database::apply(State& state, const ledger::Persist& persist) {
    if (persist.ballot) {
        const auto& [term, vote] = *persist.ballot;
        INQUEST_ASSERT(term > state.term ||
                       (term == state.term && (state.vote == nobody || state.vote == vote)));
        state.term = term;
        state.vote = vote;
    }
    Result<void> done;
    if (persist.truncate_from) done = truncate(state, *persist.truncate_from);
    if (done && persist.snapshot) done = replace_snapshot(state, *persist.snapshot);
    for (const ledger::Entry& entry : persist.appended) {
        if (done) done = append(state, entry);
    }
    if (persist.commit) state.commit = std::max(state.commit, *persist.commit);
    INQUEST_ASSERT(!done || state.commit <= state.last);
    return done;
}

Result<void> Database::truncate(State& state, ledger::Index from) {
    INQUEST_ASSERT(from > state.commit && from > base_);
    if (from > state.last) return {};
    state.last = from - 1;
    auto chain = chain_at(state.last);
    if (!chain) return tl::unexpected(chain.error());
    if (!*chain) return failed(EIO);  // it was there when the file was opened
    state.chain = **chain;
    return remove_from_.run(from.value);
}

Result<void> Database::replace_snapshot(State& state, const ledger::Snapshot& snapshot) {
    INQUEST_ASSERT(snapshot.index >= base_);
    auto chain = chain_at(snapshot.index);
    if (!chain) return tl::unexpected(chain.error());
    // A log that does not reach the snapshot begins anew from it.
    base_chain_ = chain->value_or(Checksum{});
    base_ = snapshot.index;
    if (snapshot.index >= state.last) {
        state.last = base_;
        state.chain = base_chain_;
    }
    const ledger::Bytes membership = encoded(snapshot.membership);
    const Checksum sum = checksum(snapshot, base_chain_);
    return put_snapshot_
        .run(snapshot.index.value, snapshot.term.value, ByteView(membership), ByteView(base_chain_),
             ByteView(sum), ByteView(snapshot.bytes))
        .and_then([&] { return remove_through_.run(base_.value); });
}

Result<void> Database::append(State& state, const ledger::Entry& entry) {
    INQUEST_ASSERT(entry.index == state.last + 1);
    state.last = entry.index;
    state.chain = checksum(entry, state.chain);
    const ledger::Bytes members = encoded(entry.members);
    return put_entry_.run(entry.index.value, entry.term.value,
                          static_cast<std::uint64_t>(entry.kind), ByteView(members),
                          ByteView(state.chain), ByteView(entry.bytes));
}

Result<void> Database::put(const State& state) {
    const Checksum sum = checksum(state);
    return put_state_.run(state.term.value, std::uint64_t{state.vote.value}, state.commit.value,
                          state.last.value, ByteView(state.chain),
                          static_cast<std::uint64_t>(state.use), ByteView(sum));
}

/// The checksum of the entry there, or of the snapshot's end; nothing where neither is there.
Result<std::optional<Checksum>> Database::chain_at(ledger::Index index) {
    if (index == base_) return base_chain_;
    find_entry_.bind(index.value);
    const Result<bool> row = find_entry_.step();
    std::optional<Checksum> found;
    if (row && *row && find_entry_.bytes(0).size() == sizeof(Checksum)) {
        std::copy_n(find_entry_.bytes(0).begin(), sizeof(Checksum), found.emplace().begin());
    }
    find_entry_.reset();
    if (!row) return tl::unexpected(row.error());
    return found;
}

// ---- Keeping in order --------------------------------------------------------------------------

Result<void> Database::tend() {
    if (connection_.log_pages() < log_pages_max_) return {};
    return finally([&] { return connection_.checkpoint(); });
}

/// Moved into the file at once: from then on a log that is gone is missed. After a crash it stands
/// there already, and a full disk does not hinder the start.
Result<void> Database::begin_use() {
    if (state_.use == Use::open) return {};
    return finally(
        [&] { return mark(Use::open).and_then([&] { return connection_.checkpoint(); }); });
}

Result<void> Database::mark(Use use) {
    State state = state_;
    state.use = use;
    return put(state).map([&] { state_ = state; });
}

void Database::close() {
    // The log first: where it is gone, the file must not say that it was closed.
    const auto closed = finally(
        [&] { return connection_.checkpoint().and_then([&] { return mark(Use::closed); }); });
    for (Statement* statement : {&put_state_, &put_snapshot_, &put_entry_, &find_entry_,
                                 &remove_from_, &remove_through_}) {
        *statement = {};
    }
    connection_.close(closed ? Connection::Closing::tidy : Connection::Closing::leave);
    lock_ = {};
}

}  // namespace inquest::store
