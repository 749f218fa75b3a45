// All steps of a power-off but the last, each with its time: what would it fail at? Pure.
#pragma once

#include "fence/plans.hpp"
#include "heartbeat/wire/fence_line.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace inquest::fence {

class Rehearsal {
 public:
    /// `secrets`: the names in the device's secrets file.
    Rehearsal(wire::AgentCall call, std::vector<std::string> secrets)
        : call_(std::move(call)), secrets_(std::move(secrets)) {}

    Step begin(Duration left);
    Step heard(const ProcessEnd& end, Duration left);

    // What was done before: the agent's file and the secrets were looked at.
    void note(std::string step, wire::FenceStep::Outcome outcome, Duration took, std::string why);
    const std::vector<wire::FenceStep>& steps() const { return steps_; }

 private:
    enum class State : std::uint8_t { metadata, monitor, status };

    Step read_metadata(const ProcessEnd& end, Duration left);
    Step ask_status(Duration left);
    Step conclude() const;

    wire::AgentCall call_;
    std::vector<std::string> secrets_;
    State state_ = State::metadata;
    ProbePlan probe_;
    std::vector<wire::FenceStep> steps_;
};

}  // namespace inquest::fence
