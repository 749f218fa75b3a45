// The judge of guests, from what truly runs: no guest outlives its node's lease by more than the
// watchdog allows, no receipt is accepted while one runs, and nobody is reset without one.
#pragma once

#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace inquest::sim {

class GuestOracle : public Watcher {
 public:
    void woke(const World& world, std::size_t host) override;
    void agreed(const World& world, std::size_t host, const agreement::Action& action) override;
    void resetting(const World& world, std::size_t host) override;

    /// The first break of each of `no-guests-without-lease`, `receipt-is-true`,
    /// `reset-needs-a-guest` and `leased-is-not-reset`.
    const std::vector<Violation>& violations() const { return violations_; }

 private:
    struct Condemned {
        MemberId member;
        Incarnation incarnation;
        std::uint64_t index = 0;
    };
    struct Leased {
        std::size_t host = 0;
        Moment last{};  ///< when it held a lease for certain
        Moment woke{};  ///< its last wake
        Moment well{};  ///< since then it holds a lease and wakes in time
        std::uint32_t run = 0;
    };

    void judge_receipt(const World& world, MemberId member, std::uint64_t condemnation);
    void broken(const World& world, std::string rule, std::string what);

    std::vector<Condemned> condemned_;
    std::vector<Leased> leased_;
    std::uint64_t told_of_ = 0;  ///< the newest entry that was looked at
    std::vector<Violation> violations_;
};

}  // namespace inquest::sim
