// The judge of leases, from what truly happened: a node holds one only while so many voters that
// the others are no majority have been handed beats of it lately; and a condemned one none any more
// when as much time has passed since the decision as a lease can last.
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
    void agreed(const World& world, std::size_t host, const agreement::Action& action) override;

    /// The first break of the rules `lease-is-granted`, `condemned-has-no-lease` and
    /// `boots-have-time`, if any.
    const std::vector<Violation>& violations() const { return violations_; }

 private:
    /// The newest beat of a speaker that a host's core was handed. It left before it arrived.
    struct Receipt {
        MemberId host;  ///< as whom it was handed it
        MemberId speaker;
        Incarnation incarnation;
        Session session;
        std::uint32_t boot_tag;
        Moment arrived;
        std::uint32_t run;  ///< of the daemon that was handed it
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
        Incarnation boot;
        Moment booted{};  ///< when that was first seen at work
    };

    /// A condemnation that stands, from when the first member has applied it.
    struct Condemned {
        MemberId member;
        Incarnation incarnation;
        Moment since;
    };

    void judge_condemned(const World& world, std::size_t host);
    void judge_haste(const World& world, MemberId member, Incarnation incarnation);
    const Receipt* receipt(std::size_t host, MemberId speaker) const;
    bool has_grounds(const World& world, std::size_t host, const Electorate& voters,
                     Moment since) const;

    std::vector<Known> hosts_;
    std::vector<Condemned> condemned_;
    std::uint64_t told_of_ = 0;  ///< the newest entry that changed those
    std::vector<Violation> violations_;
};

}  // namespace inquest::sim
