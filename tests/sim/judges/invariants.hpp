// The oracle: what must hold after every step, judged from what truly happened in the world and not
// from what the nodes believe (README.md lists the rules, and which of them are vacuous today).
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace inquest::sim {

/// One rule, for the list that every report ends with.
struct Invariant {
    std::string_view name;      ///< `no-false-loss`
    std::string_view sentence;  ///< what must hold
    std::string_view vacuous;   ///< why nothing can break it today; empty: it is checked
};

const std::vector<Invariant>& invariants();

class Oracle : public Watcher {
 public:
    explicit Oracle(const ClusterConfig& cluster);
    ~Oracle() override;

    void happened(const World& world, const Event& event) override;
    void heard(const World& world, std::size_t host, const BeatHeard& beat,
               Moment arrived) override;
    void told(const World& world, std::size_t host, const Transition& transition) override;
    void woke(const World& world, std::size_t host) override;
    void followed(const World& world, std::size_t host) override;
    void removed(const World& world, std::size_t host, const std::string& word) override;
    /// What the post has counted until now; looked at in each wake.
    void counted(const World& world, const Post::Counts& counts);

    /// The first break of each rule. More of the same say nothing new.
    const std::vector<Violation>& violations() const;

 private:
    struct Memory;
    std::unique_ptr<Memory> memory_;
};

}  // namespace inquest::sim
