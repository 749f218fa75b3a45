// The diary's own thread: it writes what happened, and this run's record, so that no disk ever
// delays a beat.
//
//     deciding thread --note--> bounded queue --> diary, on this thread --told--> deciding thread
//
// What happens is written in batches; a disk that hangs holds up this thread and the end of the
// process, and nothing else.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/daemon/diary.hpp"
#include "heartbeat/daemon/happening.hpp"
#include "heartbeat/daemon/journal.hpp"
#include "heartbeat/daemon/run_file.hpp"
#include "heartbeat/store/ring.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <variant>

namespace inquest::daemon {

/// Whose question it is: answers carry it back.
using Reader = std::uint64_t;

/// A reader wants events: from the beginning (all, or since an instant), or from a bookmark on.
struct Question {
    Reader reader = 0;
    std::optional<endings::Wall> since;
    std::optional<Bookmark> rest;
};

struct Answer {
    Reader reader = 0;
    Page page;
};

/// A line for the log.
struct Remark {
    Level level = Level::warning;
    std::string text;
};

using Told = std::variant<Answer, Remark, Diary::Health>;

class DiaryThread {
 public:
    /// Runs on the diary's thread: it posts what it gets, and does nothing else.
    using Sink = std::function<void(Told)>;

    DiaryThread(std::filesystem::path state, endings::RunRecord record, Sink sink);
    /// Writes what is left, closes the file and ends the thread. Takes as long as the disk does.
    ~DiaryThread();
    DiaryThread(const DiaryThread&) = delete;
    DiaryThread& operator=(const DiaryThread&) = delete;

    // By the deciding thread, never waiting.

    /// What finds no room is counted, and told as lost.
    void note(Happening happening);
    /// False: there is no room now.
    [[nodiscard]] bool ask(const Question& question);
    /// The process was told to stop by `signal`. When the thread ends it has come to its end.
    void leave(int signal);

 private:
    /// What crosses to the thread; the field of its kind counts.
    struct Note {
        enum class Kind : std::uint8_t { happening, question, leaving } kind = Kind::happening;
        Happening happening;
        Question question;
        int signal = 0;
    };
    using Moment = std::chrono::steady_clock::time_point;

    void put(Note note);
    void wake() const;
    void run();
    void begin_record();
    void wait(Moment until) const;
    Moment next_duty() const;
    void take_notes();
    void take(const Note& note);
    void answer(const Question& question);
    void save(Moment now);
    void tell_health();
    void note_alive(Moment now);
    void note_ending(endings::Word word);
    void complain(const std::error_code& error);

    std::filesystem::path state_;
    endings::RunRecord record_;
    Sink sink_;
    Diary diary_;
    std::optional<RunFile> run_file_;
    bool run_file_failed_ = false;
    Diary::Health told_;
    std::uint64_t overflow_told_ = 0;
    Moment save_at_ = Moment::max();
    Moment alive_at_{};
    int signal_ = 0;  ///< that told the process to stop
    store::Ring<Note> queue_;
    std::atomic<std::uint64_t> overflow_{0};
    Descriptor wake_;
    std::atomic<bool> ending_{false};
    std::thread thread_;  ///< last, so that it finds all others
};

}  // namespace inquest::daemon
