#include "heartbeat/config/host_config.hpp"

#include "heartbeat/base/assert.hpp"

#include <algorithm>

namespace inquest::config {

const Endpoint* HostConfig::endpoint(MemberId member, PathId path) const {
    const auto found = std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& end) {
        return end.member == member && end.path == path;
    });
    return found == endpoints.end() ? nullptr : &*found;
}

const MemberConfig& HostConfig::member(MemberId id) const {
    const auto found = std::find_if(cluster.members.begin(), cluster.members.end(),
                                    [&](const MemberConfig& member) { return member.id == id; });
    INQUEST_ASSERT(found != cluster.members.end());
    return *found;
}

}  // namespace inquest::config
