// The judge of leases, from what truly happened: a node holds one only while so many voters that
// the others are no majority have been handed beats of it lately.
#pragma once

#include "heartbeat/core/grant.hpp"
#include "tests/sim/judges/outcome.hpp"
#include "tests/sim/world/watcher.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inquest::sim {

class LeaseOracle : public Watcher {
 public:
    explicit LeaseOracle(std::size_t hosts) : hosts_(hosts) {}

    void heard(const World& world, std::size_t host, const BeatHeard& beat,
               Moment arrived) override;
    void woke(const World& world, std::size_t host) override;

    /// The first break of the rule `lease-is-granted`, if any.
    const std::vector<Violation>& violations() const { return violations_; }

 private:
    /// The newest beat of a speaker that a host's core was handed. It left before it arrived.
    struct Receipt {
        MemberId host;  ///< as whom it was handed it
        MemberId speaker;
        Incarnation incarnation;
        Session session;
        Moment arrived;
    };
    /// Whose grants a node counted, until when.
    struct Among {
        Electorate voters;
        Moment until;
    };
    struct Known {
        std::uint32_t run = 0;
        std::vector<Receipt> receipts;
        std::vector<Among> among;  ///< the last one is of now
    };

    const Receipt* receipt(std::size_t host, MemberId speaker) const;
    bool has_grounds(const World& world, std::size_t host, const Electorate& voters,
                     Moment since) const;

    std::vector<Known> hosts_;
    std::vector<Violation> violations_;
};

}  // namespace inquest::sim
