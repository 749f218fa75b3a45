#include "fence/plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace inquest::fence {

using wire::FenceWord;

namespace {

constexpr const char* doubt = "status ended with code 2 but did not say off";

/// The order's time was up in the midst of it; whatever was said before says more.
bool is_cut_short(const ProcessEnd& end, Duration left) {
    return end.how == ProcessEnd::How::out_of_time && left < pause_min;
}

}  // namespace

Duration question_limit(Duration left) {
    constexpr int questions = 3;
    return std::min(left, std::max(left / questions, question_min));
}

// ---- Off ----------------------------------------------------------------------------------------

Step OffPlan::begin(Duration left) {
    return become(look_first_ == wire::LookFirst::yes ? State::looking : State::switching, left);
}

Step OffPlan::become(State state, Duration left) {
    state_ = state;
    switch (state_) {
        case State::looking:
        case State::asking: return RunAgent{AgentAction::status, question_limit(left)};
        case State::looking_again:
        case State::asking_again: return RunAgent{AgentAction::monitor, question_limit(left)};
        case State::switching: return RunAgent{AgentAction::off, left};
    }
    return Conclude{};
}

Step OffPlan::heard(const ProcessEnd& end, Duration left) {
    switch (state_) {
        case State::looking:
        case State::asking: return status_said(end, left);
        case State::looking_again:
            if (end.was_good())
                return Conclude{FenceWord::off, "status said off before anything was switched"};
            return become(State::switching, left);
        case State::asking_again:
            if (end.was_good()) return Conclude{FenceWord::off, "status said off"};
            if (!is_cut_short(end, left))
                last_ = described(fmt::format("{}, and monitor", doubt), end);
            return not_off(left);
        case State::switching:
            // It may be off all the same; whoever ordered it can have the status looked at first.
            if (!end.was_good()) return Conclude{FenceWord::failed, described("off", end)};
            last_ = "off ended well, and there was no time for a status";
            return left > Duration::zero() ? become(State::asking, left) : not_off(left);
    }
    return Conclude{};
}

Step OffPlan::status_said(const ProcessEnd& end, Duration left) {
    const bool looking = state_ == State::looking;
    const bool was_asked = std::exchange(was_asked_, !looking);
    switch (status_word(end)) {
        case StatusWord::off:
            return Conclude{FenceWord::off, looking ? "status said off before anything was switched"
                                                    : "status said off"};
        case StatusWord::off_by_code_alone:
            last_ = doubt;
            return become(looking ? State::looking_again : State::asking_again, left);
        case StatusWord::on: last_ = "off ended well, but status says on"; break;
        case StatusWord::unclear:
            if (!was_asked || !is_cut_short(end, left))
                last_ = described("off ended well, but status", end);
            break;
    }
    return looking ? become(State::switching, left) : not_off(left);
}

Step OffPlan::not_off(Duration left) {
    if (left <= pause_) return Conclude{FenceWord::failed, fmt::format("time is up: {}", last_)};
    const Pause pause{pause_};
    pause_ = std::min(pause_ * 2, pause_max);
    return pause;
}

Step OffPlan::paused(Duration left) { return become(State::asking, left); }

// ---- Probe --------------------------------------------------------------------------------------

Step ProbePlan::begin(Duration left) { return RunAgent{AgentAction::status, left}; }

Step ProbePlan::heard(const ProcessEnd& end, Duration left) {
    if (is_confirming_) {
        if (end.was_good()) return Conclude{FenceWord::ready, "status says off"};
        return Conclude{FenceWord::failed, described(fmt::format("{}, and monitor", doubt), end)};
    }
    switch (status_word(end)) {
        case StatusWord::on: return Conclude{FenceWord::ready, "status says on"};
        case StatusWord::off: return Conclude{FenceWord::ready, "status says off"};
        case StatusWord::off_by_code_alone:
            is_confirming_ = true;
            return RunAgent{AgentAction::monitor, left};
        case StatusWord::unclear: break;
    }
    return Conclude{FenceWord::failed, described("status", end)};
}

}  // namespace inquest::fence
