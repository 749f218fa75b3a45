#include "heartbeat/config/host_config.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>

namespace inquest::config {

std::string HostConfig::device(PathId path) const {
    return path.value < devices.size() ? devices[path.value].name : "";
}

const Endpoint* HostConfig::endpoint(MemberId member, PathId path) const {
    const auto found = std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& end) {
        return end.member == member && end.path == path;
    });
    return found == endpoints.end() ? nullptr : &*found;
}

std::optional<Duration> reset_within(const WatchdogConfig& watchdog, const Timing& timing) {
    if (watchdog.door == WatchdogDoor::mux)
        return inquest::reset_within(watchdog.device_timeout, watchdog.reset_time,
                                     watchdog.client_timeout);
    const Duration timeout = device_timeout(timing.watchdog, watchdog.reset_time);
    if (timeout <= Duration::zero()) return std::nullopt;
    return inquest::reset_within(timeout, watchdog.reset_time);
}

const MemberConfig& HostConfig::member(MemberId id) const {
    const auto found = std::find_if(cluster.members.begin(), cluster.members.end(),
                                    [&](const MemberConfig& member) { return member.id == id; });
    INQUEST_ASSERT(found != cluster.members.end());
    return *found;
}

}  // namespace inquest::config
