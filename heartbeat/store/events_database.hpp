// events.db: what happened on this node, for `inquest events` after a restart. A ring: the oldest
// go when there are too many, or when they take too much room.
//
// The events are a diary and no authority. They survive the end of the process; the loss of power
// may take the last ones. Where the file is damaged, it is set aside and a new one is begun.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/store/refusal.hpp"
#include "heartbeat/store/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace inquest::store {

struct StoredEvent {
    std::uint64_t number = 0;  ///< rises by one with each event, for ever; given by append
    std::int64_t wall_ns = 0;  ///< by the clock on the wall, since 1970
    std::string body;          ///< as `inquest events --json` says it
};

class EventsDatabase {
 public:
    struct Options {
        std::size_t rows_max = 100'000;    ///< > 0
        std::size_t bytes_max = 32 << 20;  ///< of the bodies
    };
    struct Opened;

    /// Opens the file, or begins a new one where there is none.
    static OrRefusal<Opened> open(const std::filesystem::path& file, const Options& options);

    /// One transaction for all of them, and for the oldest that must go. `number` is not read.
    /// After an error the events are not there, and a later call may do better.
    [[nodiscard]] Result<void> append(std::span<const StoredEvent> events);

    /// Up to `count` events from `number` on, the oldest first.
    [[nodiscard]] Result<void> read(std::uint64_t number, std::size_t count,
                                    const std::function<void(const StoredEvent&)>& sink);
    /// The first event whose clock stood at `wall_ns` or later; one above the last where none did.
    [[nodiscard]] Result<std::uint64_t> since(std::int64_t wall_ns);

    std::uint64_t first() const { return count_ == 0 ? next_ : first_; }
    std::uint64_t next() const { return next_; }
    std::size_t rows() const { return count_; }
    std::size_t bytes() const { return bytes_; }
    /// The file is complete without its write-ahead log then.
    void close();

 private:
    explicit EventsDatabase(const Options& options) : options_(options) {}
    static OrRefusal<EventsDatabase> open_existing(const std::filesystem::path& file,
                                                   const Options& options);
    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<void> count();
    [[nodiscard]] Result<void> write(std::span<const StoredEvent> events);
    [[nodiscard]] Result<void> make_room();

    Options options_;
    Descriptor lock_;
    Connection connection_;
    Statement put_;
    Statement sizes_;
    Statement remove_before_;
    Statement read_;
    Statement since_;
    std::uint64_t first_ = 1;
    std::uint64_t next_ = 1;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

struct EventsDatabase::Opened {
    EventsDatabase events;
    std::optional<std::string> set_aside;  ///< one line: what was damaged, and where it is now
};

}  // namespace inquest::store
