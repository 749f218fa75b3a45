// What a case costs beyond the nodes that are off, in the words of an administrator.
#pragma once

#include "tests/sim/whatif/whatif.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// Sentences `what happens: why: what to do`; several faults at once are not advised on, for most
/// clusters are not built to bear two.
std::vector<std::string> costs(const ClusterConfig& cluster, const Case& of);

/// `n1`, `n1 and n2`, `n1, n2 and n3`.
std::string listed(const std::vector<std::string>& names);

}  // namespace inquest::sim
