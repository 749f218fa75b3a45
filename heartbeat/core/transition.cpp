#include "heartbeat/core/transition.hpp"

#include <fmt/format.h>

namespace inquest {

std::string log_line(const Transition& transition) {
    std::string line = fmt::format("peer={}", transition.peer);
    switch (transition.kind) {
        case Transition::Kind::path:
            line += fmt::format(" path={} state={}->{}", transition.path, transition.from,
                                transition.to);
            break;
        case Transition::Kind::verdict:
            line += fmt::format(" verdict={}->{}", transition.from, transition.to);
            break;
        case Transition::Kind::stall:
        case Transition::Kind::member:
        case Transition::Kind::coordinator:
        case Transition::Kind::lease:
        case Transition::Kind::watchdog:
        case Transition::Kind::space:
            line +=
                fmt::format(" {}={}->{}", word(transition.kind), transition.from, transition.to);
            break;
        case Transition::Kind::configuration:
            return fmt::format("configuration {}: {}", transition.to, transition.reason);
        case Transition::Kind::would_have_failed_over:
        case Transition::Kind::calls_for_condemnation:
            line += fmt::format(" {}", word(transition.kind));
            break;
        case Transition::Kind::agreed: line += fmt::format(" agreed={}", transition.to); break;
    }
    if (!transition.facts.empty()) line += fmt::format(" {}", transition.facts);
    if (!transition.reason.empty()) line += fmt::format(" reason=\"{}\"", transition.reason);
    return line;
}

}  // namespace inquest
