#include "heartbeat/paths/disk_thread.hpp"

#include "heartbeat/paths/slot_watch.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace inquest::paths {
namespace {

using namespace std::chrono_literals;

/// A disk that does not do is looked at again after this.
constexpr Duration pause_after_trouble = 1s;
/// Two nodes with one slot do not see each other in every round.
constexpr Duration slot_taken_for = 10s;
constexpr std::size_t stack_bytes = 256 * 1024;
constexpr std::size_t blocks_max = 1 + std::size_t{wire::disk_slots};

Instant boot_now() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return at(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
};
/// Memory that a device can read and write by itself.
using Buffer = std::unique_ptr<std::byte, Free>;
Buffer make_buffer(std::size_t blocks) {
    void* const memory =
        std::aligned_alloc(wire::disk_block_bytes, blocks * wire::disk_block_bytes);
    if (memory == nullptr) std::abort();
    return Buffer(static_cast<std::byte*>(memory));
}

class DiskThread {
 public:
    explicit DiskThread(std::shared_ptr<DiskLine> line)
        : line_(std::move(line)), area_(make_buffer(blocks_max)), own_(make_buffer(1)) {}

    void run() {
        while (!line_->ending) {
            if (boot_now() >= not_before_) round();
            while (!line_->ending && !is_time()) continue;
        }
    }

 private:
    /// Says what it is about to do, so that the other side sees how long it takes.
    class Doing {
     public:
        Doing(DiskLine& line, DiskTask task) : line_(line), began_(boot_now()) {
            line_.task_since = began_.time_since_epoch().count();
            line_.task = task;
        }
        ~Doing() { line_.task = DiskTask::nothing; }
        Doing(const Doing&) = delete;
        Doing& operator=(const Doing&) = delete;
        Instant began() const { return began_; }

     private:
        DiskLine& line_;
        Instant began_;
    };

    void round() {
        begun_ = boot_now();
        if (!device_.is_open() && !open()) return;
        if (is_ours_ && !write()) return;
        if (!read()) return;
        if (!is_ours_) return;
        const bool taken = taken_until_ && begun_ < *taken_until_;
        tell(taken ? DiskTrouble::slot_taken : DiskTrouble::none);
    }

    /// Waits for the bell, for some time. Is it time for a round? A beat comes about once an
    /// interval; where none comes, the disk is looked at all the same.
    bool is_time() {
        const Duration interval(line_->interval.load());
        const Instant next = begun_ + (is_rung_ ? 3 * interval / 4 : 3 * interval / 2);
        const Duration left = std::max(next, not_before_) - boot_now();
        if (left <= Duration::zero()) {
            is_rung_ = false;
            return true;
        }
        pollfd waited{line_->bell.get(), POLLIN, 0};
        const timespec time{0, static_cast<long>(std::min<Duration>(left, 900ms).count())};
        if (::ppoll(&waited, 1, &time, nullptr) <= 0) return false;
        std::uint64_t rung = 0;
        is_rung_ = ::read(line_->bell.get(), &rung, sizeof rung) > 0 || is_rung_;
        return false;
    }

    void tell(DiskTrouble trouble, int error = 0) {
        line_->error = error;
        line_->trouble = trouble;
    }

    /// Result: false, so that it reads as the end of a round.
    bool give_up(DiskTrouble trouble, int error = 0) {
        tell(trouble, error);
        device_.close();
        is_ours_ = false;
        not_before_ = boot_now() + pause_after_trouble;
        return false;
    }

    // ---- Opening --------------------------------------------------------------------------------

    bool open() {
        const Doing doing(*line_, DiskTask::opening);
        const char* const name = line_->options.device.c_str();
        struct stat found {};
        // Looked at first: merely to open a watchdog, say, would start it.
        if (::stat(name, &found) != 0) return give_up(DiskTrouble::cannot_open, errno);
        if (!S_ISBLK(found.st_mode) && !S_ISREG(found.st_mode))
            return give_up(DiskTrouble::no_disk);
        device_ = Descriptor(::open(name, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC | O_NOCTTY));
        if (!device_.is_open())
            return give_up(errno == EINVAL ? DiskTrouble::no_direct : DiskTrouble::cannot_open,
                           errno);
        const off_t bytes = ::lseek(device_.get(), 0, SEEK_END);
        if (bytes < static_cast<off_t>(wire::disk_bytes)) return give_up(DiskTrouble::too_small);
        // So that nobody on this host sets it up anew meanwhile. Where it cannot be had, say on a
        // network's file system, the disk does all the same.
        static_cast<void>(::flock(device_.get(), LOCK_SH | LOCK_NB));
        return true;
    }

    // ---- Reading --------------------------------------------------------------------------------

    bool read() {
        const std::size_t blocks =
            1 + std::min<std::size_t>(std::max(line_->slots.load(), line_->options.slot),
                                      wire::disk_slots);
        SlotWatch::Read read;
        if (const int error = read_area(blocks, read); error != 0)
            return give_up(DiskTrouble::cannot_read, error);
        ++line_->reads;
        line_->read_took = (read.done - read.began).count();
        if (!check_header()) return false;
        check_own_slot();
        const Duration patience(line_->patience.load());
        for (std::size_t slot = 1; slot < blocks; ++slot) {
            if (slot == line_->options.slot) continue;
            const auto place = static_cast<std::uint16_t>(slot);
            hand_on(place, watch_.look(place, block(slot), read, patience));
        }
        return true;
    }

    int read_area(std::size_t blocks, SlotWatch::Read& read) {
        const Doing doing(*line_, DiskTask::reading);
        const std::size_t wanted = blocks * wire::disk_block_bytes;
        const ssize_t got = ::pread(device_.get(), area_.get(), wanted, 0);
        const int error = got < 0 ? errno : EIO;
        read = {doing.began(), boot_now()};
        return got == static_cast<ssize_t>(wanted) ? 0 : error;
    }

    wire::DiskBlock block(std::size_t place) const {
        return wire::DiskBlock(area_.get() + place * wire::disk_block_bytes,
                               wire::disk_block_bytes);
    }

    bool check_header() {
        const auto header = wire::decode_disk_header(block(0));
        if (!header) return give_up(trouble_of(header.error()));
        if (header->cluster != line_->options.cluster) {
            line_->stranger.place() = header->cluster;
            line_->stranger.publish();
            return give_up(DiskTrouble::other_cluster);
        }
        if (header->number != number_of_disk_) {
            number_of_disk_ = header->number;
            watch_.forget();
            next_write_ = 0;
        }
        if (!is_ours_) written_.reset();
        is_ours_ = true;
        return true;
    }

    static DiskTrouble trouble_of(wire::DiskRefusal refusal) {
        switch (refusal) {
            case wire::DiskRefusal::empty: return DiskTrouble::not_set_up;
            case wire::DiskRefusal::magic: return DiskTrouble::foreign;
            case wire::DiskRefusal::version: return DiskTrouble::version;
            case wire::DiskRefusal::torn:
            case wire::DiskRefusal::malformed: break;
        }
        return DiskTrouble::damaged;
    }

    /// What this node has written must still be there: nobody else has its slot.
    void check_own_slot() {
        const wire::DiskBlock own = block(line_->options.slot);
        if (next_write_ == 0) {
            const auto slot = wire::decode_disk_slot(own);
            next_write_ = slot ? after(slot->number()) : 1;
        }
        if (!written_ || wire::mark_of(own) == *written_) return;
        taken_until_ = begun_ + slot_taken_for;
    }

    void hand_on(std::uint16_t place, const SlotWatch::Look& look) {
        if (look.found == SlotWatch::Found::torn) ++line_->torn;
        if (look.found == SlotWatch::Found::refused) ++line_->refused;
        if (look.found != SlotWatch::Found::news) return;
        look.slot->each([&](std::span<const std::byte> datagram) {
            DiskDatagram* const to = line_->was_read.place();
            if (to == nullptr || datagram.size() > to->bytes.size()) {
                ++(to == nullptr ? line_->dropped : line_->refused);
                return;
            }
            to->arrived = look.arrived;
            to->slot = place;
            to->length = static_cast<std::uint16_t>(datagram.size());
            std::copy(datagram.begin(), datagram.end(), to->bytes.begin());
            line_->was_read.put();
        });
    }

    // ---- Writing --------------------------------------------------------------------------------

    static std::uint64_t after(std::uint64_t number) { return number + 1 == 0 ? 1 : number + 1; }

    /// True also where there was nothing to write.
    bool write() {
        const wire::DiskSlotWriter* const said = line_->to_write.take();
        if (said == nullptr || (taken_until_ && begun_ < *taken_until_)) return true;
        const wire::DiskBlockBytes bytes(own_.get(), wire::disk_block_bytes);
        said->finish(line_->options.owner, next_write_, bytes);
        next_write_ = after(next_write_);
        const Doing doing(*line_, DiskTask::writing);
        const off_t at = static_cast<off_t>(line_->options.slot * wire::disk_block_bytes);
        written_.reset();
        const ssize_t put = ::pwrite(device_.get(), bytes.data(), bytes.size(), at);
        if (put != static_cast<ssize_t>(bytes.size()))
            return give_up(DiskTrouble::cannot_write, put < 0 ? errno : EIO);
        written_ = wire::mark_of(bytes);
        ++line_->writes;
        line_->write_took = (boot_now() - doing.began()).count();
        return true;
    }

    std::shared_ptr<DiskLine> line_;
    Descriptor device_;
    Buffer area_;
    Buffer own_;
    SlotWatch watch_;
    wire::DiskNumber number_of_disk_{};
    bool is_ours_ = false;          ///< the header was read, and is this cluster's
    std::uint64_t next_write_ = 0;  ///< 0: not known yet
    std::optional<wire::DiskSlotMark> written_;
    std::optional<Instant> taken_until_;
    bool is_rung_ = false;
    Instant begun_{};
    Instant not_before_{};
};

void* begin(void* argument) {
    const std::unique_ptr<std::shared_ptr<DiskLine>> line(
        static_cast<std::shared_ptr<DiskLine>*>(argument));
    // It needs next to no time, and needs it at once. Where it is not permitted it goes without.
    const sched_param priority{1};
    static_cast<void>(::pthread_setschedparam(::pthread_self(), SCHED_RR, &priority));
    ::pthread_setname_np(::pthread_self(), "inquest-disk");
    DiskThread(*line).run();
    return nullptr;
}

}  // namespace

Result<void> start_disk_thread(std::shared_ptr<DiskLine> line) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, stack_bytes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // Signals are the deciding thread's: a thread takes over the mask of its maker.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    auto argument = std::make_unique<std::shared_ptr<DiskLine>>(std::move(line));
    pthread_t thread{};
    const int error = ::pthread_create(&thread, &attributes, begin, argument.get());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_attr_destroy(&attributes);
    if (error != 0) return failed(error);
    static_cast<void>(argument.release());  // it is the thread's now
    return {};
}

}  // namespace inquest::paths
