// The oracle's inside: the facts, and what of the rules was broken.
#pragma once

#include "tests/sim/judges/invariants.hpp"
#include "tests/sim/judges/oracle_facts.hpp"

#include <string>
#include <vector>

namespace inquest::sim {

/// The places of invariants().
enum class Rule : std::uint8_t {
    one_owner,
    no_start_without_proof,
    no_fence_without_condemnation,
    no_guests_without_lease,
    heard_is_not_condemned,
    guests_run_again,
    ownership_ends_by_proof,
    no_false_loss,
    quorum,
    stalled_accuses_nobody,
    isolated_accuses_nobody,
    fresh_means_heard,
    old_incarnation,
    heard_is_not_lost,
    blind_is_not_silent,
    no_forged_beat,
    once,
    time,
    well_again,
    agreement,
    lost_is_recorded,
    lease_returns,
};
inline constexpr std::size_t rule_count = 22;

struct Oracle::Memory {
    explicit Memory(const ClusterConfig& config);

    void broken(const World& world, Rule rule, std::string what);
    const std::string& name(std::size_t place) const { return cluster.members[place].name; }

    // When a node tells something (oracle_verdicts.cpp, oracle_paths.cpp).
    void judge_verdict(const World& world, std::size_t host, const Transition& told);
    void judge_record(const World& world, std::size_t host, const Transition& told);
    void judge_path(const World& world, std::size_t host, const Transition& told);
    void judge_accusation(const World& world, std::size_t host, const Transition& told);
    void judge_instant(const World& world, std::size_t host, const Transition& told);
    void judge_loss(const World& world, std::size_t host, std::size_t peer);
    void judge_quorum(const World& world, std::size_t host, std::size_t peer);
    void judge_condemnation(const World& world, std::size_t host, std::size_t peer);
    /// Has it had nothing to say of the peer since then: no link on any path to it, or no beat of
    /// it in this run, which is still excused?
    bool mute_since(const World& world, std::size_t member, std::size_t peer, Moment then) const;
    /// The newest word of a member that reached the host: everything that the member was handed
    /// until the result, the host knows. Nothing where it is not current.
    std::optional<Moment> known_until(const World& world, std::size_t host,
                                      std::size_t member) const;
    /// What is at least left of a length on one clock when it is measured on another.
    Duration surely(Duration length) const;

    // When a node has judged (oracle_wakes.cpp).
    void judge_wake(const World& world, std::size_t host);
    void judge_heard(const World& world, std::size_t host, std::size_t peer);

    // At the end, where all has been well for long enough (oracle_end.cpp).
    void judge_end(const World& world);
    void judge_running(const World& world, std::size_t host,
                       const std::vector<std::size_t>& running);
    void judge_lease(const World& world, std::size_t host, const std::vector<std::size_t>& running);
    void judge_gone(const World& world, std::size_t peer, const std::vector<std::size_t>& running);

    ClusterConfig cluster;
    Timing timing;
    Facts facts;
    std::vector<Violation> violations;
    std::vector<bool> seen;  ///< [rule]
};

}  // namespace inquest::sim
