#include "heartbeat/store/keeper.hpp"

#include "heartbeat/base/assert.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <utility>

namespace inquest::store {
namespace {

/// The daemon's signals are the deciding thread's affair. Its priority is not inherited: see
/// daemon/privileges.cpp.
std::thread begin_without_signals(const std::function<void()>& work) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(work);
    ::pthread_setname_np(thread.native_handle(), "inquest-store");
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace

Keeper::Keeper(Database database, const Options& options, Sink sink)
    : database_(std::move(database)),
      options_(options),
      sink_(std::move(sink)),
      queue_(options.queue_max),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
    INQUEST_ASSERT(wake_.is_open());
    group_.reserve(options_.group_max);
    thread_ = begin_without_signals([this] { run(); });
}

Keeper::~Keeper() {
    ending_ = true;
    wake();
    thread_.join();
}

bool Keeper::submit(ledger::Persist persist) {
    if (!queue_.push(std::move(persist))) return false;
    wake();
    return true;
}

void Keeper::wake() const {
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) return;  // it is awake already
}

void Keeper::run() {
    tell_space();
    for (;;) {
        await_work();
        const bool last = ending_;
        work_off();
        if (last) break;
    }
    if (!failed_) database_.close();
}

void Keeper::await_work() {
    pollfd ready{wake_.get(), POLLIN, 0};
    while (::poll(&ready, 1, static_cast<int>(options_.look_interval.count())) <= 0) {
        if (failed_) continue;
        database_.look_for_space();
        tell_space();
    }
    std::uint64_t count = 0;
    if (::read(wake_.get(), &count, sizeof count) < 0) return;  // it was woken for nothing
}

/// What arrives meanwhile is the next group.
void Keeper::work_off() {
    while (!failed_ && take_group()) {
        if (const auto done = database_.commit(group_); !done) return fail(done.error());
        sink_(ledger::Persisted{group_.back().number});
        if (const auto done = database_.tend(); !done) return fail(done.error());
        tell_space();
    }
}

bool Keeper::take_group() {
    group_.clear();
    while (group_.size() < options_.group_max) {
        std::optional<ledger::Persist> next = queue_.pop();
        if (!next) break;
        group_.push_back(std::move(*next));
    }
    return !group_.empty();
}

void Keeper::tell_space() {
    if (told_ == database_.space()) return;
    told_ = database_.space();
    sink_(SpaceTold{*told_});
}

void Keeper::fail(const std::error_code& error) {
    failed_ = true;
    sink_(
        Failed{fmt::format("{}: cannot be written ({}): free space or mend the disk; the daemon "
                           "ends here, because it cannot remember what it would answer",
                           database_.file().string(), error.message())});
}

}  // namespace inquest::store
