#include "heartbeat/paths/disk.hpp"

#include "heartbeat/base/assert.hpp"
#include "heartbeat/paths/disk_thread.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace inquest::paths {
namespace {

using namespace std::chrono_literals;

/// A disk that was slow is believed again after this, so that one which is always slow does not
/// come and go with each input and output.
constexpr Duration slow_for = 1s;

std::string_view word(DiskTask task) {
    switch (task) {
        case DiskTask::nothing: return "nothing";
        case DiskTask::opening: return "opening it";
        case DiskTask::reading: return "a read";
        case DiskTask::writing: return "a write";
    }
    return "?";
}

void ring(const DiskLine& line) { ::eventfd_write(line.bell.get(), 1); }

}  // namespace

DiskPath::DiskPath(DiskOptions options, DiskPace pace) : options_(std::move(options)), pace_(pace) {
    INQUEST_ASSERT(options_.slot >= 1 && options_.slot <= wire::disk_slots);
}
DiskPath::DiskPath(DiskPath&&) noexcept = default;
DiskPath& DiskPath::operator=(DiskPath&& other) noexcept {
    std::swap(options_, other.options_);
    std::swap(pace_, other.pace_);
    std::swap(line_, other.line_);
    std::swap(said_, other.said_);
    std::swap(stranger_, other.stranger_);
    std::swap(slow_, other.slow_);
    std::swap(slow_until_, other.slow_until_);
    std::swap(overtaken_, other.overtaken_);
    std::swap(dropped_seen_, other.dropped_seen_);
    return *this;
}
DiskPath::~DiskPath() { close(); }

Result<void> DiskPath::open() {
    close();
    Descriptor bell(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!bell.is_open()) return failed(errno);
    auto line = std::make_shared<DiskLine>(options_, std::move(bell));
    line_ = line;
    dropped_seen_ = 0;
    follow(pace_);
    const auto started = start_disk_thread(std::move(line));
    if (!started) line_.reset();
    return started;
}

void DiskPath::close() {
    if (line_ == nullptr) return;
    line_->ending = true;
    ring(*line_);
    line_.reset();
}

void DiskPath::follow(DiskPace pace) {
    pace_ = pace;
    if (line_ == nullptr) return;
    line_->interval = pace.interval.count();
    line_->patience = pace.patience.count();
    line_->slots = pace.slots;
}

void DiskPath::say(std::span<const std::byte> datagram) {
    said_.clear();
    add(datagram);
}

void DiskPath::add(std::span<const std::byte> datagram) {
    if (line_ == nullptr || !said_.add(datagram)) return;
    publish();
}

void DiskPath::publish() {
    line_->to_write.place() = said_;
    if (!line_->to_write.publish()) ++overtaken_;
    ring(*line_);
}

DiskState DiskPath::state(Instant now) {
    if (line_ == nullptr) return {DiskTrouble::starting, false, options_.device + ": not opened"};
    const DiskTask task = line_->task;
    const Instant since = at(Duration(line_->task_since.load()));
    const Duration taken = now - since;
    if (task != DiskTask::nothing && taken > pace_.patience) {
        slow_until_ = now + slow_for;
        slow_ = fmt::format("{}: {} has taken {:.1f}s", options_.device, word(task),
                            std::chrono::duration<double>(taken).count());
    }
    const DiskTrouble trouble = line_->trouble;
    if (trouble != DiskTrouble::none && trouble != DiskTrouble::starting)
        return {trouble, false, words(trouble)};
    if (now < slow_until_) return {trouble, true, slow_};
    return {trouble, false, trouble == DiskTrouble::none ? "" : words(trouble)};
}

std::string DiskPath::words(DiskTrouble trouble) {
    const std::string& device = options_.device;
    const std::string why = std::error_code(line_->error, std::system_category()).message();
    if (const std::string* name = line_->stranger.take()) stranger_ = *name;
    switch (trouble) {
        case DiskTrouble::starting: return device + ": not read yet";
        case DiskTrouble::none: return "";
        case DiskTrouble::cannot_open: return fmt::format("{}: {}", device, why);
        case DiskTrouble::no_disk: return device + ": neither a block device nor a plain file";
        case DiskTrouble::too_small:
            return fmt::format("{}: smaller than {} KiB", device, wire::disk_bytes / 1024);
        case DiskTrouble::no_direct:
            return device +
                   ": takes no direct input and output: name a block device, or a file on ext4 "
                   "or xfs";
        case DiskTrouble::not_set_up:
            return fmt::format("{0}: not set up: run `inquest disk init {0}` on one node", device);
        case DiskTrouble::foreign: return device + ": holds something that is not Inquest's";
        case DiskTrouble::version: return device + ": set up by another version of Inquest";
        case DiskTrouble::damaged: return device + ": its header is damaged";
        case DiskTrouble::other_cluster:
            return fmt::format("{}: belongs to another cluster, {}", device, stranger_);
        case DiskTrouble::cannot_read: return fmt::format("{}: a read failed: {}", device, why);
        case DiskTrouble::cannot_write: return fmt::format("{}: a write failed: {}", device, why);
        case DiskTrouble::slot_taken:
            return fmt::format(
                "{}: somebody else writes slot {} too: two nodes with one number, "
                "or two clusters of one name",
                device, options_.slot);
    }
    return "?";
}

DiskCounters DiskPath::counters() const {
    DiskCounters counters{.overtaken = overtaken_};
    if (line_ == nullptr) return counters;
    counters.reads = line_->reads;
    counters.writes = line_->writes;
    counters.torn = line_->torn;
    counters.refused = line_->refused;
    counters.dropped = line_->dropped;
    counters.read_took = Duration(line_->read_took.load());
    counters.write_took = Duration(line_->write_took.load());
    return counters;
}

}  // namespace inquest::paths
