// The wires: what becomes of a datagram between two hosts on one path.
//
// Every direction of every path between every two hosts has conditions of its own. Switches are
// fates: a path whose fate has no power passes nothing, and its links have no carrier.
#pragma once

#include "heartbeat/base/fixed_vector.hpp"
#include "heartbeat/base/ids.hpp"
#include "heartbeat/base/random.hpp"
#include "heartbeat/core/config.hpp"
#include "tests/sim/world/timeline.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::sim {

class Network {
 public:
    /// One copy of a datagram that gets through.
    struct Passage {
        Duration delay;
        enum class Bytes : std::uint8_t { sound, damaged } bytes;
    };
    using Passages = FixedVector<Passage, 2>;

    Network(const ClusterConfig& cluster, std::uint64_t seed);

    /// What becomes of a beat that is sent now.
    Passages carry(std::size_t from, std::size_t to, PathId path) {
        return carry(from, to, path, random_);
    }
    /// The same of another datagram, by a chance that is not the beats'.
    Passages carry(std::size_t from, std::size_t to, PathId path, Random& random) const;

    /// The largest datagram that fits the path, where a fault has made it narrow.
    std::optional<std::size_t> most_bytes(std::size_t from, std::size_t to, PathId path) const;

    /// Does the link of this host on this path have carrier?
    bool carrier(std::size_t host, PathId path) const;
    /// Is nothing in the way of a datagram but chance?
    bool passes(std::size_t from, std::size_t to, PathId path) const;
    /// Has it no fault at all?
    bool is_well(std::size_t from, std::size_t to, PathId path) const;
    /// The longest that a datagram can take on any link as things are.
    Duration delay_max() const;

    /// Carries out cut, heal, switch-*, plug, unplug, loss, delay, duplicate, reorder, corrupt,
    /// mtu.
    void apply(const Event& event);

 private:
    struct Conditions {
        bool cut = false;
        std::int64_t loss = 0;  ///< millionths of all datagrams; so are the next three
        std::int64_t duplicate = 0;
        std::int64_t reorder = 0;
        std::int64_t corrupt = 0;
        Duration delay{};     ///< beside the wire's own
        std::size_t mtu = 0;  ///< bytes of the largest IP packet; 0: whatever is sent

        friend bool operator==(const Conditions&, const Conditions&) = default;
    };
    enum class Switch : std::uint8_t { works, hangs, off };

    std::size_t link(std::size_t from, std::size_t to, PathId path) const {
        return (from * hosts_ + to) * switch_of_.size() + path.value;
    }
    template <typename Change>
    void change(const Event& event, Change&& change);
    void set(const Event& event, Conditions& conditions) const;
    void set_switch(const std::string& fate, Switch state);
    Duration delay_of(const Conditions& conditions, Random& random) const;

    std::size_t hosts_;
    Duration interval_;  ///< between two beats on a path: what is reordered comes after the next
    Random random_;
    std::vector<Conditions> links_;       ///< [from][to][path]
    std::vector<std::string> fates_;      ///< every fate once
    std::vector<Switch> switches_;        ///< [fate]
    std::vector<std::size_t> switch_of_;  ///< [path]
    std::vector<bool> unplugged_;         ///< [host][path]
};

}  // namespace inquest::sim
