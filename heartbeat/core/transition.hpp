// One change worth telling a person: it becomes one log line, one event, one line of expect.log.
#pragma once

#include "heartbeat/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace inquest {

struct Transition {
    enum class Kind : std::uint8_t {
        path,                    ///< a path's state, as this node sees it
        verdict,                 ///< the verdict on a peer, or on this node itself
        stall,                   ///< this node woke late, or is well again
        member,                  ///< a peer's incarnation or session, a refused old one
        would_have_failed_over,  ///< what an armed cluster would have done
        calls_for_condemnation,  ///< an armed cluster's observer has seen enough
        coordinator,             ///< who leads the ledger, as this node knows it
        agreed,                  ///< an entry of the ledger had its turn
        lease,                   ///< this node's own: `none`, `granted` or `ended`
        watchdog,                ///< this node's own: `fed` or `starved`
        space,                   ///< room on the disk of this node's ledger: `enough` or `low`
        configuration,           ///< this node follows other files; `peer` is this node itself
    };

    Kind kind = Kind::verdict;
    Instant when;
    std::string observer;  ///< node names and path names, as configured
    std::string peer;
    std::string path;  ///< empty unless kind is `path`
    std::string from;  ///< words of docs/verdicts.md
    std::string to;
    std::string facts;   ///< key=value, for machines; may be empty
    std::string reason;  ///< a phrase for a person; may be empty
};

constexpr std::string_view word(Transition::Kind kind) {
    switch (kind) {
        case Transition::Kind::path: return "path";
        case Transition::Kind::verdict: return "verdict";
        case Transition::Kind::stall: return "stall";
        case Transition::Kind::member: return "member";
        case Transition::Kind::would_have_failed_over: return "would-have-failed-over";
        case Transition::Kind::calls_for_condemnation: return "calls-for-condemnation";
        case Transition::Kind::coordinator: return "coordinator";
        case Transition::Kind::agreed: return "agreed";
        case Transition::Kind::lease: return "lease";
        case Transition::Kind::watchdog: return "watchdog";
        case Transition::Kind::space: return "space";
        case Transition::Kind::configuration: return "configuration";
    }
    return "?";
}

/// The log line: `peer=n2 verdict=suspect->lost reason="..."`. The daemon and the simulator print
/// it.
std::string log_line(const Transition& transition);

}  // namespace inquest
