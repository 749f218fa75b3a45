// The diary: what happened on this node, in events.db, and how far it is written. Used by the
// diary's own thread alone (diary_thread.hpp), and by tests without one.
//
// What cannot be written, because the disk is full, say, stays in memory and is tried again; beyond
// a bound the oldest are lost, and counted. Readers get what is written, then what is not yet, so
// nothing is seen twice and nothing is missing that is not lost.
#pragma once

#include "heartbeat/endings/wall.hpp"
#include "heartbeat/store/events_database.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace inquest::daemon {

/// Where a reader stands: what it has not seen yet begins at `next` and ends before `end`.
struct Bookmark {
    std::uint64_t next = 1;
    std::uint64_t end = 1;
    std::uint64_t written = 1;  ///< up to here the file went when it was made
    std::uint64_t lost = 0;     ///< how many had been lost when it was made
    std::uint64_t opening = 0;  ///< which opening of the file its numbers belong to
};

/// Some events, oldest first, and where to go on; no bookmark: that was the last of them.
struct Page {
    std::vector<std::string> events;
    std::optional<Bookmark> rest;
    std::string trouble;  ///< not empty: reading ends here, and this is why
};

class Diary {
 public:
    struct Options {
        std::filesystem::path file;
        store::EventsDatabase::Options store;
        std::size_t unsaved_max = 8192;  ///< > 0
        std::size_t page_max = 256;      ///< events of one page that come from the file, > 0
    };
    struct Health {
        std::string trouble;  ///< empty: what happens is written
        std::uint64_t unsaved = 0;
        std::uint64_t lost = 0;

        friend bool operator==(const Health&, const Health&) = default;
    };

    explicit Diary(Options options);

    void add(endings::Wall wall, std::string body);
    /// Opens the file where it is not open, and writes what is not written.
    void save();
    /// The file is complete without its write-ahead log then.
    void close();

    /// For all events, or those from the first on that is not older than `since`.
    Bookmark begin(std::optional<endings::Wall> since);
    Page read(Bookmark bookmark);

    std::size_t unsaved() const { return unsaved_.size(); }
    Health health() const { return {trouble_, unsaved_.size(), lost_}; }
    /// What was set aside since the last call, as a line for the log; empty where nothing was.
    std::string take_set_aside();

 private:
    bool open();
    std::uint64_t next_number() const;
    void failed(const std::error_code& error);
    void catch_up(Bookmark& bookmark) const;
    void stored(Bookmark& bookmark, Page& page);

    Options options_;
    std::optional<store::EventsDatabase> store_;
    std::deque<store::StoredEvent> unsaved_;
    std::string trouble_;
    std::string set_aside_;
    std::uint64_t lost_ = 0;
    std::uint64_t opening_ = 0;
};

}  // namespace inquest::daemon
