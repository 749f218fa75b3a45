#include "heartbeat/cli/waiting.hpp"

#include "heartbeat/cli/conversation.hpp"
#include "heartbeat/config/duration.hpp"
#include "heartbeat/core/phrase.hpp"

#include <algorithm>
#include <thread>

namespace inquest::cli {
namespace {

constexpr std::chrono::milliseconds poll{100};
constexpr std::chrono::seconds moment_after{2};

}  // namespace

Waiting::Waiting(const std::string& timeout)
    : timeout_(config::parse_duration(timeout).value_or(std::chrono::seconds(30))) {
    deadline_ = std::chrono::steady_clock::now() + timeout_;
}

Duration Waiting::left() const {
    return std::max(Duration::zero(), Duration(deadline_ - std::chrono::steady_clock::now()));
}

bool Waiting::goes_on(const std::string& blocker) {
    if (blocker != blocker_) {
        blocker_ = blocker;
        say("waiting for " + clean(blocker_) + " (at most " + phrase(left()) + " more)\n");
    }
    if (left() == Duration::zero()) return false;
    std::this_thread::sleep_for(std::min<Duration>(poll, left()));
    return true;
}

bool Waiting::lingers() const {
    if (std::chrono::steady_clock::now() > deadline_ + moment_after) return false;
    std::this_thread::sleep_for(poll);
    return true;
}

wire::ErrorReply Waiting::ended(const std::string& what, const std::string& next,
                                wire::Exit exit) const {
    return too_late({what, blocker_, next}, timeout_, exit);
}

wire::ErrorReply too_late(const wire::Complaint& complaint, Duration timeout, wire::Exit exit) {
    return {{complaint.what + " within " + phrase(timeout), "it waits for " + complaint.why,
             complaint.remedy},
            exit};
}

}  // namespace inquest::cli
