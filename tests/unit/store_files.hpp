// What the store's tests share: a folder, a ledger's rows made short, and a child process.
#pragma once

#include "heartbeat/store/database.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace inquest::store {

/// A folder of its own for one test, gone afterwards. In memory where there is such a place: what
/// the tests end are processes, and they would wait for the disk most of their time.
class StoreFolder {
 public:
    StoreFolder() {
        const bool memory = ::access("/dev/shm", W_OK) == 0;
        std::string name = std::string(memory ? "/dev/shm" : "/tmp") + "/inquest-store-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~StoreFolder() { std::filesystem::remove_all(path_); }
    StoreFolder(const StoreFolder&) = delete;
    StoreFolder& operator=(const StoreFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path ledger() const { return path_ / "ledger.db"; }
    std::filesystem::path log() const { return path_ / "ledger.db-wal"; }

 private:
    std::filesystem::path path_;
};

inline std::string contents(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
}
inline void write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

inline const Identity own{.cluster = "lab", .member = MemberId(1)};
inline constexpr Database::Options no_reserve{.reserve_bytes = 0};

inline ledger::Bytes bytes_of(const std::string& text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

/// An entry whose bytes tell its index and term, so that a wrong one shows.
inline ledger::Entry entry(std::uint64_t index, std::uint64_t term, std::size_t size = 40) {
    std::string text = std::to_string(index) + "/" + std::to_string(term) + " ";
    text.resize(size, 'x');
    return {.index = ledger::Index(index),
            .term = ledger::Term(term),
            .kind = ledger::EntryKind::command,
            .bytes = bytes_of(text)};
}

inline ledger::Persist::Ballot ballot(std::uint64_t term, std::uint16_t vote) {
    return {ledger::Term(term), MemberId(vote)};
}

inline ledger::Voters first_voters() {
    ledger::Voters voters;
    for (std::uint16_t voter = 1; voter <= 3; ++voter) voters.push_back(MemberId(voter));
    return voters;
}

inline ledger::Snapshot snapshot(std::uint64_t index, std::uint64_t term, std::size_t size = 300) {
    ledger::Snapshot result{.index = ledger::Index(index), .term = ledger::Term(term)};
    result.membership.now.voters = result.membership.before = first_voters();
    result.membership.now.learners.push_back(MemberId(9));
    result.membership.changed = ledger::Index(1);
    result.membership.settled = ledger::Index(index);
    result.bytes = bytes_of(std::string(size, static_cast<char>('a' + index % 26)));
    return result;
}

inline ledger::Restored three_voters() {
    ledger::Snapshot result;
    result.membership.now.voters = first_voters();
    return {.snapshot = result};
}

inline bool same(const ledger::Restored& a, const ledger::Restored& b) {
    return a.term == b.term && a.vote == b.vote && a.commit == b.commit && a.entries == b.entries &&
           a.snapshot.index == b.snapshot.index && a.snapshot.term == b.snapshot.term &&
           a.snapshot.membership == b.snapshot.membership && a.snapshot.bytes == b.snapshot.bytes;
}

inline ledger::Index last_of(const ledger::Restored& restored) {
    return restored.snapshot.index + restored.entries.size();
}

inline void create_ledger(const StoreFolder& folder) {
    const auto created = Database::create(folder.ledger(), own, three_voters());
    if (!created) FAIL(created.error().line);
}

inline Database::Opened open_ledger(const StoreFolder& folder,
                                    const Database::Options& options = no_reserve) {
    auto opened = Database::open(folder.ledger(), own, options);
    if (!opened) FAIL(opened.error().line);
    return std::move(*opened);
}

inline void commit(Database& database, const ledger::Persist& persist) {
    const auto done = database.commit({&persist, 1});
    if (!done) FAIL(done.error().message());
}

/// In a child there is nobody to REQUIRE: it says why and ends with 1.
struct ChildFailed {};
inline void expect(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "child: not so: %s\n", what);
    throw ChildFailed{};
}

/// A child process that does `work` and ends with what it returns.
inline pid_t begin_child(const std::function<int()>& work) {
    std::fflush(nullptr);  // or the child may write it a second time
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child != 0) return child;
    try {
        ::_exit(work());
    } catch (const ChildFailed&) {
        ::_exit(1);
    }
}
/// How a child ended: its exit code, or minus the signal.
inline int end_of(pid_t child) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace inquest::store
