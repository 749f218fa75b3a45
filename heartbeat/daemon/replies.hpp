// What the control socket answers: reports of the core as the JSON that `inquest --json` promises.
#pragma once

#include "heartbeat/config/host_config.hpp"
#include "heartbeat/core/node.hpp"
#include "heartbeat/daemon/belonging.hpp"
#include "heartbeat/daemon/clocks.hpp"
#include "heartbeat/daemon/diary.hpp"
#include "heartbeat/daemon/enforcing.hpp"
#include "heartbeat/daemon/happening.hpp"
#include "heartbeat/daemon/privileges.hpp"
#include "heartbeat/daemon/traffic.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace inquest::daemon {

/// All that answers are made of.
struct Knowledge {
    const config::HostConfig& config;
    const Node& node;
    const Traffic& traffic;
    const std::vector<Privilege>& privileges;
    std::uint64_t log_dropped = 0;
    const Diary::Health& diary;
    Clocks clocks;
    const Belonging& belonging;
    const Enforcing& enforcing;
    bool kept = false;  ///< somebody speaks for this daemon should it die
};

std::string status_reply(const Knowledge& knowledge);
std::string paths_reply(const Knowledge& knowledge);
/// An error reply where there is no such node.
std::string explain_reply(const Knowledge& knowledge, const std::string& node);
std::string doctor_reply(const Knowledge& knowledge);
/// What a guard must know to start a guest.
std::string guard_reply(const Knowledge& knowledge);
std::string event_message(const Happening& happening);

}  // namespace inquest::daemon
