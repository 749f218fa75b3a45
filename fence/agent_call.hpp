// How an agent is called, and what its answer is worth (ClusterLabs FenceAgentAPI).
//
// An agent reads `name=value` lines; of two with one name the last counts, so what decides over a
// machine's power stands last. Its exit code is its answer: 0 is well, and to `status` 0 is on and
// 2 is off. But a shell and Python end with 2 as well when they cannot even read the agent or its
// arguments; so 2 counts only with the word `off` in the output, or once `monitor`, called in the
// same way, has ended with 0.
#pragma once

#include "heartbeat/core/fence_topology.hpp"
#include "heartbeat/wire/fence_line.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::fence {

/// `fence_` and then small letters, digits, `_` and `-`: no path, and nothing hidden.
bool is_agent_name(std::string_view name);

enum class AgentAction : std::uint8_t { off, status, monitor, metadata };

std::string_view word(AgentAction action);

/// What inquest-fenced itself says to an agent, and nobody else may. A plug is said under both of
/// its names, since an agent passes over the one that it does not know.
bool is_reserved(std::string_view option);

/// All that an agent finds there. Agents call ipmitool, ssh, snmpset and the like by their names.
std::vector<std::string> agent_environment();

/// The agent's standard input.
std::string agent_input(AgentAction action, const wire::AgentCall& call,
                        const std::vector<FenceOption>& secrets);

/// How a process has ended.
struct ProcessEnd {
    enum class How : std::uint8_t {
        exited,       ///< by itself; `number` is its exit code
        signalled,    ///< `number` is the signal, which did not come from here
        out_of_time,  ///< ended from here
        given_up,     ///< ended from here, since nobody wants its answer any more
        not_started,  ///< `number` is errno
    };
    How how = How::exited;
    int number = 0;
    Duration took{};
    std::string output;  ///< standard output, cut, without secrets
    std::string error;   ///< the same of standard error

    bool was_good() const { return how == How::exited && number == 0; }
};

enum class StatusWord : std::uint8_t {
    on,
    off,
    off_by_code_alone,  ///< proves nothing yet: see above
    unclear,
};

StatusWord status_word(const ProcessEnd& end);

/// `status: exit code 1: Unable to connect/login to fencing device`
std::string described(std::string_view what, const ProcessEnd& end);

}  // namespace inquest::fence
