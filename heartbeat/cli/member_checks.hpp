// Is this node a member, and does each of its paths work? For `init` and `join`, which wait for it.
#pragma once

#include "heartbeat/cli/reply.hpp"
#include "heartbeat/cli/screen.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace inquest::cli {

struct MemberCheck {
    enum class State : std::uint8_t {
        ok,
        worse,    ///< the member can be used, and something should be mended
        missing,  ///< not a member yet
    };

    std::string name;
    State state = State::missing;
    std::string what;  ///< what was found, or what it waits for
};

/// From inquestd's answers to `ledger` and `status`; `version` is this program's.
std::vector<MemberCheck> member_checks(const Json& ledger, const Json& status,
                                       const std::string& version);

/// Is it a member, with a vote where it should have one?
bool is_settled(const std::vector<MemberCheck>& checks);

/// The first that is missing, in words; empty where none is.
std::string blocker(const std::vector<MemberCheck>& checks);

std::string checks_text(const Screen& screen, const std::vector<MemberCheck>& checks);
Json checks_json(const std::vector<MemberCheck>& checks);

}  // namespace inquest::cli
