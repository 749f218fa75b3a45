// What can be said of the addresses and paths before knet is asked, because knet would not say it.
//
// knet binds to an address that is not here without a word, which is what we want of a path that
// comes up later, and not what we want of a typing error.
#pragma once

#include "heartbeat/bus/peers.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace inquest::bus {

struct Ground {
    std::optional<std::string> problem;  ///< the bus cannot start on it
    std::vector<std::string> warnings;   ///< it can, and something will be missing
};

/// Tries each local address. Pre: the bus does not run yet, for it would find its own ports taken.
Ground survey(std::span<const Peer> peers, std::uint16_t port);

/// One sentence about an address that cannot be used: what, why, what to do.
std::string address_complaint(const std::string& address, std::uint16_t port, int error);

}  // namespace inquest::bus
