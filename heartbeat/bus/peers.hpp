// Whom the bus reaches, and over which addresses.
#pragma once

#include "heartbeat/base/ids.hpp"

#include <string>
#include <vector>

namespace inquest::bus {

/// One path to a peer. Both ends must give the same path the same number.
struct Lane {
    PathId path;
    std::string local;   ///< address of this node on the path
    std::string remote;  ///< address of the peer on it

    friend bool operator==(const Lane&, const Lane&) = default;
};

struct Peer {
    MemberId id;
    std::vector<Lane> lanes;  ///< its IP paths

    friend bool operator==(const Peer&, const Peer&) = default;
};

/// knet has room for so many links to a peer. Paths with a higher number carry beats and no
/// messages.
inline constexpr std::size_t lanes_max = 8;

}  // namespace inquest::bus
