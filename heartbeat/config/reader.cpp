#include "heartbeat/config/reader.hpp"

#include "heartbeat/config/cluster_reader.hpp"
#include "heartbeat/config/document.hpp"
#include "heartbeat/config/node_reader.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace inquest::config {
namespace {

/// The file's tree; nothing after a complaint.
std::optional<Value> parsed(std::string_view file, const Text& text, Complaints& complaints) {
    if (!text) {
        complaints.push_back(text.error());
        return std::nullopt;
    }
    auto document = parse_document(*text);
    if (document) return std::move(*document);
    const SyntaxError& error = document.error();
    complaints.push_back(
        {Severity::error, std::string(file), error.line, "",
         "is no TOML at column " + std::to_string(error.column) + ": " + error.what,
         "correct the line"});
    return std::nullopt;
}

/// The configuration, if no complaint is an error.
tl::expected<HostConfig, Complaints> judged(HostConfig config, Complaints complaints) {
    sort_by_place(complaints);
    if (has_error(complaints)) return tl::unexpected(std::move(complaints));
    config.warnings = std::move(complaints);
    return config;
}

}  // namespace

tl::expected<HostConfig, Complaints> read(const Texts& texts) {
    HostConfig config;
    Complaints complaints;
    const auto cluster = parsed("cluster.toml", texts.cluster, complaints);
    if (cluster) read_cluster(*cluster, config, complaints);
    const auto node = parsed("node.toml", texts.node, complaints);
    if (node) {
        const auto there = cluster ? Cluster::there : Cluster::absent;
        read_node(*node, there, config, complaints);
    }
    return judged(std::move(config), std::move(complaints));
}

tl::expected<HostConfig, Complaints> read_cluster_alone(const Text& cluster) {
    HostConfig config;
    Complaints complaints;
    const auto document = parsed("cluster.toml", cluster, complaints);
    if (document) read_cluster(*document, config, complaints);
    config.interfaces.resize(config.cluster.paths.size());
    config.devices.resize(config.cluster.paths.size());
    return judged(std::move(config), std::move(complaints));
}

}  // namespace inquest::config
