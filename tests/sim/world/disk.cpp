#include "tests/sim/world/disk.hpp"

#include <chrono>

namespace inquest::sim {
namespace {

using namespace std::chrono_literals;

/// One transaction with its sync on a good disk.
constexpr Duration write_min = 500us;
constexpr Duration write_spread = 3ms;
/// One in so many meets a busy disk.
constexpr std::uint64_t slow_one_in = 100;
constexpr Duration slow_spread = 60ms;

}  // namespace

const ledger::Restored& Disk::open() {
    if (lost_) {
        content_ = {.kept = ledger::blank(), .lost = true};
        damaged_ = false;
    }
    lost_ = false;
    durable_ = 0;
    return content_.kept;
}

void Disk::format() {
    writes_.clear();
    ++life_;
    content_ = {};
    lost_ = damaged_ = false;
}

Moment Disk::done_at(Moment now) {
    Duration length = write_min + random_.below(write_spread);
    if (random_.next() % slow_one_in == 0) length += random_.below(slow_spread);
    return std::max(now, stalled_until_) + length;
}

std::optional<Moment> Disk::write(Moment now, const ledger::Persist& persist) {
    writes_.push_back(persist);
    if (writes_.size() > 1) return std::nullopt;
    return first_done_ = done_at(now);
}

std::optional<Moment> Disk::look(Moment now) {
    if (writes_.empty()) return std::nullopt;
    first_done_ = std::max(first_done_, stalled_until_);
    if (now < first_done_) return first_done_;
    end_first();
    if (writes_.empty()) return std::nullopt;
    return first_done_ = done_at(now);
}

void Disk::end_first() {
    content_.write(writes_.front());
    durable_ = writes_.front().number;
    writes_.pop_front();
}

void Disk::cut() {
    for (std::uint64_t there = random_.next() % (writes_.size() + 1); there > 0; --there) {
        end_first();
    }
    writes_.clear();
    ++life_;
}

void Disk::finish() {
    while (!writes_.empty()) end_first();
    ++life_;
}

}  // namespace inquest::sim
