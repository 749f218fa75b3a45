// "What if switch A dies?": one's own configuration under each fault, in the simulated world.
#pragma once

#include "heartbeat/core/config.hpp"
#include "heartbeat/core/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::sim {

/// One thing that can break.
struct Fault {
    enum class Kind : std::uint8_t {
        kill,        ///< a machine has no power
        switch_off,  ///< a fate has no power: every path that depends on it
        cut,         ///< the cable of one node on one path is out
    };
    Kind kind = Kind::kill;
    std::string node;  ///< of kill and cut
    std::string path;  ///< of cut: the node's link to this path
    std::string fate;  ///< of switch_off

    friend bool operator==(const Fault&, const Fault&) = default;
};

/// Of one case.
using Faults = std::vector<Fault>;

/// `kill n1`, `switch-off sw-a`, `cut n1:lan-a`.
std::string text(const Fault& fault);

/// Every single fault of the cluster: each node killed, each switch off, each link cut. Paths that
/// are switched off, or that lead nowhere, have none.
Faults single_faults(const ClusterConfig& cluster);

/// What is said of one node, some time after the faults.
struct Effect {
    std::string node;
    bool runs = true;  ///< it has not been killed
    /// The worst that anyone else says of it who hears somebody. Where there is no such node: what
    /// it says of itself; where it is off, what the others say all the same; else nothing.
    std::optional<Verdict> verdict;
    bool hears_nobody = false;  ///< it says of itself that it is isolated
    Duration after{};  ///< from the faults until somebody first said so; 0: it always was so
    bool would_fail_over = false;
    Duration fails_over_after{};  ///< from the faults, where it would
};

struct Case {
    Faults faults;
    std::vector<Effect> effects;  ///< a node each, in the order of the file
    int votes_together = 0;       ///< of the largest component that is left
    int voters = 0;
    bool quorate = false;
    /// What it costs beyond the nodes that are off, in sentences; empty: nothing.
    std::vector<std::string> costs;
};

/// Runs the faults, all at once, against a cluster that is well.
/// Pre: problems(cluster) has no error, and the cluster has what the faults name.
Case what_if(const ClusterConfig& cluster, const Faults& faults);

/// Does one of these, with a single fault, cost more than the node that has the fault?
bool a_single_fault_costs(const std::vector<Case>& cases);

}  // namespace inquest::sim
