#include "fence/rehearsal.hpp"

#include "fence/agent_metadata.hpp"
#include "fence/device_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace inquest::fence {
namespace {

using Outcome = wire::FenceStep::Outcome;
using wire::FenceWord;

std::string told(const std::vector<wire::DeviceComplaint>& complaints) {
    std::string text;
    for (const wire::DeviceComplaint& complaint : complaints) {
        text += fmt::format("{}{}: {}: {}", text.empty() ? "" : "; ", complaint.what, complaint.why,
                            complaint.remedy);
    }
    return text.empty() ? "all are known to the agent" : text;
}

}  // namespace

void Rehearsal::note(std::string step, Outcome outcome, Duration took, std::string why) {
    steps_.push_back({std::move(step), outcome, took, std::move(why)});
}

Step Rehearsal::begin(Duration left) {
    return RunAgent{AgentAction::metadata, question_limit(left)};
}

Step Rehearsal::heard(const ProcessEnd& end, Duration left) {
    switch (state_) {
        case State::metadata: return read_metadata(end, left);
        case State::monitor:
            note("monitor", end.was_good() ? Outcome::good : Outcome::bad, end.took,
                 described("monitor", end));
            return ask_status(left);
        case State::status: break;
    }
    Step step = probe_.heard(end, left);
    const auto* const answer = std::get_if<Conclude>(&step);
    if (answer == nullptr) return step;
    note("status", answer->answer == FenceWord::ready ? Outcome::good : Outcome::bad, end.took,
         answer->why);
    return conclude();
}

Step Rehearsal::read_metadata(const ProcessEnd& end, Duration left) {
    if (!end.was_good()) {
        note("metadata", Outcome::bad, end.took, described("metadata", end));
        return ask_status(left);
    }
    const auto metadata = parse_metadata(end.output);
    if (!metadata) {
        note("metadata", Outcome::bad, end.took, metadata.error());
        return ask_status(left);
    }
    note("metadata", Outcome::good, end.took, fmt::format("of {}", metadata->agent));
    // What the device is to prove does not stand in the order, so it is not judged here.
    wire::CheckedDevice checked{
        .device = call_.device, .proves = FenceProof::storage, .nodes = {call_.node}, .plugs = {}};
    if (!call_.plug.empty()) checked.plugs = {{call_.node, call_.plug}};
    const auto complaints = check_device(checked, *metadata, secrets_);
    note("parameters", has_errors(complaints) ? Outcome::bad : Outcome::good, Duration::zero(),
         told(complaints));
    if (!metadata->offers("monitor")) return ask_status(left);
    state_ = State::monitor;
    return RunAgent{AgentAction::monitor, question_limit(left)};
}

Step Rehearsal::ask_status(Duration left) {
    state_ = State::status;
    return probe_.begin(left);
}

Step Rehearsal::conclude() const {
    const auto bad = std::find_if(steps_.begin(), steps_.end(), [](const wire::FenceStep& step) {
        return step.outcome == Outcome::bad;
    });
    if (bad == steps_.end()) return Conclude{FenceWord::ready, "every step but the last was good"};
    return Conclude{FenceWord::failed, fmt::format("{}: {}", bad->step, bad->why)};
}

}  // namespace inquest::fence
