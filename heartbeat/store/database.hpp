// ledger.db: what a member's ledger must not forget. Term, vote, snapshot and log, and nothing
// else; what they mean is the ledger's affair.
//
// All that one Persist asks for is one transaction, on the disk before anything is answered. An
// error is final: the file may then hold what was not acknowledged, never less than what was.
//
// Every operation blocks for as long as the disk does: keeper.hpp has the thread for that.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/ledger/action.hpp"
#include "heartbeat/ledger/snapshot.hpp"
#include "heartbeat/store/refusal.hpp"
#include "heartbeat/store/reserve.hpp"
#include "heartbeat/store/rows.hpp"
#include "heartbeat/store/sqlite.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace inquest::store {

/// Whose ledger it is. A file of another is refused: its votes are not this member's.
struct Identity {
    std::string cluster;
    MemberId member;
};

class Database {
 public:
    struct Options {
        std::size_t reserve_bytes = 32 << 20;  ///< more than two of the largest snapshots
        int log_pages_max = 1000;  ///< the write-ahead log is moved into the file from here on
    };
    struct Opened;

    /// A new ledger with `beginning` in it (ledger::blank, ledger::beginning, a backup), durable on
    /// return. Never replaces anything.
    static OrRefusal<void> create(const std::filesystem::path& file, const Identity& identity,
                                  const ledger::Restored& beginning);
    /// The same in the place of a ledger that is there, which is kept as `file`-old: after a crash
    /// one of them is there, whole. Refuses where that one was not closed, as after a crash.
    static OrRefusal<void> replace(const std::filesystem::path& file, const Identity& identity,
                                   const ledger::Restored& beginning);
    /// Opens a ledger that exists, and reads it whole. There is no opening that creates: a member
    /// that begins blank, and forgets its votes, would be a danger to all others.
    static OrRefusal<Opened> open(const std::filesystem::path& file, const Identity& identity,
                                  const Options& options);

    /// Makes them durable, in order, all or none. After an error every further call fails with it.
    /// Pre, as the ledger keeps it: terms never sink, nobody votes twice in a term, entries follow
    /// on each other, no committed one is removed, and what is committed is there.
    [[nodiscard]] Result<void> commit(std::span<const ledger::Persist> group);
    /// Moves the write-ahead log into the file when it has grown. Between commits, while nobody
    /// waits.
    [[nodiscard]] Result<void> tend();
    /// The file is complete without its write-ahead log then. Without this call, or after an error,
    /// it is left as by a crash, which costs nothing but a log to read.
    void close();

    Space space() const { return reserve_.space(); }
    /// The same, looked at anew; each commit does that too.
    Space look_for_space() { return reserve_.look(); }
    const std::filesystem::path& file() const { return file_; }

 private:
    Database(std::filesystem::path file, std::size_t reserve_bytes);

    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<void> write(std::span<const ledger::Persist> group);
    [[nodiscard]] Result<void> apply(State& state, const ledger::Persist& persist);
    [[nodiscard]] Result<void> truncate(State& state, ledger::Index from);
    [[nodiscard]] Result<void> replace_snapshot(State& state, const ledger::Snapshot& snapshot);
    [[nodiscard]] Result<void> append(State& state, const ledger::Entry& entry);
    [[nodiscard]] Result<void> put(const State& state);
    [[nodiscard]] Result<void> begin_use();
    [[nodiscard]] Result<void> mark(Use use);
    [[nodiscard]] Result<std::optional<Checksum>> chain_at(ledger::Index index);
    template <typename Operation>
    [[nodiscard]] Result<void> finally(const Operation& operation);

    std::filesystem::path file_;
    Descriptor lock_;  ///< released after the connection
    Connection connection_;
    Statement put_state_;
    Statement put_snapshot_;
    Statement put_entry_;
    Statement find_entry_;
    Statement remove_from_;
    Statement remove_through_;
    Reserve reserve_;
    int log_pages_max_ = 0;
    State state_;         ///< as it is durable
    ledger::Index base_;  ///< of the snapshot
    Checksum base_chain_{};
    std::optional<std::error_code> failure_;
};

struct Database::Opened {
    Database database;
    ledger::Restored restored;
};

}  // namespace inquest::store
