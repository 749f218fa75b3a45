// What a machine has in its files about its cluster: what `inquest init` and `join` write, and what
// its daemon writes whenever it follows something new. A crash takes none of it away.
#pragma once

#include "heartbeat/core/cluster_state.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace inquest::sim {

struct Papers {
    MemberId self;          ///< nobody: a bare machine, which is in no cluster
    ClusterConfig cluster;  ///< as it was followed last; of a newcomer as its token says
    std::vector<AgreedKey> keys;
    std::uint64_t keys_index = 0;            ///< of the entry as of which the keys are
    std::optional<SecretDigest> invitation;  ///< to be shown, until it has joined
    bool removed = false;                    ///< the others said so: nothing begins any more
};

}  // namespace inquest::sim
