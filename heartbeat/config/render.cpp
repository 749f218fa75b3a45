// The agreed configuration as cluster.toml.
#include "heartbeat/config/agreed.hpp"
#include "heartbeat/config/duration.hpp"
#include "heartbeat/core/expected_votes.hpp"
#include "heartbeat/core/fence_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace inquest::config {
namespace {

constexpr const char* header =
    "# Written by inquestd from what the cluster has agreed, and written again after each change.\n"
    "# Change it with `inquest config push`: edit a copy, then run `inquest config push COPY`.\n";

/// A basic string of TOML 1.0. Names are plain; what came from elsewhere must not break the file.
std::string quoted(std::string_view text) {
    std::string written = "\"";
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\')
            written += fmt::format("\\{}", letter);
        else if (byte < 0x20 || byte == 0x7f)
            written += fmt::format("\\u{:04x}", byte);
        else
            written += letter;
    }
    return written + "\"";
}

std::string key(std::string_view name) {
    const bool bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
               letter == '-';
    });
    return bare ? std::string(name) : quoted(name);
}

std::string length(std::string_view name, Duration value) {
    return fmt::format("{} = \"{}\"\n", name, duration_text(value));
}

std::string rendered(const Timing& timing) {
    return "\n[timing]\n" + length("beat_interval", timing.beat_interval) +
           length("path_limit", timing.path_limit) + length("condemn_after", timing.condemn_after) +
           length("boot_grace", timing.boot_grace) + length("lease", timing.lease) +
           length("restart_grace", timing.restart_grace) + length("watchdog", timing.watchdog) +
           length("margin", timing.margin);
}

std::string rendered(const AgreedPath& path) {
    const std::string port =
        path.kind == PathKind::disk ? "" : fmt::format("port = {}\n", path.port);
    return fmt::format("\n[[path]]\nname = {}\nkind = \"{}\"\nfate = {}\n{}{}", quoted(path.name),
                       word(path.kind), quoted(path.fate), port,
                       path.admin == Switched::off ? "off = true\n" : "");
}

std::string name_of(const ClusterState& state, MemberId id) {
    const AgreedMember* member = state.member(id);
    return member == nullptr ? "" : member->name;
}

std::string list(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + quoted(word);
    return "[" + all + "]";
}

std::string rendered(const FenceDevice& device, const ClusterState& state) {
    std::string text = fmt::format("\n[[fence.device]]\nname = {}\nagent = {}\nproves = \"{}\"\n",
                                   quoted(device.name), quoted(device.agent), word(device.proves));
    if (!device.secrets.empty()) text += fmt::format("secrets = {}\n", quoted(device.secrets));
    if (!device.run_by.empty()) {
        std::vector<std::string> names;
        for (const MemberId member : device.run_by) names.push_back(name_of(state, member));
        text += fmt::format("run_by = {}\n", list(names));
    }
    text += length("timeout", device.timeout);
    if (!device.options.empty()) text += "  [fence.device.options]\n";
    for (const FenceOption& option : device.options)
        text += fmt::format("  {} = {}\n", key(option.name), quoted(option.value));
    if (!device.plugs.empty()) text += "  [fence.device.plugs]\n";
    for (const FencePlug& plug : device.plugs)
        text += fmt::format("  {} = {}\n", key(name_of(state, plug.member)), quoted(plug.plug));
    return text;
}

std::string rendered(const FencePlan& plan) {
    if (plan == FencePlan{}) return "";
    std::vector<std::string> levels;
    for (const FenceLevel& level : plan.levels) levels.push_back(inquest::text(level));
    std::string text = fmt::format("  [node.fence]\n  levels = {}\n", list(levels));
    if (plan.delay != Duration::zero()) text += "  " + length("delay", plan.delay);
    if (plan.priority != 0) text += fmt::format("  priority = {}\n", plan.priority);
    if (!plan.fate.empty()) text += fmt::format("  fate = {}\n", quoted(plan.fate));
    return text;
}

std::string rendered(const AgreedMember& member, const ClusterState& state,
                     const std::vector<MemberId>& voting) {
    std::string text = fmt::format(
        "\n[[node]]\nname = {}\nid = {}\nrole = \"{}\"\nvote = {}\n", quoted(member.name),
        member.id.value, member.role == Role::witness ? "witness" : "voter",
        std::find(voting.begin(), voting.end(), member.id) != voting.end());
    text += "  [node.address]\n";
    for (const PathAddress& address : member.addresses) {
        text += fmt::format("  {} = {}\n", key(state.paths.at(address.path.value).name),
                            quoted(address.address));
    }
    return text + rendered(member.fence);
}

}  // namespace

std::string render(const ClusterState& state) {
    std::string text = header;
    text += fmt::format("\ncluster = {}\n", quoted(state.name));
    text += rendered(state.timing);
    text += fmt::format("\n[fence]\nlimit = {}\n", state.storm.limit) +
            length("window", state.storm.window);
    for (const FenceDevice& device : state.devices) text += rendered(device, state);
    for (const AgreedPath& path : state.paths) text += rendered(path);
    const std::vector<MemberId> voting = expected_votes(state, Counting::invited_too);
    for (const AgreedMember& member : state.members) text += rendered(member, state, voting);
    return text;
}

}  // namespace inquest::config
