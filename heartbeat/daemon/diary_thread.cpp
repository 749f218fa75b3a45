#include "heartbeat/daemon/diary_thread.hpp"

#include "heartbeat/daemon/clocks.hpp"
#include "heartbeat/daemon/failure.hpp"
#include "heartbeat/daemon/replies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace inquest::daemon {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t queue_max = 1024;
/// What happens waits so long for company, or until there are so many.
constexpr Duration batch_time = 1s;
constexpr std::size_t batch_size = 256;
/// A disk that refused is asked again after this.
constexpr Duration retry_time = 10s;

endings::Wall wall_now() { return endings::Wall(read_clock(CLOCK_REALTIME)); }

/// The daemon's signals are the deciding thread's affair. Fatal ones are each thread's own.
std::thread begin_without_signals(const std::function<void()>& work) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) ::sigdelset(&all, signal);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(work);
    ::pthread_setname_np(thread.native_handle(), "inquest-diary");
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace

DiaryThread::DiaryThread(std::filesystem::path state, endings::RunRecord record, Sink sink)
    : state_(std::move(state)),
      record_(std::move(record)),
      sink_(std::move(sink)),
      diary_({.file = state_ / "events.db"}),
      queue_(queue_max),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_.is_open()) throw Failure(fmt::format("eventfd: {}", std::strerror(errno)));
    thread_ = begin_without_signals([this] { run(); });
}

DiaryThread::~DiaryThread() {
    ending_ = true;
    wake();
    thread_.join();
}

// ---- On the deciding thread --------------------------------------------------------------------

void DiaryThread::note(Happening happening) {
    put({.kind = Note::Kind::happening, .happening = std::move(happening)});
}

bool DiaryThread::ask(const Question& question) {
    const bool taken = queue_.push({.kind = Note::Kind::question, .question = question});
    if (taken) wake();
    return taken;
}

void DiaryThread::leave(int signal) { put({.kind = Note::Kind::leaving, .signal = signal}); }

void DiaryThread::put(Note note) {
    if (queue_.push(std::move(note)))
        wake();
    else
        overflow_.fetch_add(1, std::memory_order_relaxed);
}

void DiaryThread::wake() const {
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) return;  // it is awake already
}

// ---- On the diary's thread ---------------------------------------------------------------------

void DiaryThread::run() {
    begin_record();
    save(steady_clock::now());
    for (;;) {
        wait(next_duty());
        const bool last = ending_;
        take_notes();
        const Moment now = steady_clock::now();
        const bool many = told_.trouble.empty() && diary_.unsaved() >= batch_size;
        if (last || many || now >= save_at_) save(now);
        if (last) break;
        if (now >= alive_at_) note_alive(now);
    }
    diary_.close();
    if (signal_ != 0) note_ending(endings::Word::left);
}

void DiaryThread::begin_record() {
    record_.alive = wall_now();
    auto begun = RunFile::begin(state_, record_);
    if (!begun) return complain(begun.error());
    run_file_.emplace(std::move(*begun));
    run_file_->catch_fatal_signals();
    alive_at_ = steady_clock::now() + alive_interval;
}

void DiaryThread::wait(Moment until) const {
    pollfd ready{.fd = wake_.get(), .events = POLLIN};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    ::poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000)));
    std::uint64_t count = 0;
    if (::read(wake_.get(), &count, sizeof count) < 0) return;  // nobody woke it
}

DiaryThread::Moment DiaryThread::next_duty() const { return std::min(save_at_, alive_at_); }

void DiaryThread::take_notes() {
    // Bounded: one that is noted meanwhile waits for the next turn.
    for (std::size_t i = 0; i < queue_max; ++i) {
        std::optional<Note> note = queue_.pop();
        if (!note) break;
        take(*note);
    }
}

void DiaryThread::take(const Note& note) {
    switch (note.kind) {
        case Note::Kind::happening:
            diary_.add(note.happening.wall, event_message(note.happening));
            if (save_at_ == Moment::max()) save_at_ = steady_clock::now() + batch_time;
            break;
        case Note::Kind::question: answer(note.question); break;
        case Note::Kind::leaving:
            signal_ = note.signal;
            note_ending(endings::Word::told);
            break;
    }
}

void DiaryThread::answer(const Question& question) {
    const Bookmark bookmark = question.rest ? *question.rest : diary_.begin(question.since);
    sink_(Answer{question.reader, diary_.read(bookmark)});
}

void DiaryThread::save(Moment now) {
    diary_.save();
    save_at_ = diary_.unsaved() == 0 ? Moment::max() : now + retry_time;
    if (const std::string line = diary_.take_set_aside(); !line.empty()) {
        sink_(Remark{Level::warning, line});
    }
    tell_health();
}

/// Says once that writing fails, and once that it goes on; the figures go to `inquest doctor`.
void DiaryThread::tell_health() {
    Diary::Health health = diary_.health();
    health.lost += overflow_.load(std::memory_order_relaxed);
    if (health == told_) return;
    if (!health.trouble.empty() && told_.trouble.empty()) {
        sink_(Remark{Level::warning,
                     fmt::format("{}; events are kept in memory meanwhile", health.trouble)});
    }
    if (health.trouble.empty() && !told_.trouble.empty()) {
        sink_(Remark{Level::notice, "events are written again"});
    }
    if (health.lost != told_.lost) {
        sink_(Remark{Level::warning, fmt::format("{} events are lost: they could not be written",
                                                 health.lost - told_.lost)});
    }
    told_ = health;
    sink_(health);
}

// ---- The record of this run --------------------------------------------------------------------

void DiaryThread::note_alive(Moment now) {
    alive_at_ = now + alive_interval;
    if (!run_file_) return;
    if (const auto done = run_file_->alive(wall_now()); !done) complain(done.error());
}

void DiaryThread::note_ending(endings::Word word) {
    if (!run_file_) return;
    const auto alive = run_file_->alive(wall_now());
    const auto done = alive.and_then([&] { return run_file_->ending({word, signal_}); });
    if (!done) complain(done.error());
}

void DiaryThread::complain(const std::error_code& error) {
    if (std::exchange(run_file_failed_, true)) return;
    sink_(Remark{Level::warning,
                 fmt::format("{}: cannot be written ({}): `inquest why-rebooted` will know less of "
                             "this run: free space or mend the disk",
                             (state_ / "run").string(), error.message())});
}

}  // namespace inquest::daemon
