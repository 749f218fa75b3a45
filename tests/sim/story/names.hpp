// The names of a cluster, as a timeline may use them.
#pragma once

#include "heartbeat/core/config.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace inquest::sim {

/// Stands for every node, or for every path.
inline constexpr std::string_view everything = "all";
/// Stands for the node that leads the ledger at that moment.
inline constexpr std::string_view the_coordinator = "coordinator";

class Names {
 public:
    using List = std::vector<std::string_view>;

    /// nullptr: the cluster could not be read, and no name in the timeline can be judged. It must
    /// outlive the names.
    explicit Names(const ClusterConfig* cluster) : cluster_(cluster) {}

    bool known() const { return cluster_ != nullptr; }

    /// A node, or whoever leads.
    std::optional<std::size_t> node(std::string_view name) const;
    std::optional<PathId> path(std::string_view name) const;

    List nodes() const;
    List paths() const;
    List fates() const;  ///< each once

 private:
    const ClusterConfig* cluster_;
};

}  // namespace inquest::sim
