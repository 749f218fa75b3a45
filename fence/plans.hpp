// What is asked of a device, in what order, and what its answers amount to. Pure: whoever runs it
// starts the agents and keeps the time.
//
// `off` is the agent's `off` and then its `status`, again and again until it says off: an exit
// code of 0 from `off` says only that the device has taken the order. All that is not a status of
// off, in time, is `failed`.
#pragma once

#include "fence/agent_call.hpp"
#include "heartbeat/base/time.hpp"
#include "heartbeat/wire/fence_line.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace inquest::fence {

struct RunAgent {
    AgentAction action = AgentAction::status;
    Duration limit{};  ///< ended then
};
struct Pause {
    Duration length{};
};
struct Conclude {
    wire::FenceWord answer = wire::FenceWord::failed;
    std::string why;
};
using Step = std::variant<RunAgent, Pause, Conclude>;

/// Between two questions for the status: short at first, for most devices are quick.
inline constexpr Duration pause_min = std::chrono::milliseconds(200);
inline constexpr Duration pause_max = std::chrono::seconds(2);
/// A question that gets no answer must leave time for others.
inline constexpr Duration question_min = std::chrono::seconds(3);

class OffPlan {
 public:
    explicit OffPlan(wire::LookFirst look_first) : look_first_(look_first) {}

    // `left` is what is left of the order's time.
    Step begin(Duration left);
    Step heard(const ProcessEnd& end, Duration left);
    Step paused(Duration left);

 private:
    enum class State : std::uint8_t { looking, looking_again, switching, asking, asking_again };

    Step become(State state, Duration left);
    Step status_said(const ProcessEnd& end, Duration left);
    Step not_off(Duration left);

    wire::LookFirst look_first_;
    State state_ = State::looking;
    Duration pause_ = pause_min;
    bool was_asked_ = false;  ///< for its status, after off
    std::string last_;        ///< what the status said last
};

/// Could the device do it? Its status must be on or off.
class ProbePlan {
 public:
    Step begin(Duration left);
    Step heard(const ProcessEnd& end, Duration left);

 private:
    bool is_confirming_ = false;
};

/// How long one of several questions may take.
Duration question_limit(Duration left);

}  // namespace inquest::fence
