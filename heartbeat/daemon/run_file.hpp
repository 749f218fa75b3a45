// The record of this run in the state folder, for `inquest why-rebooted`: begun at the start,
// touched every ten seconds, closed at the end. heartbeat/endings says what is in it.
//
// Every write is one of a few bytes within one sector that is already there, so a full disk takes
// none of it away. All but the catching of signals is the diary thread's work: it waits for the
// disk.
#pragma once

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/base/result.hpp"
#include "heartbeat/endings/run_record.hpp"

#include <filesystem>

namespace inquest::daemon {

/// A machine that loses its power is known to have lived until at most this long before.
inline constexpr Duration alive_interval = std::chrono::seconds(10);

/// Whoever catches a fatal signal tells the keeper at the other end of this line first; -1: nobody.
/// The line is kept open until the end. Once, before catch_fatal_signals().
void tell_keeper_of_death(int line);

class RunFile {
 public:
    /// Puts the records of earlier runs in their places and begins this one's.
    static Result<RunFile> begin(const std::filesystem::path& state,
                                 const endings::RunRecord& record);

    Result<void> alive(endings::Wall now);
    Result<void> ending(const endings::Ending& ending);
    /// From now on a fatal signal is noted before it ends the process. Once in a process's life.
    void catch_fatal_signals() const;

 private:
    Result<void> write(const endings::Piece& piece);

    Descriptor fd_;
};

}  // namespace inquest::daemon
