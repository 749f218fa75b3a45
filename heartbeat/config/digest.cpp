#include "heartbeat/config/digest.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace inquest::config {
namespace {

std::uint32_t fnv1a(std::string_view bytes) {
    std::uint32_t hash = 2166136261U;
    for (const char byte : bytes) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
    }
    return hash;
}

/// Appends a part and a mark that no part contains, so that parts cannot run into one another.
void append(std::string& content, std::string_view part) {
    content += part;
    content += '\n';
}

void append(std::string& content, std::int64_t number) { append(content, std::to_string(number)); }

}  // namespace

std::uint32_t digest(const HostConfig& config) {
    const ClusterConfig& cluster = config.cluster;
    std::string content;
    append(content, cluster.name);
    for (const Duration duration :
         {cluster.timing.beat_interval, cluster.timing.path_limit, cluster.timing.condemn_after,
          cluster.timing.boot_grace, cluster.timing.lease, cluster.timing.restart_grace,
          cluster.timing.watchdog, cluster.timing.margin}) {
        append(content, duration.count());
    }
    for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
        const PathConfig& path = cluster.paths[i];
        append(content, path.name);
        append(content, word(path.kind));
        append(content, path.fate);
        append(content, path.admin == Switched::off ? 1 : 0);
        append(content, config.ports[i]);
    }
    for (const MemberConfig& member : cluster.members) {
        append(content, member.name);
        append(content, member.id.value);
        append(content, member.role == Role::witness ? 1 : 0);
        append(content, member.votes ? 1 : 0);
        for (std::size_t i = 0; i < cluster.paths.size(); ++i) {
            const Endpoint* end = config.endpoint(member.id, PathId(static_cast<std::uint8_t>(i)));
            append(content, end ? std::string_view(end->address.text) : "-");
        }
    }
    return fnv1a(content);
}

}  // namespace inquest::config
