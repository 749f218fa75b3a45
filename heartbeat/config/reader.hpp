// From the texts of node.toml and cluster.toml to a configuration, or to all complaints at once.
//
// Pure: texts in, configuration out. What the configuration must fulfil as a whole is decided by
// the core (heartbeat/core/config.hpp); this module gives its findings a file and a line.
#pragma once

#include "heartbeat/config/complaint.hpp"
#include "heartbeat/config/host_config.hpp"

#include <tl/expected.hpp>

#include <string>

namespace inquest::config {

/// A file's text, or why there is none.
using Text = tl::expected<std::string, Complaint>;

struct Texts {
    Text node;     ///< node.toml
    Text cluster;  ///< cluster.toml
};

/// The configuration; or complaints, in the order of reading, of which at least one is an error.
tl::expected<HostConfig, Complaints> read(const Texts& texts);

/// The same of cluster.toml alone, for whoever looks at a cluster and is no node of it: `self` is
/// nobody, and no path has an interface.
tl::expected<HostConfig, Complaints> read_cluster_alone(const Text& cluster);

}  // namespace inquest::config
