#include "heartbeat/config/node_reader.hpp"

#include "heartbeat/config/section.hpp"
#include "heartbeat/config/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace inquest::config {
namespace {

constexpr std::string_view node_file = "node.toml";

constexpr std::size_t interface_name_max = 15;  ///< IFNAMSIZ of the kernel, less the final zero

class NodeReader {
 public:
    NodeReader(const Value& root, Cluster cluster, HostConfig& config, Complaints& complaints)
        : root_(node_file, "", root, complaints),
          cluster_(cluster),
          config_(config),
          complaints_(complaints) {}

    void read() {
        root_.complain_of_unknown({"node", "interface"});
        config_.interfaces.resize(config_.cluster.paths.size());
        read_self();
        if (const Value* table = root_.table("interface")) {
            read_interfaces({node_file, "interface", *table, complaints_});
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

    void read_interfaces(const Section& section) {
        std::vector<std::string_view> names;
        for (const PathConfig& path : config_.cluster.paths) names.push_back(path.name);
        for (const Field& field : section.value().fields) {
            const auto written = section.text(field.name);
            if (written && !is_interface_name(*written)) {
                section.complain(field.value, field.name, "is no name of an interface",
                                 "write it as `ip link` shows it, such as \"eth0\"");
            }
            if (cluster_ == Cluster::absent) continue;
            const auto path = std::find(names.begin(), names.end(), field.name);
            if (path == names.end()) {
                section.complain(field.value, field.name, "is no path of cluster.toml",
                                 suggestion(field.name, names));
                continue;
            }
            config_.interfaces[static_cast<std::size_t>(path - names.begin())] = {
                written.value_or(""), field.value.line};
        }
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
