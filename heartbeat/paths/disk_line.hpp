// Between the deciding thread and the thread of one disk path: what is to be written, what was
// read, and how the disk does. No lock: neither ever waits for the other, whatever the disk does.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/wire/beat_codec.hpp"
#include "heartbeat/wire/disk_slot.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace inquest::paths {

/// Where a path's disk is, and which slot of it is this node's.
struct DiskOptions {
    std::string device;   ///< a block device, or a plain file
    std::string cluster;  ///< its name, as the disk's header has to have it
    MemberId owner;
    std::uint16_t slot = 0;  ///< 1..disk_slots

    friend bool operator==(const DiskOptions&, const DiskOptions&) = default;
};

/// What may change while it runs.
struct DiskPace {
    Duration interval{};      ///< it writes and reads about so often, > 0
    Duration patience{};      ///< an input or output that takes longer makes the path blind
    std::uint16_t slots = 0;  ///< it reads slots 1..slots
};

/// What keeps a disk from being a path. In the order of the way to it.
enum class DiskTrouble : std::uint8_t {
    starting,  ///< not read yet
    none,
    cannot_open,
    no_disk,  ///< neither a block device nor a file
    too_small,
    no_direct,   ///< takes no input and output past the page cache
    not_set_up,  ///< where the header should be, all is 0
    foreign,     ///< something else
    version,
    damaged,  ///< of the header
    other_cluster,
    cannot_read,
    cannot_write,
    slot_taken,  ///< somebody else writes this node's slot
};

enum class DiskTask : std::uint8_t { nothing, opening, reading, writing };

/// One place: what is put into it last is what is taken. One thread puts, one takes.
template <typename T>
class NewestWins {
 public:
    /// Fill it, then publish() it.
    T& place() { return places_[filling_]; }
    /// False: what was there before was never taken.
    bool publish() {
        const unsigned before = middle_.exchange(static_cast<std::uint8_t>(filling_ | fresh),
                                                 std::memory_order_acq_rel);
        filling_ = static_cast<std::uint8_t>(before & ~fresh);
        return (before & fresh) == 0;
    }
    /// nullptr: nothing new. Else it stays as it is until the next call.
    const T* take() {
        if ((middle_.load(std::memory_order_relaxed) & fresh) == 0) return nullptr;
        const unsigned before = middle_.exchange(taken_, std::memory_order_acq_rel);
        taken_ = static_cast<std::uint8_t>(before & ~fresh);
        return &places_[taken_];
    }

 private:
    static constexpr std::uint8_t fresh = 4;
    std::array<T, 3> places_{};
    std::uint8_t filling_ = 0;
    std::uint8_t taken_ = 1;
    std::atomic<std::uint8_t> middle_{2};
};

/// A bounded queue. One thread puts, one takes.
template <typename T, std::size_t Capacity>
class Queue {
 public:
    /// nullptr: it is full. Else fill the place, then put() it.
    T* place() {
        const std::size_t end = end_.load(std::memory_order_relaxed);
        if (end - begin_.load(std::memory_order_acquire) == Capacity) return nullptr;
        return &places_[end % Capacity];
    }
    void put() { end_.store(end_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
    /// nullptr: it is empty. Else look at it, then drop() it.
    const T* first() const {
        const std::size_t begin = begin_.load(std::memory_order_relaxed);
        if (begin == end_.load(std::memory_order_acquire)) return nullptr;
        return &places_[begin % Capacity];
    }
    void drop() {
        begin_.store(begin_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

 private:
    std::array<T, Capacity> places_{};
    std::atomic<std::size_t> begin_{0};
    std::atomic<std::size_t> end_{0};
};

struct DiskDatagram {
    Instant arrived;
    std::uint16_t slot = 0;
    std::uint16_t length = 0;
    std::array<std::byte, wire::datagram_bytes_max> bytes{};
};

inline constexpr std::size_t disk_queue_datagrams = 128;

/// Both threads hold it, so that neither has to outlive the other.
struct DiskLine {
    DiskLine(DiskOptions where, Descriptor event)
        : options(std::move(where)), bell(std::move(event)) {}

    const DiskOptions options;
    const Descriptor bell;  ///< an eventfd: there is something to write, or to end

    NewestWins<wire::DiskSlotWriter> to_write;
    Queue<DiskDatagram, disk_queue_datagrams> was_read;
    NewestWins<std::string> stranger;  ///< the cluster that the disk belongs to

    std::atomic<bool> ending{false};
    std::atomic<Duration::rep> interval{0};
    std::atomic<Duration::rep> patience{0};
    std::atomic<std::uint16_t> slots{0};

    std::atomic<DiskTrouble> trouble{DiskTrouble::starting};
    std::atomic<int> error{0};  ///< errno of that, where it has one
    std::atomic<DiskTask> task{DiskTask::nothing};
    std::atomic<Duration::rep> task_since{0};

    std::atomic<std::uint64_t> reads{0};
    std::atomic<std::uint64_t> writes{0};
    std::atomic<std::uint64_t> torn{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<Duration::rep> read_took{0};
    std::atomic<Duration::rep> write_took{0};
};

}  // namespace inquest::paths
