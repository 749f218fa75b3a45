#include "heartbeat/config/node_reader.hpp"

#include "heartbeat/config/duration.hpp"
#include "heartbeat/config/section.hpp"
#include "heartbeat/config/suggestion.hpp"
#include "heartbeat/core/duration_text.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inquest::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view node_file = "node.toml";

constexpr std::string_view mux_device = "watchdog-mux";
constexpr std::string_view mux_socket = "/run/watchdog-mux.sock";
/// As watchdog-mux of pve-ha-manager is built: it feeds a device for clients that were heard within
/// the first, and has set the device to the second.
constexpr Duration mux_client_timeout{60s};
constexpr Duration mux_device_timeout{10s};
constexpr std::size_t reason_bytes_max = 200;
constexpr std::size_t watchdog_path_max = 100;  ///< a socket's name takes no more

constexpr std::size_t device_path_max = 255;
constexpr std::size_t interface_name_max = 15;  ///< IFNAMSIZ of the kernel, less the final zero

class NodeReader {
 public:
    NodeReader(const Value& root, Cluster cluster, HostConfig& config, Complaints& complaints)
        : root_(node_file, "", root, complaints),
          cluster_(cluster),
          config_(config),
          complaints_(complaints) {}

    void read() {
        root_.complain_of_unknown({"node", "interface", "device", "watchdog"});
        config_.interfaces.resize(config_.cluster.paths.size());
        config_.devices.resize(config_.cluster.paths.size());
        read_self();
        if (const Value* table = root_.table("interface")) {
            read_interfaces({node_file, "interface", *table, complaints_});
        }
        if (const Value* table = root_.table("device")) {
            read_devices({node_file, "device", *table, complaints_});
        }
        warn_of_disks_without_device();
        if (const Value* table = root_.table("watchdog")) {
            read_watchdog({node_file, "watchdog", *table, complaints_});
        }
    }

 private:
    void read_self() {
        const Value* written = root_.value().find("node");
        if (!written) {
            root_.complain(root_.value(), "node", "is missing",
                           "add node = \"NAME\", the name of this host in cluster.toml");
            return;
        }
        config_.self_line = written->line;
        const auto name = root_.text("node");
        if (!name || cluster_ == Cluster::absent) return;
        std::vector<std::string_view> names;
        for (const MemberConfig& member : config_.cluster.members) {
            if (member.name == *name) {
                config_.self = member.id;
                return;
            }
            names.push_back(member.name);
        }
        const std::string remedy = suggestion(*name, names);
        root_.complain(*written, "node", "\"" + *name + "\" is no [[node]] of cluster.toml",
                       remedy.empty() ? "add it there" : remedy);
    }

    /// Where a field's name is that of a path; complains where it is of none.
    std::optional<std::size_t> path_of(const Section& section, const Field& field) const {
        std::vector<std::string_view> names;
        for (const PathConfig& path : config_.cluster.paths) names.push_back(path.name);
        const auto path = std::find(names.begin(), names.end(), field.name);
        if (path != names.end()) return static_cast<std::size_t>(path - names.begin());
        section.complain(field.value, field.name, "is no path of cluster.toml",
                         suggestion(field.name, names));
        return std::nullopt;
    }

    void read_devices(const Section& section) {
        for (const Field& field : section.value().fields) {
            const auto written = section.text(field.name);
            if (written && (!written->starts_with('/') || written->size() > device_path_max ||
                            written->find('\0') != std::string::npos)) {
                section.complain(field.value, field.name, "is no path of a device",
                                 "write it from the root, such as \"/dev/disk/by-id/...\"");
            }
            if (cluster_ == Cluster::absent) continue;
            const auto path = path_of(section, field);
            if (!path) continue;
            if (config_.cluster.paths[*path].kind != PathKind::disk)
                section.complain(field.value, field.name, "is no path of kind \"disk\"",
                                 "name its interface under [interface], or remove it");
            config_.devices[*path] = {written.value_or(""), field.value.line};
        }
    }

    /// The others have their own names for the disk, so none can be guessed.
    void warn_of_disks_without_device() {
        if (cluster_ == Cluster::absent) return;
        const Section devices(node_file, "device", root_.value(), complaints_);
        for (std::size_t i = 0; i < config_.cluster.paths.size(); ++i) {
            const PathConfig& path = config_.cluster.paths[i];
            const PathId id(static_cast<std::uint8_t>(i));
            if (path.kind != PathKind::disk || path.admin == Switched::off ||
                config_.endpoint(config_.self, id) == nullptr || config_.devices[i].line != 0)
                continue;
            devices.warn(
                root_.value(), path.name, "is missing, so " + path.name + " is blind on this node",
                "add it under [device], as in " + path.name + " = \"/dev/disk/by-id/...\"");
        }
    }

    void read_interfaces(const Section& section) {
        for (const Field& field : section.value().fields) {
            const auto written = section.text(field.name);
            if (written && !is_interface_name(*written)) {
                section.complain(field.value, field.name, "is no name of an interface",
                                 "write it as `ip link` shows it, such as \"eth0\"");
            }
            if (cluster_ == Cluster::absent) continue;
            const auto path = path_of(section, field);
            if (!path) continue;
            if (config_.cluster.paths[*path].kind == PathKind::disk)
                section.complain(field.value, field.name, "is a disk, and has no interface",
                                 "name its device under [device]");
            config_.interfaces[*path] = {written.value_or(""), field.value.line};
        }
    }

    void read_watchdog(const Section& section) {
        section.complain_of_unknown({"device", "socket", "reset_time", "client_timeout",
                                     "device_timeout", "trusted_because"});
        WatchdogConfig read;
        const auto device = section.text("device");
        if (!section.value().find("device"))
            section.complain(section.value(), "device", "is missing",
                             "write device = \"/dev/watchdog\", or \"watchdog-mux\" where that "
                             "owns the device");
        if (!device) return;
        read.door = *device == mux_device ? WatchdogDoor::mux : WatchdogDoor::device;
        read.path = read.door == WatchdogDoor::mux
                        ? section.text("socket").value_or(std::string(mux_socket))
                        : *device;
        const std::string_view said =
            read.door == WatchdogDoor::mux && section.value().find("socket") ? "socket" : "device";
        if (read.path.size() > watchdog_path_max || !read.path.starts_with('/'))
            return section.complain(*section.value().find(said), said,
                                    "is neither a path nor \"watchdog-mux\"",
                                    "write it as in \"/dev/watchdog\"");
        read.reset_time = section.duration("reset_time").value_or(read.reset_time);
        read_mux_times(section, read);
        read.trusted_because = section.text("trusted_because").value_or("");
        if (read.trusted_because.size() > reason_bytes_max)
            section.complain(*section.value().find("trusted_because"), "trusted_because",
                             "is longer than " + std::to_string(reason_bytes_max) + " bytes",
                             "say it in one sentence");
        check_watchdog(section, read);
        config_.watchdog = std::move(read);
    }

    void read_mux_times(const Section& section, WatchdogConfig& read) {
        if (read.door == WatchdogDoor::mux) {
            read.client_timeout = section.duration("client_timeout").value_or(mux_client_timeout);
            read.device_timeout = section.duration("device_timeout").value_or(mux_device_timeout);
            for (const auto& [key, length] : {std::pair("client_timeout", read.client_timeout),
                                              std::pair("device_timeout", read.device_timeout)}) {
                if (length < 1s)
                    section.complain(*section.value().find(key), key, "is below a second",
                                     "write what watchdog-mux was built with");
            }
            return;
        }
        for (const std::string_view key : {"socket", "client_timeout", "device_timeout"}) {
            if (const Value* written = section.value().find(key))
                section.complain(*written, key, "is of watchdog-mux alone",
                                 "remove it, or write device = \"watchdog-mux\"");
        }
    }

    /// Only within the cluster's timings does a watchdog prove anything.
    void check_watchdog(const Section& section, const WatchdogConfig& read) {
        if (cluster_ == Cluster::absent) return;
        const Duration allowed = config_.cluster.timing.watchdog;
        const auto within = reset_within(read, config_.cluster.timing);
        const bool is_mux = read.door == WatchdogDoor::mux;
        const Duration timeout =
            is_mux ? read.client_timeout : device_timeout(allowed, read.reset_time);
        const Duration grace = config_.cluster.timing.restart_grace;
        if (within && timeout <= grace)
            section.complain(*section.value().find("device"), "device",
                             "fires after " + text(timeout) +
                                 ", which is not above restart_grace (" + text(grace) +
                                 "): it would reset a node whose daemon is excused",
                             is_mux ? "set restart_grace in cluster.toml lower"
                                    : "set `watchdog` in cluster.toml higher, or reset_time lower");
        if (within && *within <= allowed) return;
        const std::string least =
            duration_text(within ? *within : inquest::reset_within(1s, read.reset_time));
        section.complain(*section.value().find("device"), "device",
                         "cannot reset this node within " + text(allowed) +
                             " of its last lease, as `watchdog` of cluster.toml asks: it needs " +
                             least,
                         "set `watchdog` to " + least + " or more, or name another device");
    }

    static bool is_interface_name(std::string_view name) {
        return !name.empty() && name.size() <= interface_name_max && name != "." && name != ".." &&
               std::all_of(name.begin(), name.end(),
                           [](char c) { return c > ' ' && c < 127 && c != '/' && c != ':'; });
    }

    Section root_;
    Cluster cluster_;
    HostConfig& config_;
    Complaints& complaints_;
};

}  // namespace

void read_node(const Value& root, Cluster cluster, HostConfig& config, Complaints& complaints) {
    NodeReader(root, cluster, config, complaints).read();
}

}  // namespace inquest::config
