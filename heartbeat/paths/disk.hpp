// A disk path of this node: its beats go into a slot of a shared disk, and the beats of the others
// come out of theirs. So a loss of all networks stops nobody while the storage lives.
//
// All input and output is done by a thread of its own (disk_thread.hpp): whatever the disk does,
// nothing here waits. What is to be written is the newest beat, never a queue of them: a slow disk
// is written less often. A disk that is slow, gone or somebody else's is evidence of nothing: the
// path says why it is no path now, and comes back by itself.
#pragma once

#include "heartbeat/base/result.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/paths/disk_line.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

namespace inquest::paths {

/// Everything since the path was made, or moved.
struct DiskCounters {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    std::uint64_t overtaken = 0;  ///< beats not written, because a newer one was there first
    std::uint64_t torn = 0;       ///< slots read while they were written
    std::uint64_t refused = 0;    ///< slots, or datagrams in them, that are of no form
    std::uint64_t dropped = 0;    ///< datagrams read that nobody took in time
    Duration read_took{};         ///< the last one
    Duration write_took{};
};

/// Can the path testify?
struct DiskState {
    DiskTrouble trouble = DiskTrouble::starting;
    bool slow = false;
    std::string reason;  ///< for a person; empty when all is good

    bool good() const { return trouble == DiskTrouble::none && !slow; }
};

class DiskPath {
 public:
    DiskPath(DiskOptions options, DiskPace pace);
    DiskPath(DiskPath&&) noexcept;
    DiskPath& operator=(DiskPath&&) noexcept;
    /// Does not wait for a disk that does not answer: the thread ends when that does.
    ~DiskPath();

    /// Begins to read and write; a disk that cannot be opened now is tried again. Errors: of the
    /// thread that does it.
    [[nodiscard]] Result<void> open();
    void close();
    bool is_open() const { return line_ != nullptr; }
    const DiskOptions& options() const { return options_; }
    void follow(DiskPace pace);

    /// This, and nothing said before it, is to stand in this node's slot.
    void say(std::span<const std::byte> datagram);
    /// This too, behind what was said last. Where there is no room it is left out.
    void add(std::span<const std::byte> datagram);

    /// Calls sink(std::span<const std::byte>, Instant arrived) for each datagram that was read.
    /// Result: false where some were dropped since the last time.
    template <typename Sink>
    bool drain(Sink&& sink);

    DiskState state(Instant now);
    DiskCounters counters() const;

 private:
    void publish();
    std::string words(DiskTrouble trouble);

    DiskOptions options_;
    DiskPace pace_;
    std::shared_ptr<DiskLine> line_;
    wire::DiskSlotWriter said_;
    std::string stranger_;
    std::string slow_;  ///< what was slow, for a person
    Instant slow_until_{};
    std::uint64_t overtaken_ = 0;
    std::uint64_t dropped_seen_ = 0;
};

template <typename Sink>
bool DiskPath::drain(Sink&& sink) {
    if (line_ == nullptr) return true;
    // No more than what fits at once: the disk goes on meanwhile.
    for (std::size_t i = 0; i < disk_queue_datagrams; ++i) {
        const DiskDatagram* const datagram = line_->was_read.first();
        if (datagram == nullptr) break;
        sink(std::span(datagram->bytes).first(datagram->length), datagram->arrived);
        line_->was_read.drop();
    }
    const std::uint64_t dropped = line_->dropped;
    const bool complete = dropped == dropped_seen_;
    dropped_seen_ = dropped;
    return complete;
}

}  // namespace inquest::paths
