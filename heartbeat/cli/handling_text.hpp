// What has become of a request to the cluster, judged from inquestd's answer to `handling`.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/wire/local.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace inquest::cli {

struct Judgement {
    enum class State : std::uint8_t {
        waiting,
        agreed,
        already,
        overtaken,  ///< by another request that was made at the same moment: to be asked anew
        withdrawn,  ///< its time is over before anybody wrote it: nothing will come of it
        late,       ///< it is written, and not agreed on in time: it may still be, once
        failed,
    };

    State state = State::waiting;
    std::string blocker;      ///< while it waits, or waited
    wire::Exit late;          ///< what to exit with if the deadline passes now
    wire::Complaint failure;  ///< where it failed; `what` is for the caller to say
};

Judgement judge(const Json& handling);

/// Why an entry was refused and what to do, by its word (EntryRefusal); `what` is empty.
wire::Complaint refusal_of_entry(std::string_view word);

}  // namespace inquest::cli
