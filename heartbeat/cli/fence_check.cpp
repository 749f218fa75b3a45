#include "heartbeat/cli/fence_check.hpp"

#include "heartbeat/base/descriptor.hpp"
#include "heartbeat/wire/fence_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace inquest::cli {
namespace {

using config::Complaint;
using config::Complaints;
using config::Severity;

constexpr const char* program = "inquest-fenced";
constexpr const char* cluster_file = "cluster.toml";

bool may_ask(const FenceDevice& device, MemberId self) {
    return device.run_by.empty() ||
           std::find(device.run_by.begin(), device.run_by.end(), self) != device.run_by.end();
}

bool names(const FencePlan& plan, const std::string& device) {
    return std::any_of(plan.levels.begin(), plan.levels.end(), [&](const FenceLevel& level) {
        return std::any_of(level.begin(), level.end(),
                           [&](const FencePart& part) { return part.device == device; });
    });
}

wire::CheckedDevice checked(const FenceDevice& device, const config::HostConfig& config) {
    wire::CheckedDevice made{.device = wire::call_of(device, config.self, "").device,
                             .proves = device.proves,
                             .nodes = {},
                             .plugs = {},
                             .timeout = device.timeout};
    for (const MemberConfig& member : config.cluster.members) {
        if (member.id != config.self && names(member.fence, device.name))
            made.nodes.push_back(member.name);
    }
    for (const FencePlug& plug : device.plugs)
        made.plugs.push_back({config.member(plug.member).name, plug.plug});
    std::sort(made.plugs.begin(), made.plugs.end(),
              [](const FenceOption& a, const FenceOption& b) { return a.name < b.name; });
    return made;
}

struct Pipe {
    Descriptor reads;
    Descriptor writes;
};

std::optional<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::string read_all(int fd, std::size_t most) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (text.size() <= most) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

/// What inquest-fenced prints; error: why it cannot be asked. It reads everything before it
/// answers.
tl::expected<std::string, std::string> asked(const std::string& question,
                                             const std::filesystem::path& etc) {
    auto to = make_pipe();
    auto from = make_pipe();
    if (!to || !from) return tl::unexpected<std::string>(std::strerror(errno));
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, to->reads.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, from->writes.get(), STDOUT_FILENO);
    const std::string folder = etc.string();
    std::array<const char*, 5> words{program, "--etc", folder.c_str(), "check", nullptr};
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, program, &actions, nullptr,
                                     const_cast<char**>(words.data()), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return tl::unexpected<std::string>(std::strerror(error));
    to->reads.close();
    from->writes.close();
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    write_all(to->writes.get(), question);
    ::signal(SIGPIPE, before);
    to->writes.close();
    std::string answer = read_all(from->reads.get(), wire::fence_check_bytes_max);
    int status = 0;
    ::waitpid(child, &status, 0);
    return answer;
}

std::string key_of(const wire::DeviceComplaint& complaint, const ClusterConfig& cluster) {
    for (std::size_t place = 0; place < cluster.devices.size(); ++place) {
        if (cluster.devices[place].name != complaint.device) continue;
        const std::string key = fmt::format("fence.device.{}", place + 1);
        return complaint.option.empty() ? key : key + ".options." + complaint.option;
    }
    return "fence.device";
}

Complaints not_checked(const std::string& why) {
    return {{Severity::warning, cluster_file, 0, "fence.device",
             fmt::format("the fence devices are not checked: {}: {}", program, why),
             "install it on each node that may ask a device"}};
}

}  // namespace

Complaints fence_complaints(const config::HostConfig& config, const std::filesystem::path& etc) {
    std::vector<wire::CheckedDevice> devices;
    for (const FenceDevice& device : config.cluster.devices) {
        if (may_ask(device, config.self)) devices.push_back(checked(device, config));
    }
    if (devices.empty()) return {};
    const auto answer = asked(wire::to_text(devices), etc);
    if (!answer) return not_checked(answer.error());
    const auto found = wire::parse_device_complaints(*answer);
    if (!found) return not_checked("its answer is not understood");
    Complaints all;
    for (const wire::DeviceComplaint& complaint : *found) {
        const bool error = complaint.severity == wire::DeviceComplaint::Severity::error;
        all.push_back({error ? Severity::error : Severity::warning, cluster_file, 0,
                       key_of(complaint, config.cluster),
                       fmt::format("{}: {}: {}", complaint.device, complaint.what, complaint.why),
                       complaint.remedy});
    }
    return all;
}

}  // namespace inquest::cli
